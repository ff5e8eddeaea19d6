package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// started returns the identity of a process of ours that waits for its input to end, and what ends it.
func started(t *testing.T) (Identity, func()) {
	t.Helper()
	command := exec.Command("cat")
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		input.Close()
		_ = command.Wait()
	}
	t.Cleanup(end)
	identity, err := Host.Identify(command.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return identity, end
}

func TestARecordCountsOnlyForItsOwnLiveProcess(t *testing.T) {
	identity, end := started(t)
	path := filepath.Join(t.TempDir(), "record.json")
	write := func(identity Identity) {
		t.Helper()
		if err := WriteRecord(path, Record{Identity: identity, Digest: "d"}); err != nil {
			t.Fatal(err)
		}
	}
	write(identity)
	if record, err := Host.ReadRecord(path); err != nil || record.Digest != "d" {
		t.Fatalf("a live process is not found by its record: %v", err)
	}
	reused, rebooted := identity, identity
	reused.StartTime++
	rebooted.BootID = "another boot"
	for name, other := range map[string]Identity{"an id used again": reused, "an earlier boot": rebooted} {
		write(other)
		if _, err := Host.ReadRecord(path); !errors.Is(err, ErrNotRunning) {
			t.Errorf("%s is taken for the process: %v", name, err)
		}
	}
	write(identity)
	end()
	if _, err := Host.ReadRecord(path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a process that has ended is taken for alive: %v", err)
	}
}

func TestACutOrMissingRecordIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.json")
	for _, content := range []string{"", "{\"pid\": 1", "12345\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Host.ReadRecord(path); !errors.Is(err, ErrNotRunning) {
			t.Errorf("%q is taken for a record: %v", content, err)
		}
	}
	if _, err := Host.ReadRecord(path + ".none"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a missing file is taken for a record: %v", err)
	}
}

func TestAProgramsNameMayHoldAnything(t *testing.T) {
	state, time, err := parseStat("7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20")
	if err != nil || state != "S" || time != 4711 {
		t.Fatalf("state %q, time %d, %v", state, time, err)
	}
	if _, _, err := parseStat("7 no parentheses"); err == nil {
		t.Error("a line without a name is read")
	}
}

func TestAComponentIsKnownByItsOwnDirectory(t *testing.T) {
	arguments := []string{"/cache/local-cluster", "kubelet", "--config=/state/one/kubelet.yaml"}
	if !IsComponent(arguments, "kubelet", "/state/one") {
		t.Error("our own component is not recognised")
	}
	for _, directory := range []string{"/state/on", "/state/two"} {
		if IsComponent(arguments, "kubelet", directory) {
			t.Errorf("another cluster's component is taken for that of %s", directory)
		}
	}
	if IsComponent(arguments, "etcd", "/state/one") {
		t.Error("a kubelet is taken for etcd")
	}
}
