// Package components holds the upstream Kubernetes programs the cluster is made of.
//
// It is the only package that imports Kubernetes: everything under internal/ stays
// light, so that its tests compile in seconds and not in minutes.
package components

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client metrics of every component
	_ "k8s.io/component-base/metrics/prometheus/version"  // the build_info metric
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// commands names every component and how upstream constructs it. etcd is missing:
// it does not offer a command, only a main function.
var commands = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kube-proxy":              proxy.NewProxyCommand,
	"kubectl":                 kubectl.NewDefaultKubectlCommand,
	// The kubelet installs its own signal handler; a context that carries one
	// already would close the same channel twice.
	"kubelet": func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

// Known tells whether a component of this name exists.
func Known(name string) bool {
	_, found := commands[name]
	return found || name == "etcd"
}

// Names lists every component in alphabetical order.
func Names() []string {
	names := []string{"etcd"}
	for name := range commands {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Run becomes the named component; arguments exclude its name. It returns the exit code.
func Run(name string, arguments []string) int {
	// Upstream commands read os.Args themselves, some of them more than once.
	os.Args = append([]string{name}, arguments...)
	if name == "etcd" {
		etcdmain.Main(os.Args)
		return 0
	}
	construct, found := commands[name]
	if !found {
		fmt.Fprintf(os.Stderr, "unknown component %q: known are %v\n", name, Names())
		return 2
	}
	return cli.Run(construct())
}
