package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"socrate.ai/encoder/local-cluster/internal/certificates"
	"socrate.ai/encoder/local-cluster/internal/host"
	"socrate.ai/encoder/local-cluster/internal/image"
)

func certificateNames() certificates.Names {
	return certificates.Names{NodeName: nodeName, NodeAddress: net.ParseIP(nodeIP),
		ServiceAddress: net.ParseIP(apiServiceIP), ClusterDomain: clusterDomain}
}

// ensureNodeDirectory creates the directory that trials keep their data in. Pods run as
// an unprivileged group; the set-group-id bit passes that group on to the folders the
// kubelet makes for volumes below it.
func ensureNodeDirectory(directory string, current *state) error {
	if _, err := os.Stat(directory); errors.Is(err, os.ErrNotExist) {
		current.addNodeDirectory(directory)
	}
	if directory == DefaultNodeDirectory { // by its name it is ours even if the record of it is lost
		current.addNodeDirectory(directory)
	}
	if err := os.MkdirAll(directory, 0o770); err != nil {
		return fmt.Errorf("failed to create the node directory: %w", err)
	}
	if err := os.Chown(directory, 0, unprivilegedID); err != nil {
		return fmt.Errorf("failed to hand the node directory to the pods' group: %w", err)
	}
	if err := os.Chmod(directory, 0o770|os.ModeSetgid); err != nil {
		return fmt.Errorf("failed to hand the node directory to the pods' group: %w", err)
	}
	return nil
}

// ensureSystemImages builds and loads the two images the cluster itself runs.
func (cluster *Cluster) ensureSystemImages(ctx context.Context) error {
	user := fmt.Sprintf("%d:%d", unprivilegedID, unprivilegedID)
	for _, system := range []struct{ reference, binary string }{
		{pauseImage, cluster.PauseBinary}, {coreDNSImage, cluster.CoreDNSBinary},
	} {
		archive := cluster.Layout.path("containerd", filepath.Base(system.binary)+".tar")
		present, err := cluster.images().Present(ctx, system.reference)
		if err != nil {
			return err
		}
		if present {
			continue
		}
		inside := "/" + filepath.Base(system.binary)
		err = cluster.step("image "+system.reference, func() error {
			if _, err := image.Build(image.Options{Reference: system.reference, User: user, Entrypoint: []string{inside},
				Files: image.ProgramFiles(system.binary, inside, user)}, archive); err != nil {
				return err
			}
			defer os.Remove(archive)
			_, err := cluster.images().Load(ctx, archive)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// finish waits for the node and sets up what runs inside the cluster.
func (cluster *Cluster) finish(ctx context.Context) error {
	const patience = 90 * time.Second
	wait := func(name string, condition func(context.Context) error) func(context.Context) error {
		return func(ctx context.Context) error {
			return cluster.step(name, func() error { return until(ctx, patience, nil, condition) })
		}
	}
	return together(ctx,
		wait("node ready", cluster.checkNode),
		wait("default service account", cluster.checkDefaults),
		func(ctx context.Context) error {
			return cluster.step("cluster DNS ready", func() error {
				if err := cluster.applyDNS(ctx); err != nil {
					return err
				}
				return until(ctx, patience, nil, cluster.checkDNS)
			})
		},
	)
}

func (cluster *Cluster) checkNode(ctx context.Context) error {
	client, err := cluster.client()
	if err != nil {
		return err
	}
	defer client.HTTP.CloseIdleConnections()
	var node struct {
		Status struct {
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if err := client.Get(ctx, "/api/v1/nodes/"+nodeName, &node); err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == "Ready" && condition.Status != "True" {
			return fmt.Errorf("the node is not ready: %s", condition.Message)
		} else if condition.Type == "Ready" {
			return nil
		}
	}
	return errors.New("the node has not reported yet")
}

// checkDefaults waits for what every pod of the default namespace needs, so that whoever
// applies something right after `up` is not refused.
func (cluster *Cluster) checkDefaults(ctx context.Context) error {
	client, err := cluster.client()
	if err != nil {
		return err
	}
	defer client.HTTP.CloseIdleConnections()
	if err := client.Get(ctx, "/api/v1/namespaces/default/serviceaccounts/default", nil); err != nil {
		return err
	}
	return client.Get(ctx, "/api/v1/namespaces/default/configmaps/kube-root-ca.crt", nil)
}

// dnsPaths are where the documents of the DNS manifest go, in their order.
var dnsPaths = []string{
	"/api/v1/namespaces/kube-system/serviceaccounts/coredns",
	"/apis/rbac.authorization.k8s.io/v1/clusterroles/system:coredns",
	"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:coredns",
	"/api/v1/namespaces/kube-system/configmaps/coredns",
	"/apis/apps/v1/namespaces/kube-system/deployments/coredns",
	"/api/v1/namespaces/kube-system/services/kube-dns",
}

func dnsDocuments(layout Layout, nameservers []string) ([][]byte, error) {
	content, err := render("dns.yaml", values(layout, nameservers))
	if err != nil {
		return nil, err
	}
	documents := bytes.Split(content, []byte("\n---\n"))
	if len(documents) != len(dnsPaths) {
		return nil, fmt.Errorf("the DNS manifest has %d documents, %d are expected", len(documents), len(dnsPaths))
	}
	return documents, nil
}

func (cluster *Cluster) applyDNS(ctx context.Context) error {
	documents, err := dnsDocuments(cluster.Layout, host.Nameservers())
	if err != nil {
		return err
	}
	client, err := cluster.client()
	if err != nil {
		return err
	}
	defer client.HTTP.CloseIdleConnections()
	for position, document := range documents {
		// The first moments of an API server: kube-system itself may not exist yet.
		err := until(ctx, 30*time.Second, nil, func(ctx context.Context) error {
			return client.Apply(ctx, dnsPaths[position], document)
		})
		if err != nil {
			return fmt.Errorf("failed to apply %s: %w", strings.TrimPrefix(filepath.Base(dnsPaths[position]), "/"), err)
		}
	}
	return nil
}

func (cluster *Cluster) checkDNS(ctx context.Context) error {
	client, err := cluster.client()
	if err != nil {
		return err
	}
	defer client.HTTP.CloseIdleConnections()
	var deployment struct {
		Status struct{ ReadyReplicas int }
	}
	if err := client.Get(ctx, "/apis/apps/v1/namespaces/kube-system/deployments/coredns", &deployment); err != nil {
		return err
	}
	if deployment.Status.ReadyReplicas < 1 {
		return errors.New("CoreDNS has no ready pod: see local-cluster kubectl -n kube-system describe pods")
	}
	return nil
}
