// Package process starts, recognises and stops the cluster's programs.
//
// A process id alone names nobody: ids are reused. Here a process is its id together
// with its start time and the boot it belongs to, so that a stale pid file can never
// make the cluster stop, or count on, somebody else's process.
package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Identity names one process for as long as the machine lives.
type Identity struct {
	PID int `json:"pid"`
	// StartTime is in clock ticks since boot: field 22 of /proc/PID/stat.
	StartTime uint64 `json:"startTime"`
	// BootID tells apart equal start times of different boots.
	BootID string `json:"bootID"`
}

// ErrNotRunning says that no live process has the id asked for.
var ErrNotRunning = errors.New("not running")

// Table reads processes from a /proc file system; tests give it a directory of their own.
type Table struct{ Root string }

// Host is the machine's own process table.
var Host = Table{Root: "/proc"}

// BootID is the kernel's random name for the time since the machine was started.
func (table Table) BootID() (string, error) {
	content, err := os.ReadFile(filepath.Join(table.Root, "sys/kernel/random/boot_id"))
	if err != nil {
		return "", fmt.Errorf("failed to read the boot id: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}

// Identify finds the live process with this id. A zombie counts as ended: it only waits
// for its parent to ask how.
func (table Table) Identify(pid int) (Identity, error) {
	if pid <= 0 {
		return Identity{}, ErrNotRunning
	}
	content, err := os.ReadFile(filepath.Join(table.Root, strconv.Itoa(pid), "stat"))
	if err != nil {
		return Identity{}, ErrNotRunning
	}
	state, startTime, err := parseStat(string(content))
	if err != nil {
		return Identity{}, fmt.Errorf("process %d: %w", pid, err)
	}
	if state == "Z" || state == "X" {
		return Identity{}, ErrNotRunning
	}
	boot, err := table.BootID()
	if err != nil {
		return Identity{}, err
	}
	return Identity{PID: pid, StartTime: startTime, BootID: boot}, nil
}

// Alive tells whether exactly this process still runs.
func (table Table) Alive(identity Identity) bool {
	current, err := table.Identify(identity.PID)
	return err == nil && current == identity
}

// parseStat takes state and start time from a line of /proc/PID/stat. The program's
// name stands in parentheses and may itself hold spaces and parentheses, so fields are
// counted from the last closing one.
func parseStat(line string) (state string, startTime uint64, err error) {
	end := strings.LastIndexByte(line, ')')
	if end < 0 {
		return "", 0, errors.New("stat line has no program name")
	}
	fields := strings.Fields(line[end+1:])
	const startTimeField = 22 - 3 // the first field after the name is number 3
	if len(fields) <= startTimeField {
		return "", 0, fmt.Errorf("stat line has only %d fields after the name", len(fields))
	}
	startTime, err = strconv.ParseUint(fields[startTimeField], 10, 64)
	if err != nil {
		return "", 0, fmt.Errorf("unreadable start time: %w", err)
	}
	return fields[0], startTime, nil
}
