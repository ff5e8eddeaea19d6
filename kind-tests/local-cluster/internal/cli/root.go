// Package cli is the command line: it reads flags and calls the cluster package.
package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"socrate.ai/encoder/local-cluster/internal/cluster"
)

// options are the flags that every command about the cluster shares.
type options struct {
	stateDirectory string
	nodeDirectory  string
	coreDNS        string
}

// Run executes a command line and returns the exit code.
func Run(arguments []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(arguments)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "local-cluster: %v\n", err)
		return 1
	}
	return 0
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "local-cluster",
		Short: "a real Kubernetes on this machine, without Docker",
		Long: `local-cluster runs a Kubernetes cluster of one node, made of the upstream programs,
on a machine without Docker: for tests and for trying the platform out.

The upstream programs are inside: "local-cluster kubectl get pods" is kubectl, already
pointed at the cluster.`,
		Example: `  local-cluster up
  export KUBECONFIG="$(local-cluster kubeconfig --path)"
  local-cluster load-image api.tar
  local-cluster down`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	var shared options
	flags := root.PersistentFlags()
	flags.StringVar(&shared.stateDirectory, "state-dir", stateDirectoryFromEnvironment(),
		"where the cluster keeps its files; also $"+stateDirectoryVariable)
	root.AddCommand(upCommand(&shared), downCommand(&shared), statusCommand(&shared), kubeconfigCommand(&shared),
		loadImageCommand(&shared), buildImageCommand(), measureCommand(&shared), kubectlCommand())
	return root
}

const stateDirectoryVariable = "SOCRATE_LOCAL_CLUSTER"

func stateDirectoryFromEnvironment() string {
	if directory := os.Getenv(stateDirectoryVariable); directory != "" {
		return directory
	}
	return cluster.DefaultStateDirectory
}

// open makes the cluster the flags describe; nothing is read or started yet.
func (shared *options) open(command *cobra.Command) (*cluster.Cluster, error) {
	layout, err := cluster.NewLayout(shared.stateDirectory)
	if err != nil {
		return nil, err
	}
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("failed to find this program's own file: %w", err)
	}
	if binary, err = filepath.EvalSymlinks(binary); err != nil {
		return nil, fmt.Errorf("failed to find this program's own file: %w", err)
	}
	folder := filepath.Dir(binary)
	opened := &cluster.Cluster{
		Layout:        layout,
		NodeDirectory: shared.nodeDirectory,
		Binary:        binary,
		PauseBinary:   filepath.Join(folder, "pause"),
		CoreDNSBinary: shared.coreDNS,
		Output:        command.OutOrStdout(),
	}
	if opened.NodeDirectory, err = filepath.Abs(opened.NodeDirectory); err != nil {
		return nil, fmt.Errorf("failed to make sense of the node directory: %w", err)
	}
	if opened.CoreDNSBinary == "" { // build.sh puts its programs side by side
		opened.CoreDNSBinary = filepath.Join(folder, "coredns")
	}
	return opened, nil
}

// UseClusterWithKubectl points kubectl at the cluster unless the caller has chosen
// another one.
func UseClusterWithKubectl(component string) {
	if component != "kubectl" || os.Getenv("KUBECONFIG") != "" {
		return
	}
	layout, err := cluster.NewLayout(stateDirectoryFromEnvironment())
	if err != nil {
		return
	}
	if _, err := os.Stat(layout.AdministratorKubeconfig()); err == nil {
		os.Setenv("KUBECONFIG", layout.AdministratorKubeconfig())
	}
}
