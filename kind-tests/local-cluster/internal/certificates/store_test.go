package certificates

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var names = Names{NodeName: "local", NodeAddress: net.IPv4(10, 0, 0, 1), ServiceAddress: net.IPv4(10, 96, 0, 1), ClusterDomain: "cluster.local"}

func created(t *testing.T, now time.Time) Store {
	t.Helper()
	store := Store{Directory: filepath.Join(t.TempDir(), "certificates")}
	if err := store.Create(Leaves(names), now); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestGoodCertificatesAreKept(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	store := created(t, now)
	if issued, err := store.Repair(Leaves(names), now); err != nil || len(issued) != 0 {
		t.Fatalf("issued again: %v, %v", issued, err)
	}
}

func TestALeafThatIsCutOrForAnotherAddressIsIssuedAgain(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	store := created(t, now)
	if err := os.Truncate(store.Certificate(Scheduler), 20); err != nil {
		t.Fatal(err)
	}
	if issued, err := store.Repair(Leaves(names), now); err != nil || len(issued) != 1 || issued[0] != Scheduler {
		t.Fatalf("a cut certificate: %v, %v", issued, err)
	}
	moved := names
	moved.NodeAddress = net.IPv4(10, 0, 0, 2)
	if issued, err := store.Repair(Leaves(moved), now); err != nil || len(issued) != 2 {
		t.Fatalf("the servers' certificates should be issued for the new address: %v, %v", issued, err)
	}
}

func TestWithoutAnAuthorityNothingCanBeMended(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	store := created(t, now)
	if err := os.Truncate(store.Key(string(ClusterAuthority)), 10); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Repair(Leaves(names), now); !errors.Is(err, ErrUnusable) {
		t.Fatalf("%v", err)
	}
}
