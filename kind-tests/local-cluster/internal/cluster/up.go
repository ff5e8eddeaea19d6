package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"socrate.ai/encoder/local-cluster/internal/certificates"
	"socrate.ai/encoder/local-cluster/internal/host"
	"socrate.ai/encoder/local-cluster/internal/process"
)

// errDamagedStore says that etcd does not start on the data it finds.
var errDamagedStore = errors.New("the data store cannot be opened")

// nodePatience is how long the node of a running cluster may be away.
const nodePatience = 90 * time.Second

// Up brings the cluster up, or back up: what runs already is left alone, what died is
// started again, what cannot be continued is removed and made anew.
func (cluster *Cluster) Up(ctx context.Context) error {
	if err := host.CheckRequirements(); err != nil {
		return err
	}
	for _, binary := range []string{cluster.PauseBinary, cluster.CoreDNSBinary} {
		if _, err := os.Stat(binary); err != nil {
			return fmt.Errorf("%s is missing: build it with kind-tests/local-cluster/build.sh", binary)
		}
	}
	release, err := lock()
	if err != nil {
		return err
	}
	defer release()
	start := time.Now()
	if err := cluster.takeOver(ctx); err != nil {
		return err
	}
	started, err := cluster.raise(ctx)
	if errors.Is(err, errDamagedStore) || errors.Is(err, certificates.ErrUnusable) {
		cluster.say("%v: starting afresh", err)
		if err := cluster.remove(ctx, false); err != nil {
			return err
		}
		started, err = cluster.raise(ctx)
	}
	if err != nil {
		return fmt.Errorf("the cluster did not come up: %w", err)
	}
	if len(started) == 0 {
		cluster.say("the cluster was running already (checked in %.1f s)", time.Since(start).Seconds())
	} else {
		cluster.say("the cluster is up (%.1f s)", time.Since(start).Seconds())
	}
	cluster.say("use it with: export KUBECONFIG=%s", cluster.Layout.AdministratorKubeconfig())
	return nil
}

// takeOver makes sure that this state directory may be the machine's cluster.
func (cluster *Cluster) takeOver(ctx context.Context) error {
	if other := readOwner(); other != "" && other != cluster.Layout.Directory {
		if running := (Layout{Directory: other}).running(); len(running) > 0 {
			return fmt.Errorf("a cluster with the state directory %s runs on this machine, which has room for one: stop it first with\n\n    local-cluster down --state-dir %s\n", other, other)
		}
		cluster.say("releasing what the cluster in %s left behind", other)
		if err := (Layout{Directory: other}).release(ctx); err != nil {
			return err
		}
	}
	if foreign := foreignKubernetes(cluster.Layout); foreign != "" {
		return fmt.Errorf("another Kubernetes runs on this machine (%s): two would overwrite each other's packet filter rules; stop it first", foreign)
	}
	if err := network.CheckConflicts(); err != nil {
		return err
	}
	_, ours, err := cluster.Layout.readState()
	if err != nil {
		return err
	}
	if !ours {
		return fmt.Errorf("%s holds files but no cluster: choose an empty or new directory with --state-dir: %w", cluster.Layout.Directory, errNotOurs)
	}
	// From here on the machine is this cluster's: what an earlier one left in its directories may go.
	return writeOwner(cluster.Layout.Directory)
}

// foreignKubernetes names a kubelet or kube-proxy that is none of ours.
func foreignKubernetes(layout Layout) string {
	for _, name := range []string{"kubelet", "kube-proxy", "k3s", "k0s"} {
		for _, found := range process.Host.Find(func(arguments []string) bool {
			return process.IsNamed(arguments, name) && !process.IsComponent(arguments, name, layout.Directory)
		}) {
			return fmt.Sprintf("%s, process %d", name, found.PID)
		}
	}
	return ""
}

// raise continues or begins the cluster and names the components it had to start.
func (cluster *Cluster) raise(ctx context.Context) (started []string, err error) {
	current, err := cluster.prepare(ctx)
	if err != nil {
		return nil, err
	}
	if started, err = cluster.startAll(ctx); err != nil {
		return started, err
	}
	if len(started) == 0 && current.Complete {
		// The kubelet of a busy machine misses a beat now and then, and the next one mends it.
		if err := until(ctx, nodePatience, nil, cluster.checkNode); err != nil {
			return nil, err
		}
		return nil, nil
	}
	if err := cluster.finish(ctx); err != nil {
		return started, err
	}
	current.Complete = true
	return started, cluster.Layout.writeState(current)
}

// prepare makes files, interfaces and settings, everything short of starting programs.
func (cluster *Cluster) prepare(ctx context.Context) (state, error) {
	boot, err := process.Host.BootID()
	if err != nil {
		return state{}, err
	}
	_, statError := os.Stat(cluster.Layout.Directory)
	current, _, err := cluster.Layout.readState()
	if err != nil {
		return state{}, err
	}
	if reason := reasonToStartAfresh(current, statError == nil, boot); reason != "" {
		cluster.say("%s: starting afresh", reason)
		if err := cluster.remove(ctx, false); err != nil {
			return state{}, err
		}
		current = state{}
	}
	if current.BootID == "" {
		cluster.say("making a new cluster with Kubernetes %s in %s", KubernetesVersion, cluster.Layout.Directory)
		current = state{BootID: boot, Kernel: host.RecordKernel(), AbsentDirectories: host.AbsentDirectories()}
	}
	if err := writeOwner(cluster.Layout.Directory); err != nil {
		return state{}, err
	}
	if err := os.MkdirAll(cluster.Layout.Directory, 0o711); err != nil {
		return state{}, fmt.Errorf("failed to create the state directory: %w", err)
	}
	if err := ensureNodeDirectory(cluster.NodeDirectory, &current); err != nil {
		return state{}, err
	}
	if err := cluster.Layout.writeState(current); err != nil {
		return state{}, err
	}
	for _, folder := range cluster.Layout.folders() {
		if err := os.MkdirAll(cluster.Layout.path(folder), 0o711); err != nil {
			return state{}, fmt.Errorf("failed to create a folder of the state directory: %w", err)
		}
	}
	if err := cluster.ensureCertificates(); err != nil {
		return state{}, err
	}
	if err := writeConfigurations(cluster.Layout, host.Nameservers()); err != nil {
		return state{}, err
	}
	if err := host.PrepareKernel(ctx); err != nil {
		return state{}, err
	}
	if err := groups.Create(); err != nil {
		return state{}, err
	}
	if err := network.EnsureNodeInterface(ctx); err != nil {
		return state{}, err
	}
	return current, filter.EnsureRules(ctx)
}

func (cluster *Cluster) ensureCertificates() error {
	store := cluster.Layout.store()
	leaves := certificates.Leaves(certificateNames())
	if _, err := os.Stat(store.Directory); errors.Is(err, os.ErrNotExist) {
		return store.Create(leaves, time.Now())
	}
	issued, err := store.Repair(leaves, time.Now())
	if len(issued) > 0 {
		cluster.say("issued again: the certificates %v", issued)
	}
	return err
}

// startAll starts what does not run, each as soon as what it needs is ready.
func (cluster *Cluster) startAll(ctx context.Context) (started []string, err error) {
	all := components(cluster.Layout)
	names := make(chan string, len(all))
	ensure := func(name string) func(context.Context) error {
		wanted := all[slices.IndexFunc(all, func(candidate component) bool { return candidate.name == name })]
		return func(ctx context.Context) error {
			fresh, err := cluster.ensureRunning(ctx, wanted)
			if fresh {
				names <- name
			}
			return err
		}
	}
	err = together(ctx,
		func(ctx context.Context) error {
			if err := ensure(etcd)(ctx); err != nil {
				return err
			}
			if err := ensure(apiServer)(ctx); err != nil {
				return err
			}
			return together(ctx, ensure(controllerManager), ensure(scheduler))
		},
		func(ctx context.Context) error {
			if err := ensure(containerd)(ctx); err != nil {
				return err
			}
			return cluster.ensureSystemImages(ctx)
		},
	)
	if err == nil { // the kubelet needs both halves, kube-proxy the node the kubelet registers
		err = together(ctx, ensure(kubelet), ensure(kubeProxy))
	}
	close(names)
	for name := range names {
		started = append(started, name)
	}
	return started, err
}
