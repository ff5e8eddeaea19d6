package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"socrate.ai/encoder/local-cluster/internal/cluster"
)

func upCommand(shared *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "up",
		Short: "bring the cluster up, or mend one that is only partly up",
		Long: `Brings the cluster up and returns when it is ready to be used.

Over a running cluster it only looks whether all is well. A component that died is
started again; pods and data stay. What cannot be continued (after a restart of the
machine, or when files are damaged) is removed and made anew.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			opened, err := shared.open(command)
			if err != nil {
				return err
			}
			return opened.Up(command.Context())
		},
	}
	command.Flags().StringVar(&shared.nodeDirectory, "node-dir", cluster.DefaultNodeDirectory,
		"directory of this machine in which volumes of trials may keep their data")
	command.Flags().StringVar(&shared.coreDNS, "coredns", "", "CoreDNS to run as the cluster's DNS (default: the one build.sh has built)")
	return command
}

func downCommand(shared *options) *cobra.Command {
	var purge bool
	command := &cobra.Command{
		Use:   "down",
		Short: "stop the cluster and remove every trace of it",
		Long: `Stops the cluster and removes all it made: processes, mounts, network interfaces,
packet filter rules, control groups, its state directory, the data of trials.
Kernel settings go back to what they were.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			opened, err := shared.open(command)
			if err != nil {
				return err
			}
			return opened.Down(command.Context(), purge)
		},
	}
	command.Flags().BoolVar(&purge, "purge", false, "remove the (then empty) node directory as well")
	command.Flags().StringVar(&shared.nodeDirectory, "node-dir", cluster.DefaultNodeDirectory, "the node directory given to up")
	return command
}

func statusCommand(shared *options) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "show what runs; the exit code is 0 only if all is well",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			opened, err := shared.open(command)
			if err != nil {
				return err
			}
			return opened.Status(command.Context())
		},
	}
}

func kubeconfigCommand(shared *options) *cobra.Command {
	var pathOnly bool
	command := &cobra.Command{
		Use:   "kubeconfig",
		Short: "print the administrator's kubeconfig, or with --path where it is",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			layout, err := cluster.NewLayout(shared.stateDirectory)
			if err != nil {
				return err
			}
			content, err := os.ReadFile(layout.AdministratorKubeconfig())
			if errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("there is no cluster in %s: start one with local-cluster up", layout.Directory)
			}
			if err != nil {
				return fmt.Errorf("failed to read the kubeconfig: %w", err)
			}
			if pathOnly {
				content = []byte(layout.AdministratorKubeconfig() + "\n")
			}
			_, err = command.OutOrStdout().Write(content)
			return err
		},
	}
	command.Flags().BoolVar(&pathOnly, "path", false, "print the file's path instead of its content")
	return command
}

func loadImageCommand(shared *options) *cobra.Command {
	return &cobra.Command{
		Use:   "load-image TAR...",
		Short: "make images usable in the cluster, unless they are already",
		Long: `Imports images from files as build-image or "docker save" write them. An image that
is there already, with the same digest, is not imported again.

Pods must not try to pull them: imagePullPolicy IfNotPresent or Never.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, archives []string) error {
			opened, err := shared.open(command)
			if err != nil {
				return err
			}
			return opened.LoadImages(command.Context(), archives)
		},
	}
}

func measureCommand(shared *options) *cobra.Command {
	var count int
	command := &cobra.Command{
		Use:   "measure",
		Short: "measure how long a Job takes to start",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			opened, err := shared.open(command)
			if err != nil {
				return err
			}
			return opened.Measure(command.Context(), count)
		},
	}
	command.Flags().IntVar(&count, "count", 3, "how many Jobs, one after the other")
	return command
}

// kubectlCommand exists for the list of commands: the program becomes kubectl before
// this command line is even read.
func kubectlCommand() *cobra.Command {
	return &cobra.Command{Use: "kubectl", Short: "talk to the cluster", DisableFlagParsing: true, Run: func(*cobra.Command, []string) {}}
}
