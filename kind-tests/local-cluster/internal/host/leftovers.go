package host

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

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

// RemoveOwnTraces deletes what upstream programs, whatever they are configured to do, wrote outside
// the state directory and what leads into it.
func RemoveOwnTraces(stateDirectory string) {
	removeShimSockets(stateDirectory)
	removeLogLinks("/var/log/containers", stateDirectory)
}

// RemoveSharedTraces deletes what the machine's cluster, of which there is one, left in places that all
// clusters share, then those of the given directories that are empty.
func RemoveSharedTraces(networkName string, absentBefore []string) {
	removeNetworkResults("/var/lib/cni/results", networkName)
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
func removeShimSockets(stateDirectory string) {
	addresses, _ := filepath.Glob(filepath.Join(stateDirectory,
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
func removeNetworkResults(directory, networkName string) {
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
		if result.NetworkName == networkName {
			ours[result.ContainerID] = true
		}
	}
	for identifier := range ours {
		for _, path := range identifiers[identifier] {
			_ = os.Remove(path)
		}
	}
}

func removeLogLinks(directory, stateDirectory string) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, stateDirectory+"/") {
			_ = os.Remove(path)
		}
	}
}
