package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"socrate.ai/encoder/local-cluster/internal/certificates"
)

// component is one program of the cluster: pure description, nothing started yet.
type component struct {
	name      string
	external  bool     // a program of its own; otherwise this binary is it, called by its name
	arguments []string // without the component's name
	files     []string // a change of their content means a restart
	ports     []port
	probe     probe
	grace     time.Duration // to end by itself before it is killed
	patience  time.Duration // to become ready
}

type port struct {
	address string
	number  int
}

// Names of the components, in the order of starting.
const (
	etcd              = "etcd"
	containerd        = "containerd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
	kubelet           = "kubelet"
	kubeProxy         = "kube-proxy"
)

// components lists every program with its arguments.
func components(layout Layout) []component {
	return []component{
		etcdComponent(layout),
		{
			name: containerd, external: true, arguments: []string{"--config", layout.configuration("containerd.toml")},
			files: []string{layout.configuration("containerd.toml")},
			probe: commandProbe{"ctr", "--address", layout.containerdSocket(), "version"},
			grace: 10 * time.Second, patience: 30 * time.Second,
		},
		apiServerComponent(layout),
		controllerManagerComponent(layout),
		{
			name: scheduler,
			arguments: []string{
				"--config=" + layout.configuration("kube-scheduler.yaml"),
				"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(schedulerPort),
				"--tls-cert-file=" + layout.store().Certificate(certificates.Loopback),
				"--tls-private-key-file=" + layout.store().Key(certificates.Loopback),
			},
			files: []string{layout.configuration("kube-scheduler.yaml"), layout.kubeconfig(certificates.Scheduler),
				layout.store().Certificate(certificates.Loopback)},
			ports: []port{{"127.0.0.1", schedulerPort}},
			probe: secureProbe(layout, fmt.Sprintf("https://127.0.0.1:%d/healthz", schedulerPort)),
			grace: 5 * time.Second, patience: 60 * time.Second,
		},
		{
			name: kubelet,
			arguments: []string{
				"--config=" + layout.configuration("kubelet.yaml"),
				"--kubeconfig=" + layout.kubeconfig(certificates.Node),
				"--root-dir=" + layout.kubeletDirectory(),
				"--cert-dir=" + layout.path("kubelet", "pki"),
				"--hostname-override=" + nodeName,
				"--node-ip=" + nodeIP,
			},
			files: []string{layout.configuration("kubelet.yaml"), layout.kubeconfig(certificates.Node),
				layout.store().Certificate(certificates.Kubelet), layout.configuration("resolv.conf")},
			ports: []port{{nodeIP, kubeletPort}, {"127.0.0.1", kubeletHealthPort}},
			probe: plainProbe(fmt.Sprintf("http://127.0.0.1:%d/healthz", kubeletHealthPort)),
			grace: 10 * time.Second, patience: 60 * time.Second,
		},
		{
			name:      kubeProxy,
			arguments: []string{"--config=" + layout.configuration("kube-proxy.yaml")},
			files:     []string{layout.configuration("kube-proxy.yaml"), layout.kubeconfig(certificates.Proxy)},
			ports:     []port{{"127.0.0.1", proxyHealthPort}, {"127.0.0.1", proxyMetricsPort}},
			probe:     plainProbe(fmt.Sprintf("http://127.0.0.1:%d/healthz", proxyHealthPort)),
			grace:     5 * time.Second, patience: 60 * time.Second,
		},
	}
}

func etcdComponent(layout Layout) component {
	store := layout.store()
	client := fmt.Sprintf("https://127.0.0.1:%d", etcdClientPort)
	peer := fmt.Sprintf("https://127.0.0.1:%d", etcdPeerPort)
	certificate, key := store.Certificate(certificates.DataStore), store.Key(certificates.DataStore)
	authority := store.Certificate(string(certificates.DataStoreAuthority))
	return component{
		name: etcd,
		arguments: []string{
			"--name=" + nodeName,
			"--data-dir=" + layout.path("etcd"),
			"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
			"--initial-cluster=" + nodeName + "=" + peer,
			"--client-cert-auth=true", "--trusted-ca-file=" + authority,
			"--cert-file=" + certificate, "--key-file=" + key,
			"--peer-client-cert-auth=true", "--peer-trusted-ca-file=" + authority,
			"--peer-cert-file=" + certificate, "--peer-key-file=" + key,
			// A test cluster's data need not survive a power cut, and waiting for the
			// disk is what makes a small one slow.
			"--unsafe-no-fsync=true",
			"--log-level=warn",
		},
		files: []string{certificate, authority},
		ports: []port{{"127.0.0.1", etcdClientPort}, {"127.0.0.1", etcdPeerPort}},
		probe: storeProbe(layout, client+"/readyz"),
		grace: 10 * time.Second, patience: 60 * time.Second,
	}
}

func apiServerComponent(layout Layout) component {
	store := layout.store()
	return component{
		name: apiServer,
		arguments: []string{
			fmt.Sprintf("--etcd-servers=https://127.0.0.1:%d", etcdClientPort),
			"--etcd-cafile=" + store.Certificate(string(certificates.DataStoreAuthority)),
			"--etcd-certfile=" + store.Certificate(certificates.APIServerStore),
			"--etcd-keyfile=" + store.Key(certificates.APIServerStore),
			// The node's address is reachable from this machine and its pods alone.
			"--bind-address=" + nodeIP, "--advertise-address=" + nodeIP,
			"--secure-port=" + strconv.Itoa(apiServerPort),
			"--tls-cert-file=" + store.Certificate(certificates.APIServer),
			"--tls-private-key-file=" + store.Key(certificates.APIServer),
			"--client-ca-file=" + store.Certificate(string(certificates.ClusterAuthority)),
			"--service-cluster-ip-range=" + serviceCIDR,
			"--service-account-issuer=https://kubernetes.default.svc." + clusterDomain,
			"--service-account-key-file=" + store.PublicKey(certificates.ServiceAccountKey),
			"--service-account-signing-key-file=" + store.Key(certificates.ServiceAccountKey),
			"--authorization-mode=Node,RBAC",
			"--enable-admission-plugins=NodeRestriction",
			"--allow-privileged=true",
			"--kubelet-certificate-authority=" + store.Certificate(string(certificates.ClusterAuthority)),
			"--kubelet-client-certificate=" + store.Certificate(certificates.APIServerKubelet),
			"--kubelet-client-key=" + store.Key(certificates.APIServerKubelet),
			"--kubelet-preferred-address-types=InternalIP",
			"--requestheader-client-ca-file=" + store.Certificate(string(certificates.FrontProxyAuthority)),
			"--requestheader-allowed-names=front-proxy-client",
			"--requestheader-username-headers=X-Remote-User",
			"--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file=" + store.Certificate(certificates.FrontProxyClient),
			"--proxy-client-key-file=" + store.Key(certificates.FrontProxyClient),
		},
		files: []string{store.Certificate(certificates.APIServer), store.Certificate(string(certificates.ClusterAuthority)),
			store.Certificate(certificates.APIServerStore), store.Certificate(certificates.APIServerKubelet),
			store.Certificate(certificates.FrontProxyClient), store.PublicKey(certificates.ServiceAccountKey)},
		ports: []port{{nodeIP, apiServerPort}},
		probe: secureProbe(layout, apiServerURL+"/readyz"),
		grace: 15 * time.Second, patience: 120 * time.Second,
	}
}

func controllerManagerComponent(layout Layout) component {
	store := layout.store()
	kubeconfig := layout.kubeconfig(certificates.ControllerManager)
	return component{
		name: controllerManager,
		arguments: []string{
			"--kubeconfig=" + kubeconfig,
			"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(controllerManagerPort),
			"--tls-cert-file=" + store.Certificate(certificates.Loopback),
			"--tls-private-key-file=" + store.Key(certificates.Loopback),
			"--leader-elect=false",
			"--use-service-account-credentials=true",
			"--root-ca-file=" + store.Certificate(string(certificates.ClusterAuthority)),
			"--service-account-private-key-file=" + store.Key(certificates.ServiceAccountKey),
			"--cluster-signing-cert-file=" + store.Certificate(string(certificates.ClusterAuthority)),
			"--cluster-signing-key-file=" + store.Key(string(certificates.ClusterAuthority)),
			"--allocate-node-cidrs=true", "--cluster-cidr=" + podCIDR, "--node-cidr-mask-size=24",
			"--service-cluster-ip-range=" + serviceCIDR,
			// Tests create and delete hundreds of Jobs and dozens of namespaces at once.
			"--concurrent-job-syncs=20", "--concurrent-gc-syncs=30", "--concurrent-namespace-syncs=20",
			"--kube-api-qps=500", "--kube-api-burst=1000",
		},
		files: []string{kubeconfig, store.Certificate(certificates.Loopback),
			store.Certificate(string(certificates.ClusterAuthority)), store.PublicKey(certificates.ServiceAccountKey)},
		ports: []port{{"127.0.0.1", controllerManagerPort}},
		probe: secureProbe(layout, fmt.Sprintf("https://127.0.0.1:%d/healthz", controllerManagerPort)),
		grace: 5 * time.Second, patience: 60 * time.Second,
	}
}

// digest stands for all a component is started with. The path of this binary is left
// out: building it anew does not change the Kubernetes inside, whose version is in.
func (component component) digest() (string, error) {
	hash := sha256.New()
	fmt.Fprintf(hash, "%s\n%q\n", KubernetesVersion, component.arguments)
	for _, path := range component.files {
		file, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("%s: failed to read its configuration: %w", component.name, err)
		}
		_, err = io.Copy(hash, file)
		file.Close()
		if err != nil {
			return "", fmt.Errorf("%s: failed to read %s: %w", component.name, path, err)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

type probe interface {
	check(ctx context.Context) error
}
