package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Specification says how to start one program.
type Specification struct {
	Name    string
	Path    string
	Command []string // arguments without the program itself
	LogFile string
	PIDFile string
	Digest  string
}

// Started is a program this process has just started.
type Started struct {
	Identity Identity
	// Ended receives the program's end, should it come while this process lives.
	Ended <-chan error
}

// Start runs the program in a session of its own, so that it outlives this process and
// the terminal, and writes its pid file.
func Start(specification Specification) (Started, error) {
	log, err := os.OpenFile(specification.LogFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return Started{}, fmt.Errorf("failed to open the log of %s: %w", specification.Name, err)
	}
	defer log.Close()
	command := exec.Command(specification.Path, specification.Command...)
	command.Dir = "/"
	command.Stdout, command.Stderr = log, log
	// Proxies and credentials of the caller's shell are none of the cluster's business.
	command.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return Started{}, fmt.Errorf("failed to start %s: %w", specification.Name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	identity, err := Host.Identify(command.Process.Pid)
	if err != nil {
		return Started{}, fmt.Errorf("%s ended at once: see %s", specification.Name, specification.LogFile)
	}
	record := Record{Identity: identity, Digest: specification.Digest}
	if err := WriteRecord(specification.PIDFile, record); err != nil {
		_ = Signal(identity, syscall.SIGKILL)
		return Started{}, err
	}
	return Started{Identity: identity, Ended: ended}, nil
}

// Signal sends a signal to exactly this process. The handle is opened before the
// identity is checked, so the id cannot change hands in between.
func Signal(identity Identity, signal syscall.Signal) error {
	handle, err := unix.PidfdOpen(identity.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("failed to open process %d: %w", identity.PID, err)
	}
	defer unix.Close(handle)
	if !Host.Alive(identity) {
		return nil
	}
	if err := unix.PidfdSendSignal(handle, signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("failed to signal process %d: %w", identity.PID, err)
	}
	return nil
}

// Stop asks the process to end, insists after the grace period, and returns when it is gone.
func Stop(ctx context.Context, identity Identity, grace time.Duration) error {
	if err := Signal(identity, syscall.SIGTERM); err != nil {
		return err
	}
	if waitGone(ctx, identity, grace) == nil {
		return nil
	}
	if err := Signal(identity, syscall.SIGKILL); err != nil {
		return err
	}
	if err := waitGone(ctx, identity, 10*time.Second); err != nil {
		return fmt.Errorf("process %d does not end, not even by SIGKILL: %w", identity.PID, err)
	}
	return nil
}

func waitGone(ctx context.Context, identity Identity, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for Host.Alive(identity) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
