// Package cluster brings a Kubernetes cluster of one node up and down.
package cluster

import (
	"fmt"
	"net/netip"

	"socrate.ai/encoder/local-cluster/internal/host"
)

// KubernetesVersion is what the cluster runs. A newer one restarts every component.
const KubernetesVersion = "v1.34.4"

// CoreDNSVersion is the release that go.mod names. A newer one restarts the cluster's DNS.
const CoreDNSVersion = "v1.14.0"

// The cluster's names and addresses. One machine runs one such cluster: bridge, address
// ranges and packet filter chains exist once.
const (
	DefaultStateDirectory = "/var/lib/socrate-local-cluster"
	DefaultNodeDirectory  = "/var/lib/socrate-encoder-trial"

	nodeName      = "local"
	clusterDomain = "cluster.local"
	podCIDR       = "10.244.0.0/24"
	serviceCIDR   = "10.96.0.0/16"
	apiServiceIP  = "10.96.0.1"
	dnsServiceIP  = "10.96.0.10"
	// nodeIP is next to the pods' range; no interface but our own carries it.
	nodeIP = "10.244.255.1"

	podBridge     = "socrate0"
	nodeInterface = "socrate-node"
	filterChain   = "SOCRATE-CLUSTER"
	networkName   = "socrate-local-cluster"
	controlGroup  = "socrate-local-cluster"

	pauseImage   = "localhost/socrate-pause:1"
	coreDNSImage = "localhost/coredns:" + CoreDNSVersion

	// The group that pods of the platform run as, and that may write to the node directory.
	unprivilegedID = 65532

	lockFile  = "/run/socrate-local-cluster.lock"
	ownerFile = "/run/socrate-local-cluster.owner"
)

// Ports keep away from the usual ones, which a person's own programs may use.
const (
	apiServerPort         = 16443
	etcdClientPort        = 12379
	etcdPeerPort          = 12380
	controllerManagerPort = 20257
	schedulerPort         = 20259
	kubeletPort           = 20250
	kubeletHealthPort     = 20248
	proxyHealthPort       = 20256
	proxyMetricsPort      = 20249
)

var (
	apiServerURL = fmt.Sprintf("https://%s:%d", nodeIP, apiServerPort)

	groups  = host.ControlGroups{Name: controlGroup}
	filter  = host.Filter{Chain: filterChain, Bridge: podBridge, PodCIDR: podCIDR}
	network = host.Network{
		Bridge:        podBridge,
		NodeInterface: nodeInterface,
		NodeAddress:   netip.MustParseAddr(nodeIP),
		Reserved: []netip.Prefix{
			netip.MustParsePrefix(podCIDR),
			netip.MustParsePrefix(serviceCIDR),
			netip.MustParsePrefix(nodeIP + "/32"),
		},
	}
)
