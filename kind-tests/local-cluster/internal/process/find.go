package process

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Found is a live process and its command line.
type Found struct {
	Identity
	Arguments []string
}

// Find lists the live processes whose command line satisfies the predicate, leaving
// out this process itself.
func (table Table) Find(matches func(arguments []string) bool) []Found {
	entries, err := os.ReadDir(table.Root)
	if err != nil {
		return nil
	}
	var found []Found
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		arguments := table.arguments(pid)
		if len(arguments) == 0 || !matches(arguments) {
			continue
		}
		if identity, err := table.Identify(pid); err == nil {
			found = append(found, Found{Identity: identity, Arguments: arguments})
		}
	}
	return found
}

func (table Table) arguments(pid int) []string {
	content, err := os.ReadFile(filepath.Join(table.Root, strconv.Itoa(pid), "cmdline"))
	if err != nil || len(content) == 0 {
		return nil
	}
	return strings.Split(strings.TrimRight(string(content), "\x00"), "\x00")
}

// IsComponent recognises a component of the cluster with this state directory by its
// command line: `<binary> <name> --flag=<directory>/…`, or `containerd --config <directory>/…`.
func IsComponent(arguments []string, name, directory string) bool {
	return IsNamed(arguments, name) && MentionsDirectory(arguments[1:], directory)
}

// MentionsDirectory tells whether an argument, or the value of a --flag=value, is a
// path inside the directory.
func MentionsDirectory(arguments []string, directory string) bool {
	inside := strings.TrimRight(directory, "/") + "/"
	for _, argument := range arguments {
		_, value, isFlag := strings.Cut(argument, "=")
		if !isFlag {
			value = argument
		}
		value = strings.TrimPrefix(value, "unix://")
		if strings.HasPrefix(value, inside) {
			return true
		}
	}
	return false
}

// IsNamed recognises a program by its own name or, for programs that are several in one,
// by their first argument.
func IsNamed(arguments []string, name string) bool {
	return filepath.Base(arguments[0]) == name || len(arguments) > 1 && arguments[1] == name
}
