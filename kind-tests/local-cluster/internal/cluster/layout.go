package cluster

import (
	"fmt"
	"path/filepath"

	"socrate.ai/encoder/local-cluster/internal/certificates"
)

// Layout knows where everything lies in a state directory.
type Layout struct{ Directory string }

// NewLayout checks a state directory's path. Sockets lie below it, and the kernel wants
// their paths short.
func NewLayout(directory string) (Layout, error) {
	absolute, err := filepath.Abs(directory)
	if err != nil {
		return Layout{}, fmt.Errorf("failed to make sense of the state directory %q: %w", directory, err)
	}
	if resolved, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = resolved // mounts are listed by their real path
	}
	const longest = 60
	if len(absolute) > longest {
		return Layout{}, fmt.Errorf("the state directory %s is too long a path for sockets: choose one of at most %d characters", absolute, longest)
	}
	if filepath.Dir(absolute) == "/" || absolute == "/" {
		return Layout{}, fmt.Errorf("%s cannot be a state directory: `down` deletes it; choose one like %s", absolute, DefaultStateDirectory)
	}
	return Layout{Directory: absolute}, nil
}

func (layout Layout) path(elements ...string) string {
	return filepath.Join(append([]string{layout.Directory}, elements...)...)
}

func (layout Layout) stateFile() string                { return layout.path("state.json") }
func (layout Layout) logFile(name string) string       { return layout.path("logs", name+".log") }
func (layout Layout) pidFile(name string) string       { return layout.path("pids", name+".json") }
func (layout Layout) configuration(file string) string { return layout.path("configuration", file) }
func (layout Layout) kubeconfig(name string) string {
	return layout.path("kubeconfigs", name+".kubeconfig")
}
func (layout Layout) containerdSocket() string { return layout.path("containerd", "containerd.sock") }
func (layout Layout) kubeletDirectory() string { return layout.path("kubelet") }
func (layout Layout) networkDirectory() string { return layout.path("network") }

func (layout Layout) store() certificates.Store {
	return certificates.Store{Directory: layout.path("certificates")}
}

// AdministratorKubeconfig is the file that lets people in.
func (layout Layout) AdministratorKubeconfig() string {
	return layout.kubeconfig(certificates.Administrator)
}

// folders are created before anything starts.
func (layout Layout) folders() []string {
	return []string{"logs", "pids", "configuration", "kubeconfigs", "containerd", "kubelet", "pod-logs", "network",
		"network/addresses", "kubelet/volume-plugins"}
}
