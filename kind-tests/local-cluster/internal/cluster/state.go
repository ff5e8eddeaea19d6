package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"socrate.ai/encoder/local-cluster/internal/files"
	"socrate.ai/encoder/local-cluster/internal/host"
)

const stateFormat = 1

// state is what one run tells the next.
type state struct {
	Format int `json:"format"`
	// BootID is the boot the cluster was made in. Its pods, mounts and interfaces do not
	// outlive it, and its data store, which saves nothing to disk in time, may not either.
	BootID string `json:"bootID"`
	// Complete is set when `up` has succeeded once.
	Complete bool `json:"complete"`
	// NodeDirectories are those this program has created.
	NodeDirectories []string `json:"nodeDirectories"`
	// Kernel and AbsentDirectories are how the machine was before.
	Kernel            map[host.Setting]string `json:"kernel"`
	AbsentDirectories []string                `json:"absentDirectories"`
}

// errNotOurs says that a directory holds something, but no cluster.
var errNotOurs = errors.New("not a state directory")

// readState reads the state; a missing, cut or foreign file is an empty state. ours tells
// whether the directory may be deleted: it is the default one, empty, or holds a state
// file, whatever is in that.
func (layout Layout) readState() (current state, ours bool, err error) {
	content, err := os.ReadFile(layout.stateFile())
	switch {
	case err == nil:
		if json.Unmarshal(content, &current) != nil || current.Format != stateFormat {
			current = state{NodeDirectories: current.NodeDirectories}
		}
		return current, true, nil
	case !errors.Is(err, fs.ErrNotExist):
		return state{}, false, fmt.Errorf("failed to read the cluster's state: %w", err)
	}
	entries, err := os.ReadDir(layout.Directory)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return state{}, false, fmt.Errorf("failed to read the state directory: %w", err)
	}
	return state{}, len(entries) == 0 || layout.Directory == DefaultStateDirectory, nil
}

func (layout Layout) writeState(current state) error {
	current.Format = stateFormat
	content, err := json.MarshalIndent(current, "", "  ")
	if err != nil {
		return fmt.Errorf("failed to encode the cluster's state: %w", err)
	}
	return files.WriteAtomically(layout.stateFile(), append(content, '\n'), 0o600)
}

// reasonToStartAfresh says why what an earlier run left cannot be continued; empty means
// that it can. exists tells whether there is anything at all.
func reasonToStartAfresh(current state, exists bool, bootID string) string {
	switch {
	case !exists:
		return ""
	case current.Format != stateFormat:
		return "the state of an earlier cluster is incomplete or of another version"
	case current.BootID != bootID:
		return "the machine was restarted since the cluster was made"
	case !current.Complete:
		return "an earlier start was interrupted"
	}
	return ""
}

func (current *state) addNodeDirectory(directory string) {
	if !slices.Contains(current.NodeDirectories, directory) {
		current.NodeDirectories = append(current.NodeDirectories, directory)
	}
}
