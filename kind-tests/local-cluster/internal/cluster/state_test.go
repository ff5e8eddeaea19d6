package cluster

import (
	"os"
	"path/filepath"
	"testing"
)

func layoutIn(t *testing.T) Layout {
	t.Helper()
	// A short path: there are limits to those of sockets, and a test's name would exceed them.
	directory, err := os.MkdirTemp("", "state-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	layout, err := NewLayout(filepath.Join(directory, "state"))
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

func TestWhatAnEarlierRunLeftIsContinuedOrBegunAfresh(t *testing.T) {
	good := state{Format: stateFormat, BootID: "boot", Complete: true}
	if reason := reasonToStartAfresh(good, true, "boot"); reason != "" {
		t.Errorf("a good state is not continued: %s", reason)
	}
	if reason := reasonToStartAfresh(state{}, false, "boot"); reason != "" {
		t.Errorf("nothing at all is a reason: %s", reason)
	}
	interrupted, rebooted, older := good, good, good
	interrupted.Complete, rebooted.BootID, older.Format = false, "another", 0
	for name, bad := range map[string]state{"interrupted": interrupted, "rebooted": rebooted, "older": older, "cut": {}} {
		if reasonToStartAfresh(bad, true, "boot") == "" {
			t.Errorf("a state that is %s is continued", name)
		}
	}
}

func TestAHalfWrittenStateIsAnEmptyOneOfOurs(t *testing.T) {
	layout := layoutIn(t)
	if err := os.MkdirAll(layout.Directory, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "{", "{\"format\": 99}", "null"} {
		if err := os.WriteFile(layout.stateFile(), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		current, ours, err := layout.readState()
		if err != nil || !ours || current.Complete {
			t.Errorf("%q: %+v, ours %v, %v", content, current, ours, err)
		}
	}
}

func TestAStateIsReadAsItWasWritten(t *testing.T) {
	layout := layoutIn(t)
	if err := os.MkdirAll(layout.Directory, 0o700); err != nil {
		t.Fatal(err)
	}
	written := state{BootID: "boot", Complete: true, NodeDirectories: []string{"/a"}}
	if err := layout.writeState(written); err != nil {
		t.Fatal(err)
	}
	current, ours, err := layout.readState()
	if err != nil || !ours || !current.Complete || current.BootID != "boot" {
		t.Fatalf("%+v, ours %v, %v", current, ours, err)
	}
}

func TestADirectoryWithSomebodysFilesIsNotOurs(t *testing.T) {
	layout := layoutIn(t)
	if err := os.MkdirAll(layout.Directory, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, ours, err := layout.readState(); err != nil || !ours {
		t.Errorf("an empty directory is not taken: %v", err)
	}
	if err := os.WriteFile(filepath.Join(layout.Directory, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ours, err := layout.readState(); err != nil || ours {
		t.Errorf("somebody's files would be deleted: %v", err)
	}
}

func TestImagesCountByDigestAndOnlyOnceTheRuntimeKnowsThem(t *testing.T) {
	stored := parseImages("REF TYPE DIGEST\n" +
		"localhost/a:1 application/x sha256:aa 1 MiB linux/amd64 io.cri-containerd.image=managed\n" +
		"localhost/b:1 application/x sha256:bb 1 MiB linux/amd64 -\n")
	if len(stored) != 1 || stored["localhost/a:1"] != "sha256:aa" {
		t.Fatalf("%v", stored)
	}
}

func TestDownOfAnotherDirectoryLeavesTheRunningClustersMachineAlone(t *testing.T) {
	for owner, expected := range map[string]bool{"": true, "/state/a": true, "/state/b": false} {
		if machineIsOf(owner, "/state/a") != expected {
			t.Errorf("owner %q: %v", owner, !expected)
		}
	}
}
