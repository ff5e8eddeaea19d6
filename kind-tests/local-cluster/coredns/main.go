// Command coredns is CoreDNS with the plugins the cluster's Corefile names, and no others.
//
// The release brings the clients of three clouds along. Without them, and with the Kubernetes client that the rest of
// this module compiles anyway, it builds in seconds rather than minutes. CoreDNS calls this an external main:
// https://coredns.io/2017/07/25/compile-time-enabling-or-disabling-plugins/
package main

import (
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
)

func main() {
	coremain.Run()
}
