package host

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
)

// Network is the cluster's interfaces.
type Network struct {
	Bridge string // the pods' bridge
	// NodeInterface carries the node's address. It is a bridge without ports: every
	// kernel that can run pods has bridges, not every one has dummy interfaces. An
	// address of the cluster's own does not change when the machine's network does.
	NodeInterface string
	NodeAddress   netip.Addr
	Reserved      []netip.Prefix // ranges nobody else on this machine may use
}

// CheckConflicts refuses address ranges that another interface uses already.
func (network Network) CheckConflicts() error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("failed to list the network interfaces: %w", err)
	}
	for _, candidate := range interfaces {
		if candidate.Name == network.Bridge || candidate.Name == network.NodeInterface {
			continue
		}
		addresses, err := candidate.Addrs()
		if err != nil {
			continue // gone between the two calls
		}
		for _, address := range addresses {
			used, err := netip.ParsePrefix(address.String())
			if err != nil {
				continue
			}
			for _, reserved := range network.Reserved {
				if used.Overlaps(reserved) {
					return fmt.Errorf("the interface %s uses %s, which overlaps %s of the cluster: take that interface down first (a VPN, or another local cluster?)",
						candidate.Name, used, reserved)
				}
			}
		}
	}
	return nil
}

// EnsureNodeInterface creates the interface with the node's address. The pods' bridge
// is made by the network plugin when the first pod starts.
func (network Network) EnsureNodeInterface(ctx context.Context) error {
	if _, err := net.InterfaceByName(network.NodeInterface); err != nil {
		if _, err := run(ctx, "", "ip", "link", "add", network.NodeInterface, "type", "bridge"); err != nil {
			return err
		}
	}
	if _, err := run(ctx, "", "ip", "link", "set", network.NodeInterface, "up"); err != nil {
		return err
	}
	_, err := run(ctx, "", "ip", "address", "replace", network.NodeAddress.String()+"/32", "dev", network.NodeInterface)
	return err
}

// Remove deletes both interfaces and the pods' cables that still hang on the bridge.
func (network Network) Remove(ctx context.Context) error {
	if _, err := net.InterfaceByName(network.Bridge); err == nil {
		output, err := run(ctx, "", "ip", "-json", "link", "show", "master", network.Bridge)
		if err != nil {
			return err
		}
		for _, name := range interfaceNames(output) {
			// It goes by itself as soon as the pod's network namespace does.
			_, _ = run(ctx, "", "ip", "link", "delete", name)
		}
	}
	for _, name := range []string{network.Bridge, network.NodeInterface} {
		if _, err := net.InterfaceByName(name); err != nil {
			continue
		}
		if _, err := run(ctx, "", "ip", "link", "delete", name); err != nil {
			return err
		}
	}
	return nil
}

func interfaceNames(output string) []string {
	var links []struct {
		Name string `json:"ifname"`
	}
	if json.Unmarshal([]byte(output), &links) != nil {
		return nil
	}
	var names []string
	for _, link := range links {
		if link.Name != "" {
			names = append(names, link.Name)
		}
	}
	return names
}

// RemoveIPSets destroys the sets kube-proxy makes in one of its modes; ours does not use
// it, an earlier configuration may have.
func RemoveIPSets(ctx context.Context) {
	if _, err := exec.LookPath("ipset"); err != nil {
		return
	}
	output, err := run(ctx, "", "ipset", "list", "-name")
	if err != nil {
		return // the kernel has no sets at all
	}
	for _, name := range strings.Fields(output) {
		if strings.HasPrefix(name, "KUBE-") {
			_, _ = run(ctx, "", "ipset", "destroy", name)
		}
	}
}

// Nameservers returns the resolvers pods can use: those of the machine, without
// addresses that mean the machine itself, and mean the pod inside a pod.
func Nameservers() []string {
	for _, path := range []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"} {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if servers := parseNameservers(string(content)); len(servers) > 0 {
			return servers
		}
	}
	return nil
}

func parseNameservers(content string) []string {
	var servers []string
	for _, line := range strings.Split(content, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if address, err := netip.ParseAddr(fields[1]); err == nil && !address.IsLoopback() && address.Zone() == "" {
			servers = append(servers, address.String())
		}
	}
	return servers
}
