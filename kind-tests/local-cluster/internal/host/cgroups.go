package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"socrate.ai/encoder/local-cluster/internal/process"
)

// ControlGroups is one control group of the cluster's own, in each hierarchy that is
// mounted: every pod lives below it, so whatever lives below it is a pod's. The
// hierarchies themselves are used as they are, never mounted, unmounted or remounted.
type ControlGroups struct{ Name string }

// Create makes the group wherever it is missing.
func (groups ControlGroups) Create() error {
	hierarchies, err := cgroupHierarchies()
	if err != nil {
		return err
	}
	for _, hierarchy := range hierarchies {
		directory := filepath.Join(hierarchy, groups.Name)
		if err := os.Mkdir(directory, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("failed to create a control group: %w", err)
		}
		// A version 1 cpuset is born without any processor or memory node, and no
		// process can enter it before it has some.
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			if err := inherit(hierarchy, directory, file); err != nil {
				return err
			}
		}
	}
	return nil
}

func inherit(parent, child, file string) error {
	own, err := os.ReadFile(filepath.Join(child, file))
	if err != nil || strings.TrimSpace(string(own)) != "" {
		return nil // not a cpuset, or set already
	}
	above, err := os.ReadFile(filepath.Join(parent, file))
	if err != nil {
		return nil // version 2: an empty value means the parent's
	}
	if err := os.WriteFile(filepath.Join(child, file), above, 0o644); err != nil {
		return fmt.Errorf("failed to set up a control group: %w", err)
	}
	return nil
}

// Remove kills every process in the group and removes it with everything below.
func (groups ControlGroups) Remove(ctx context.Context) error {
	hierarchies, err := cgroupHierarchies()
	if err != nil {
		return err
	}
	for _, hierarchy := range hierarchies {
		if err := removeGroup(ctx, filepath.Join(hierarchy, groups.Name)); err != nil {
			return err
		}
	}
	return nil
}

func removeGroup(ctx context.Context, group string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		directories := groupsBelow(group)
		if len(directories) == 0 {
			return nil
		}
		for _, directory := range directories {
			for _, pid := range membersOf(directory) {
				if identity, err := process.Host.Identify(pid); err == nil {
					_ = process.Signal(identity, syscall.SIGKILL)
				}
			}
			_ = os.Remove(directory) // refused while a process is still ending
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("unable to empty the control group %s: processes in it do not end", group)
		case <-tick.C:
		}
	}
}

// groupsBelow lists a group and its descendants, children before their parents.
func groupsBelow(group string) []string {
	var directories []string
	_ = filepath.WalkDir(group, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			directories = append(directories, path)
		}
		return nil
	})
	slices.Reverse(directories)
	return directories
}

func membersOf(group string) []int {
	content, err := os.ReadFile(filepath.Join(group, "cgroup.procs"))
	if err != nil {
		return nil
	}
	var members []int
	for _, field := range strings.Fields(string(content)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
			members = append(members, pid)
		}
	}
	return members
}

func cgroupHierarchies() ([]string, error) {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("failed to list the mounts: %w", err)
	}
	hierarchies := parseHierarchies(string(content))
	if len(hierarchies) == 0 {
		return nil, errors.New("no control group hierarchy is mounted below /sys/fs/cgroup: Kubernetes needs one")
	}
	return hierarchies, nil
}

func parseHierarchies(mountinfo string) []string {
	var hierarchies []string
	for _, line := range strings.Split(mountinfo, "\n") {
		before, after, found := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if !found || len(fields) < 5 || len(kind) == 0 {
			continue
		}
		if (kind[0] == "cgroup" || kind[0] == "cgroup2") && strings.HasPrefix(fields[4]+"/", "/sys/fs/cgroup/") &&
			!slices.Contains(hierarchies, fields[4]) {
			hierarchies = append(hierarchies, fields[4])
		}
	}
	return hierarchies
}
