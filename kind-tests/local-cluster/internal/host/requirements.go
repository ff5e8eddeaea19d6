package host

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// PluginDirectory is where Debian puts the container network plugins.
const PluginDirectory = "/usr/lib/cni"

// requirement is a program and the Debian package that brings it.
type requirement struct{ program, packageName string }

var requirements = []requirement{
	{"containerd", "containerd"},
	{"containerd-shim-runc-v2", "containerd"},
	{"ctr", "containerd"},
	{"runc", "runc"},
	{PluginDirectory + "/bridge", "containernetworking-plugins"},
	{PluginDirectory + "/host-local", "containernetworking-plugins"},
	{PluginDirectory + "/loopback", "containernetworking-plugins"},
	{"iptables", "iptables"},
	{"iptables-save", "iptables"},
	{"iptables-restore", "iptables"},
	{"ip", "iproute2"},
	{"conntrack", "conntrack"},
	{"ipset", "ipset"},
	{"ethtool", "ethtool"},
	{"mount", "mount"},
	{"umount", "mount"},
}

// CheckRequirements makes sure that the caller is root and that every program is there.
func CheckRequirements() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("the cluster mounts file systems and makes network interfaces, which only root may do: run it with sudo")
	}
	return missing(requirementsHere(filtersBridges()), func(program string) bool {
		_, err := exec.LookPath(program)
		return err == nil
	})
}

// requirementsHere adds what loads the kernel's filter for bridges, where it is not there yet.
func requirementsHere(filtersBridges bool) []requirement {
	if filtersBridges {
		return requirements
	}
	return append(slices.Clone(requirements), requirement{"modprobe", "kmod"})
}

func missing(requirements []requirement, present func(program string) bool) error {
	var programs, packages []string
	for _, requirement := range requirements {
		if present(requirement.program) {
			continue
		}
		programs = append(programs, requirement.program)
		if !slices.Contains(packages, requirement.packageName) {
			packages = append(packages, requirement.packageName)
		}
	}
	if len(programs) == 0 {
		return nil
	}
	return fmt.Errorf("missing on this machine: %s; install with\n\n    apt-get install --yes --no-install-recommends %s\n",
		strings.Join(programs, ", "), strings.Join(packages, " "))
}
