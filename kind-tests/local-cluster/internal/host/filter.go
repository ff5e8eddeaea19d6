package host

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Filter is the cluster's part of the packet filter.
type Filter struct {
	Chain   string // name of the chain of our own, in the tables filter and nat
	Bridge  string
	PodCIDR string
}

// EnsureRules lets pods talk through the bridge, whatever the machine's own policy for
// forwarding is, and gives their connections to the world outside the node's address.
// One set of rules for all pods spares every pod's start a dozen iptables calls.
func (filter Filter) EnsureRules(ctx context.Context) error {
	rules := fmt.Sprintf(`*filter
:%[1]s - [0:0]
-A %[1]s -i %[2]s -j ACCEPT
-A %[1]s -o %[2]s -j ACCEPT
COMMIT
*nat
:%[1]s - [0:0]
-A %[1]s -s %[3]s ! -d %[3]s ! -o %[2]s -j MASQUERADE
COMMIT
`, filter.Chain, filter.Bridge, filter.PodCIDR)
	// Naming a chain empties it first, so this can be repeated.
	if _, err := run(ctx, rules, "iptables-restore", "--noflush", "--wait", "10"); err != nil {
		return err
	}
	for _, jump := range [][]string{{"filter", "FORWARD"}, {"nat", "POSTROUTING"}} {
		arguments := []string{"--wait", "10", "-t", jump[0], "-C", jump[1], "-j", filter.Chain}
		if _, err := run(ctx, "", "iptables", arguments...); err == nil {
			continue
		}
		arguments[4] = "-I"
		if _, err := run(ctx, "", "iptables", arguments...); err != nil {
			return err
		}
	}
	return nil
}

// Remove deletes our chain and, when told that no other Kubernetes runs on this machine,
// every chain Kubernetes makes.
func (filter Filter) Remove(ctx context.Context, withKubernetes bool) error {
	ours := func(chain string) bool {
		return chain == filter.Chain || withKubernetes && strings.HasPrefix(chain, "KUBE-")
	}
	var failures []error
	for _, program := range []string{"iptables", "ip6tables"} {
		if _, err := exec.LookPath(program + "-save"); err != nil {
			continue
		}
		saved, err := run(ctx, "", program+"-save")
		if err != nil {
			if program == "iptables" { // a machine may well have no IPv6
				failures = append(failures, err)
			}
			continue
		}
		if removal := removalOf(saved, ours); removal != "" {
			_, err := run(ctx, removal, program+"-restore", "--noflush", "--wait", "10")
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// removalOf turns the output of iptables-save into input for iptables-restore that
// deletes the chains the predicate names and every rule that leads to one of them.
func removalOf(saved string, ours func(chain string) bool) string {
	var removal strings.Builder
	var table string
	var jumps, flushes, deletions []string
	for _, line := range strings.Split(saved, "\n") {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "*"):
			table, jumps, flushes, deletions = line, nil, nil, nil
		case strings.HasPrefix(line, ":") && ours(fields[0][1:]):
			flushes = append(flushes, "-F "+fields[0][1:])
			deletions = append(deletions, "-X "+fields[0][1:])
		case strings.HasPrefix(line, "-A ") && len(fields) > 2 && !ours(fields[1]) && leadsTo(fields, ours):
			jumps = append(jumps, "-D "+strings.TrimPrefix(line, "-A "))
		case line == "COMMIT" && len(jumps)+len(deletions) > 0:
			lines := append(append(append([]string{table}, jumps...), flushes...), deletions...)
			removal.WriteString(strings.Join(lines, "\n") + "\nCOMMIT\n")
		}
	}
	return removal.String()
}

func leadsTo(fields []string, ours func(chain string) bool) bool {
	for position := range fields[:len(fields)-1] {
		if (fields[position] == "-j" || fields[position] == "-g") && ours(fields[position+1]) {
			return true
		}
	}
	return false
}
