package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"socrate.ai/encoder/local-cluster/internal/host"
	"socrate.ai/encoder/local-cluster/internal/process"
)

// Down stops the cluster and removes every trace of it from the machine. With purge the
// node directory and the state directory go as well, not only their content.
func (cluster *Cluster) Down(ctx context.Context, purge bool) error {
	if err := host.CheckRequirements(); err != nil {
		return err
	}
	release, err := lock()
	if err != nil {
		return err
	}
	defer release()
	if other := readOwner(); other != "" && other != cluster.Layout.Directory {
		cluster.say("the machine's cluster is the one in %s; only %s is removed now", other, cluster.Layout.Directory)
	}
	_, ours, err := cluster.Layout.readState()
	if err != nil {
		return err
	}
	if !ours {
		return fmt.Errorf("%s holds files but no cluster, so nothing in it was touched: %w", cluster.Layout.Directory, errNotOurs)
	}
	start := time.Now()
	if err := cluster.remove(ctx, purge); err != nil {
		return fmt.Errorf("the cluster is not entirely gone: %w; run this command again", err)
	}
	cluster.say("the cluster is gone (%.1f s)", time.Since(start).Seconds())
	return nil
}

// remove stops and deletes everything; it can be repeated, and starts from any state.
func (cluster *Cluster) remove(ctx context.Context, purge bool) error {
	layout := cluster.Layout
	current, _, err := layout.readState()
	if err != nil {
		return err
	}
	if err := layout.release(ctx); err != nil {
		return err
	}
	host.RemoveOwnTraces(layout.Directory)
	if machineIsOf(readOwner(), layout.Directory) {
		if err := cluster.restoreMachine(current, purge); err != nil {
			return err
		}
	}
	// The state file goes last: while it is there, the directory is known to be ours.
	if err := removeContentsExcept(layout.Directory, filepath.Base(layout.stateFile())); err != nil {
		return err
	}
	if err := os.RemoveAll(layout.Directory); err != nil {
		return fmt.Errorf("failed to delete the state directory: %w", err)
	}
	if readOwner() == layout.Directory {
		if err := os.Remove(ownerFile); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("failed to delete %s: %w", ownerFile, err)
		}
	}
	return nil
}

// machineIsOf tells whether what exists on a machine once only (settings, shared directories, the data of trials) is the
// cluster's in this directory, or was. Otherwise the machine's cluster works with it.
func machineIsOf(owner, directory string) bool { return owner == "" || owner == directory }

// restoreMachine puts back and empties what exists on the machine once only.
func (cluster *Cluster) restoreMachine(current state, purge bool) error {
	host.RemoveSharedTraces(networkName, current.AbsentDirectories)
	if boot, err := process.Host.BootID(); err == nil && boot == current.BootID {
		if err := host.RestoreKernel(current.Kernel); err != nil {
			return err
		}
	}
	directories := current.NodeDirectories
	if !slices.Contains(directories, DefaultNodeDirectory) {
		directories = append(directories, DefaultNodeDirectory)
	}
	for _, directory := range directories {
		if err := removeContents(directory, purge); err != nil {
			return err
		}
	}
	if purge && !slices.Contains(directories, cluster.NodeDirectory) {
		cluster.say("%s was there before the cluster: its content is left alone", cluster.NodeDirectory)
	}
	return nil
}

// release takes the cluster off the machine but leaves its files.
func (layout Layout) release(ctx context.Context) error {
	// Those who would start things anew end first, the data store last.
	order := components(layout)
	slices.Reverse(order)
	for _, component := range order {
		for _, instance := range layout.instances(component.name) {
			if err := process.Stop(ctx, instance.Identity, component.grace); err != nil {
				return fmt.Errorf("failed to stop %s: %w", component.name, err)
			}
		}
	}
	shims := process.Host.Find(func(arguments []string) bool {
		return filepath.Base(arguments[0]) == "containerd-shim-runc-v2" && process.MentionsDirectory(arguments[1:], layout.Directory)
	})
	for _, shim := range shims {
		if err := process.Stop(ctx, shim.Identity, 0); err != nil {
			return fmt.Errorf("failed to stop a container's supervisor: %w", err)
		}
	}
	if owner := readOwner(); owner != "" && owner != layout.Directory {
		// Control groups, interfaces and rules belong to the machine's current cluster.
		return host.UnmountBelow(layout.Directory)
	}
	if err := groups.Remove(ctx); err != nil {
		return err
	}
	if err := host.UnmountBelow(layout.Directory); err != nil {
		return err
	}
	if err := network.Remove(ctx); err != nil {
		return err
	}
	withKubernetes := foreignKubernetes(layout) == ""
	if withKubernetes {
		host.RemoveIPSets(ctx)
	}
	return filter.Remove(ctx, withKubernetes)
}

func removeContents(directory string, andItself bool) error {
	if err := host.UnmountBelow(directory); err != nil {
		return err
	}
	if err := removeContentsExcept(directory, ""); err != nil {
		return err
	}
	if andItself {
		if err := os.Remove(directory); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("failed to delete %s: %w", directory, err)
		}
	}
	return nil
}

func removeContentsExcept(directory, kept string) error {
	entries, err := os.ReadDir(directory)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("failed to read %s: %w", directory, err)
	}
	for _, entry := range entries {
		if entry.Name() == kept {
			continue
		}
		if err := os.RemoveAll(filepath.Join(directory, entry.Name())); err != nil {
			return fmt.Errorf("failed to empty %s: %w", directory, err)
		}
	}
	return nil
}
