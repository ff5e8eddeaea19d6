package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"socrate.ai/encoder/local-cluster/internal/certificates"
	"socrate.ai/encoder/local-cluster/internal/files"
	"socrate.ai/encoder/local-cluster/internal/kubeapi"
	"socrate.ai/encoder/local-cluster/internal/process"
)

// Cluster is a cluster with its state directory; it may or may not be running.
type Cluster struct {
	Layout        Layout
	NodeDirectory string // of the host, for the storage of trials
	Binary        string // this program, which is also most components
	PauseBinary   string
	CoreDNSBinary string
	Output        io.Writer

	printing sync.Mutex
}

// errEnded says that a component ended while it was expected to become ready.
var errEnded = errors.New("it ended")

// say prints one line for the person who waits.
func (cluster *Cluster) say(format string, arguments ...any) {
	cluster.printing.Lock()
	defer cluster.printing.Unlock()
	fmt.Fprintf(cluster.Output, format+"\n", arguments...)
}

// step runs one step and prints how long it took.
func (cluster *Cluster) step(name string, work func() error) error {
	start := time.Now()
	if err := work(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	cluster.say("  %-36s %5.1f s", name, time.Since(start).Seconds())
	return nil
}

// together runs all at once and waits for all; the first failure stops the rest.
func together(ctx context.Context, works ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failures := make(chan error, len(works))
	for _, work := range works {
		go func() { failures <- work(ctx) }()
	}
	var first error
	for range works {
		if err := <-failures; err != nil && first == nil {
			first = err
			cancel()
		}
	}
	return first
}

func (cluster *Cluster) client() (*kubeapi.Client, error) {
	store := cluster.Layout.store()
	return kubeapi.New(apiServerURL, store.Certificate(string(certificates.ClusterAuthority)),
		store.Certificate(certificates.Administrator), store.Key(certificates.Administrator))
}

// lock keeps two runs from changing the machine at the same time.
func lock() (release func(), err error) {
	release, err = files.Lock(lockFile)
	if errors.Is(err, files.ErrLocked) {
		return nil, errors.New("another local-cluster command is changing the cluster right now: wait for it to end, then try again")
	}
	return release, err
}

// owner is the state directory of the machine's cluster: bridge and address ranges
// exist once, so there can be one only.
type owner struct {
	StateDirectory string `json:"stateDirectory"`
}

func readOwner() string {
	content, err := os.ReadFile(ownerFile)
	var current owner
	if err != nil || json.Unmarshal(content, &current) != nil {
		return ""
	}
	return current.StateDirectory
}

func writeOwner(directory string) error {
	content, err := json.Marshal(owner{StateDirectory: directory})
	if err != nil {
		return fmt.Errorf("failed to encode %s: %w", ownerFile, err)
	}
	return files.WriteAtomically(ownerFile, append(content, '\n'), 0o644)
}

// running lists the live components of the state directory, whatever their pid files say.
func (layout Layout) running() []process.Found {
	var found []process.Found
	for _, component := range components(layout) {
		found = append(found, layout.instances(component.name)...)
	}
	return found
}

func (layout Layout) instances(name string) []process.Found {
	return process.Host.Find(func(arguments []string) bool {
		return process.IsComponent(arguments, name, layout.Directory)
	})
}

// binary is the program a component runs.
func (cluster *Cluster) command(component component) (path string, arguments []string) {
	if component.external {
		return component.name, component.arguments
	}
	return cluster.Binary, append([]string{component.name}, component.arguments...)
}
