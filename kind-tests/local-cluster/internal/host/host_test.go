package host

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestOnlyOurChainsAndWhatLeadsToThemGo(t *testing.T) {
	saved := "*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:DOCKER - [0:0]\n" +
		"-A PREROUTING -m comment --comment x -j KUBE-SERVICES\n-A PREROUTING -j DOCKER\n-A KUBE-SERVICES -j RETURN\nCOMMIT\n" +
		"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n"
	removal := removalOf(saved, func(chain string) bool { return strings.HasPrefix(chain, "KUBE-") })
	expected := "*nat\n-D PREROUTING -m comment --comment x -j KUBE-SERVICES\n-F KUBE-SERVICES\n-X KUBE-SERVICES\nCOMMIT\n"
	if removal != expected {
		t.Fatalf("got:\n%s", removal)
	}
}

func TestMountsBelowADirectoryComeDeepestFirst(t *testing.T) {
	mountinfo := "1 0 0:1 / / rw - ext4 a rw\n" +
		"2 1 0:2 / /state/pods rw - tmpfs a rw\n" +
		"3 1 0:3 / /state/pods/a\\040b/volume rw - tmpfs a rw\n" +
		"4 1 0:4 / /state-of-another rw - tmpfs a rw\n"
	mounts := parseMounts(mountinfo, "/state")
	if !slices.Equal(mounts, []string{"/state/pods/a b/volume", "/state/pods"}) {
		t.Fatalf("%q", mounts)
	}
}

func TestWhatIsMissingIsNamedWithThePackagesThatBringIt(t *testing.T) {
	err := missing(requirements, func(program string) bool { return program != "ctr" && program != "containerd" })
	if err == nil || !strings.Contains(err.Error(), "ctr") || strings.Count(err.Error(), "recommends containerd\n") != 1 {
		t.Fatalf("%v", err)
	}
	if err := missing(requirements, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
}

func TestTheFilterForBridgesIsLoadedOnceWhereItIsMissing(t *testing.T) {
	for name, machine := range map[string]struct {
		there, comes bool
		failure      error
		loads        int
		fails        bool
	}{
		"there":         {there: true},
		"comes":         {comes: true, loads: 1},
		"does not come": {loads: 1, fails: true},
		"no module":     {failure: errors.New("not found"), loads: 1, fails: true},
	} {
		loads := 0
		err := ensureBridgeFilter(
			func() bool { return machine.there || machine.comes && loads > 0 },
			func() error { loads++; return machine.failure })
		if loads != machine.loads || (err != nil) != machine.fails {
			t.Errorf("%s: loaded %d times, %v", name, loads, err)
		}
		if err != nil && !strings.Contains(err.Error(), "modprobe br_netfilter") {
			t.Errorf("%s: %v says nothing of what to do", name, err)
		}
	}
}

func TestWhatLoadsModulesIsNeededOnlyWhereOneIsMissing(t *testing.T) {
	for filters, expected := range map[bool]bool{true: false, false: true} {
		needed := slices.Contains(requirementsHere(filters), requirement{"modprobe", "kmod"})
		if needed != expected {
			t.Errorf("the kernel filters bridges: %v, needed: %v", filters, needed)
		}
	}
}
