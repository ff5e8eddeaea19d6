// Command local-cluster runs a real Kubernetes on a machine without Docker.
//
// One binary holds every program of the cluster and starts itself anew as each of
// them: `local-cluster kube-apiserver …` is the upstream kube-apiserver.
package main

import (
	"os"
	"path/filepath"

	"socrate.ai/encoder/local-cluster/components"
	"socrate.ai/encoder/local-cluster/internal/cli"
)

func main() {
	// A symbolic link named after a component (kubectl, above all) is that component.
	if name := filepath.Base(os.Args[0]); components.Known(name) {
		os.Exit(components.Run(name, os.Args[1:]))
	}
	if len(os.Args) > 1 && components.Known(os.Args[1]) {
		cli.UseClusterWithKubectl(os.Args[1])
		os.Exit(components.Run(os.Args[1], os.Args[2:]))
	}
	os.Exit(cli.Run(os.Args[1:]))
}
