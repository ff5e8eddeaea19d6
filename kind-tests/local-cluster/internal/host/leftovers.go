package host

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Traces are the places outside the state directory where upstream programs write,
// whatever they are configured to do.
type Traces struct {
	StateDirectory string
	NetworkName    string // of the container network
}

// sharedDirectories are removed when they are empty and were not there before. Children
// come before their parents.
var sharedDirectories = []string{
	"/run/containerd/s", "/run/containerd/fifo", "/run/containerd/io.containerd.runtime.v1.linux",
	"/run/containerd/io.containerd.runtime.v2.task", "/run/containerd/runc/k8s.io", "/run/containerd/runc", "/run/containerd",
	"/var/lib/kubelet/device-plugins", "/var/lib/kubelet", "/var/log/containers", "/var/log/pods",
	"/var/lib/cni/results", "/var/lib/cni/networks", "/var/lib/cni",
	"/usr/libexec/kubernetes/kubelet-plugins/volume/exec", "/usr/libexec/kubernetes/kubelet-plugins/volume",
	"/usr/libexec/kubernetes/kubelet-plugins", "/usr/libexec/kubernetes",
	"/opt/containerd/bin", "/opt/containerd/lib", "/opt/containerd",
}

// AbsentDirectories lists the shared directories that do not exist yet, which is to be
// remembered before the cluster starts: those may be removed when it ends.
func AbsentDirectories() []string {
	var absent []string
	for _, directory := range sharedDirectories {
		if _, err := os.Lstat(directory); errors.Is(err, fs.ErrNotExist) {
			absent = append(absent, directory)
		}
	}
	return absent
}

// Remove deletes the cluster's own files outside its state directory, then those of the
// given directories that are empty.
func (traces Traces) Remove(absentBefore []string) {
	traces.removeShimSockets()
	traces.removeNetworkResults("/var/lib/cni/results")
	traces.removeLogLinks("/var/log/containers")
	absent := map[string]bool{}
	for _, directory := range absentBefore {
		absent[directory] = true
	}
	if absent["/var/lib/kubelet/device-plugins"] {
		for _, name := range []string{"kubelet.sock", "kubelet_internal_checkpoint", "DEPRECATION"} {
			_ = os.Remove(filepath.Join("/var/lib/kubelet/device-plugins", name))
		}
	}
	for _, directory := range sharedDirectories {
		if absent[directory] {
			_ = os.Remove(directory) // only ever removes an empty one
		}
	}
}

// removeShimSockets deletes the sockets of containers whose supervisor was killed before
// it could. Each container's folder names its own.
func (traces Traces) removeShimSockets() {
	addresses, _ := filepath.Glob(filepath.Join(traces.StateDirectory,
		"containerd/state/io.containerd.runtime.v2.task/*/*/address"))
	for _, path := range addresses {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		socket := strings.TrimPrefix(strings.TrimSpace(string(content)), "unix://")
		if filepath.Dir(socket) == "/run/containerd/s" {
			_ = os.Remove(socket)
		}
	}
}

// removeNetworkResults deletes what the container network library noted about our
// pods: one file for our network and one for the loopback, under the same container id.
func (traces Traces) removeNetworkResults(directory string) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	identifiers := map[string][]string{}
	ours := map[string]bool{}
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		var result struct {
			ContainerID string `json:"containerId"`
			NetworkName string `json:"networkName"`
		}
		if json.Unmarshal(content, &result) != nil || result.ContainerID == "" {
			continue
		}
		identifiers[result.ContainerID] = append(identifiers[result.ContainerID], path)
		if result.NetworkName == traces.NetworkName {
			ours[result.ContainerID] = true
		}
	}
	for identifier := range ours {
		for _, path := range identifiers[identifier] {
			_ = os.Remove(path)
		}
	}
}

func (traces Traces) removeLogLinks(directory string) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, traces.StateDirectory+"/") {
			_ = os.Remove(path)
		}
	}
}
