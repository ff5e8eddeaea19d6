package cluster

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"strings"
	"text/template"

	"socrate.ai/encoder/local-cluster/internal/certificates"
	"socrate.ai/encoder/local-cluster/internal/files"
	"socrate.ai/encoder/local-cluster/internal/host"
)

//go:embed templates
var templates embed.FS

// configurations maps each template to the file it becomes.
func configurations(layout Layout) map[string]string {
	return map[string]string{
		"containerd.toml":     layout.configuration("containerd.toml"),
		"kubelet.yaml":        layout.configuration("kubelet.yaml"),
		"kube-proxy.yaml":     layout.configuration("kube-proxy.yaml"),
		"kube-scheduler.yaml": layout.configuration("kube-scheduler.yaml"),
		"resolv.conf":         layout.configuration("resolv.conf"),
		"network.conflist":    layout.path("network", "10-bridge.conflist"),
	}
}

// values is what the templates may name.
func values(layout Layout, nameservers []string) map[string]any {
	store := layout.store()
	return map[string]any{
		"Directory":           layout.Directory,
		"ContainerdSocket":    layout.containerdSocket(),
		"PluginDirectory":     host.PluginDirectory,
		"NetworkDirectory":    layout.networkDirectory(),
		"NetworkName":         networkName,
		"Bridge":              podBridge,
		"ControlGroup":        controlGroup,
		"ClusterAuthority":    store.Certificate(string(certificates.ClusterAuthority)),
		"KubeletCertificate":  store.Certificate(certificates.Kubelet),
		"KubeletKey":          store.Key(certificates.Kubelet),
		"KubeletPort":         kubeletPort,
		"KubeletHealthPort":   kubeletHealthPort,
		"ProxyHealthPort":     proxyHealthPort,
		"ProxyMetricsPort":    proxyMetricsPort,
		"ProxyKubeconfig":     layout.kubeconfig(certificates.Proxy),
		"SchedulerKubeconfig": layout.kubeconfig(certificates.Scheduler),
		"ResolverFile":        layout.configuration("resolv.conf"),
		"NodeName":            nodeName,
		"NodeIP":              nodeIP,
		"PodCIDR":             podCIDR,
		"ClusterDomain":       clusterDomain,
		"DNSServiceIP":        dnsServiceIP,
		"PauseImage":          pauseImage,
		"CoreDNSImage":        coreDNSImage,
		"UnprivilegedID":      unprivilegedID,
		"Nameservers":         nameservers,
	}
}

// render fills in one template.
func render(name string, values map[string]any) ([]byte, error) {
	parsed, err := template.New(name).Option("missingkey=error").
		Funcs(template.FuncMap{"join": strings.Join}).ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, fmt.Errorf("failed to read the template %s: %w", name, err)
	}
	var rendered bytes.Buffer
	if err := parsed.Execute(&rendered, values); err != nil {
		return nil, fmt.Errorf("failed to fill in the template %s: %w", name, err)
	}
	return rendered.Bytes(), nil
}

// writeConfigurations writes every configuration file whose content has changed.
func writeConfigurations(layout Layout, nameservers []string) error {
	filled := values(layout, nameservers)
	for name, path := range configurations(layout) {
		content, err := render(name, filled)
		if err != nil {
			return err
		}
		if current, err := os.ReadFile(path); err == nil && bytes.Equal(current, content) {
			continue
		}
		if err := files.WriteAtomically(path, content, 0o600); err != nil {
			return err
		}
	}
	for _, name := range []string{certificates.Administrator, certificates.ControllerManager, certificates.Scheduler,
		certificates.Node, certificates.Proxy} {
		if err := layout.store().WriteKubeconfig(layout.kubeconfig(name), apiServerURL, name); err != nil {
			return err
		}
	}
	return nil
}
