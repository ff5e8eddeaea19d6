// Package certificates makes and checks the cluster's certificates.
//
// There are three authorities, so that a certificate of one world opens no door of
// another: the cluster's own, the data store's, and the one by which extension API
// servers recognise the API server.
package certificates

import (
	"crypto/x509"
	"net"
)

// Authority names a certificate authority and its files, without extension.
type Authority string

// The authorities of a cluster.
const (
	ClusterAuthority    Authority = "cluster-authority"
	DataStoreAuthority  Authority = "data-store-authority"
	FrontProxyAuthority Authority = "front-proxy-authority"
)

var authorities = []Authority{ClusterAuthority, DataStoreAuthority, FrontProxyAuthority}

// Leaf is a certificate that ends a chain: a server's, a client's, or both.
type Leaf struct {
	Name         string // of its files, without extension
	Authority    Authority
	CommonName   string
	Organization string
	Addresses    []net.IP
	DNSNames     []string
	Uses         []x509.ExtKeyUsage
}

// Names of the leaves, which are also the names of their files.
const (
	APIServer         = "kube-apiserver"
	APIServerKubelet  = "kube-apiserver-kubelet-client"
	APIServerStore    = "kube-apiserver-data-store-client"
	FrontProxyClient  = "front-proxy-client"
	DataStore         = "data-store"
	Kubelet           = "kubelet"
	Loopback          = "loopback" // health endpoints of the controllers
	Administrator     = "administrator"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Node              = "node"
	Proxy             = "kube-proxy"
)

// ServiceAccountKey is the name of the key that signs service-account tokens.
const ServiceAccountKey = "service-account"

// Names is what the certificates must answer to.
type Names struct {
	NodeName       string
	NodeAddress    net.IP
	ServiceAddress net.IP // of the API server, inside the cluster
	ClusterDomain  string
}

// Leaves lists every certificate a cluster needs.
func Leaves(names Names) []Leaf {
	loopback := net.IPv4(127, 0, 0, 1)
	server := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	client := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	both := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	return []Leaf{
		{Name: APIServer, Authority: ClusterAuthority, CommonName: "kube-apiserver", Uses: server,
			Addresses: []net.IP{names.NodeAddress, names.ServiceAddress, loopback},
			DNSNames: []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
				"kubernetes.default.svc." + names.ClusterDomain}},
		{Name: Kubelet, Authority: ClusterAuthority, CommonName: "system:node:" + names.NodeName, Uses: server,
			Addresses: []net.IP{names.NodeAddress, loopback}, DNSNames: []string{names.NodeName}},
		{Name: Loopback, Authority: ClusterAuthority, CommonName: "localhost", Uses: server,
			Addresses: []net.IP{loopback}, DNSNames: []string{"localhost"}},
		{Name: DataStore, Authority: DataStoreAuthority, CommonName: "etcd", Uses: both,
			Addresses: []net.IP{loopback}, DNSNames: []string{"localhost"}},
		{Name: APIServerStore, Authority: DataStoreAuthority, CommonName: "kube-apiserver", Uses: client},
		{Name: FrontProxyClient, Authority: FrontProxyAuthority, CommonName: "front-proxy-client", Uses: client},
		{Name: APIServerKubelet, Authority: ClusterAuthority, CommonName: "kube-apiserver-kubelet-client",
			Organization: "system:masters", Uses: client},
		{Name: Administrator, Authority: ClusterAuthority, CommonName: "local-cluster-administrator",
			Organization: "system:masters", Uses: client},
		{Name: ControllerManager, Authority: ClusterAuthority, CommonName: "system:kube-controller-manager", Uses: client},
		{Name: Scheduler, Authority: ClusterAuthority, CommonName: "system:kube-scheduler", Uses: client},
		{Name: Proxy, Authority: ClusterAuthority, CommonName: "system:kube-proxy", Uses: client},
		{Name: Node, Authority: ClusterAuthority, CommonName: "system:node:" + names.NodeName,
			Organization: "system:nodes", Uses: client},
	}
}
