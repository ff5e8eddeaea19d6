// Package host changes, and restores, what the cluster needs of the machine itself:
// network interfaces, packet filter rules, control groups, mounts, kernel settings.
//
// Whatever is taken away is recognised as the cluster's own first.
package host

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// run executes a command and returns what it printed; its error carries the reason.
func run(ctx context.Context, input string, name string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, name, arguments...)
	if input != "" {
		command.Stdin = strings.NewReader(input)
	}
	var output, complaint bytes.Buffer
	command.Stdout, command.Stderr = &output, &complaint
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("failed to run %s %s: %w: %s", name, strings.Join(arguments, " "), err,
			strings.TrimSpace(complaint.String()))
	}
	return output.String(), nil
}
