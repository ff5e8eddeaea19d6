package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"socrate.ai/encoder/local-cluster/internal/process"
)

// ensureRunning leaves a healthy component alone and otherwise starts it and waits until
// it is ready. fresh tells whether it was started.
func (cluster *Cluster) ensureRunning(ctx context.Context, component component) (fresh bool, err error) {
	digest, err := component.digest()
	if err != nil {
		return false, err
	}
	healthy, err := cluster.keep(ctx, component, digest)
	if err != nil || healthy {
		return false, err
	}
	return true, cluster.step(component.name+" ready", func() error {
		return cluster.start(ctx, component, digest)
	})
}

// keep finds the running component and stops every process that claims to be it but is
// not: one with other settings, one whose pid file was lost, one that no longer answers.
func (cluster *Cluster) keep(ctx context.Context, component component, digest string) (healthy bool, err error) {
	record, err := process.Host.ReadRecord(cluster.Layout.pidFile(component.name))
	known := err == nil
	if err != nil && !errors.Is(err, process.ErrNotRunning) {
		return false, err
	}
	for _, instance := range cluster.Layout.instances(component.name) {
		isRecorded := known && instance.Identity == record.Identity
		var reason string
		switch {
		case !isRecorded:
			reason = "is unknown"
		case record.Digest != digest:
			reason = "has other settings"
		default:
			// A component that was started moments ago by a run that was interrupted
			// may still be on its way.
			const patience = 5 * time.Second
			failure := until(ctx, patience, nil, component.probe.check)
			if failure == nil {
				healthy = true
				continue
			}
			reason = fmt.Sprintf("does not answer (%v)", failure)
		}
		cluster.say("%s (process %d) %s: restarting it", component.name, instance.PID, reason)
		if err := process.Stop(ctx, instance.Identity, component.grace); err != nil {
			return false, err
		}
	}
	return healthy, nil
}

func (cluster *Cluster) start(ctx context.Context, component component, digest string) error {
	for _, port := range component.ports {
		if err := checkFree(ctx, port); err != nil {
			return err
		}
	}
	path, arguments := cluster.command(component)
	logFile := cluster.Layout.logFile(component.name)
	started, err := process.Start(process.Specification{
		Name: component.name, Path: path, Command: arguments, Digest: digest,
		LogFile: logFile, PIDFile: cluster.Layout.pidFile(component.name),
	})
	if err != nil {
		return err
	}
	err = until(ctx, component.patience, started.Ended, component.probe.check)
	if err == nil {
		return nil
	}
	if errors.Is(err, errEnded) && component.name == etcd {
		err = fmt.Errorf("%w: %w", errDamagedStore, err)
	}
	return fmt.Errorf("%w\nlast lines of %s:\n%s", err, logFile, lastLines(logFile, 8))
}

// checkFree makes sure that nobody listens where a component is going to. A component
// that has just been stopped may need a moment to let go.
func checkFree(ctx context.Context, port port) error {
	address := net.JoinHostPort(port.address, strconv.Itoa(port.number))
	return until(ctx, 3*time.Second, nil, func(ctx context.Context) error {
		var listening net.ListenConfig
		listener, err := listening.Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("the address %s is not free; see who uses it with: ss -ltnp 'sport = :%d' (%w)", address, port.number, err)
		}
		return listener.Close()
	})
}

func lastLines(path string, count int) string {
	const enough = 8192
	file, err := os.Open(path)
	if err != nil {
		return "(no log)"
	}
	defer file.Close()
	information, err := file.Stat()
	if err != nil {
		return "(no log)"
	}
	content := make([]byte, min(information.Size(), enough))
	if _, err := file.ReadAt(content, information.Size()-int64(len(content))); err != nil {
		return "(no log)"
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	lines = lines[max(0, len(lines)-count):]
	for position, line := range lines {
		lines[position] = "    " + line[:min(len(line), 400)]
	}
	return strings.Join(lines, "\n")
}
