package certificates

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"text/template"

	"socrate.ai/encoder/local-cluster/internal/files"
)

var kubeconfig = template.Must(template.New("kubeconfig").Parse(`apiVersion: v1
kind: Config
clusters:
- name: socrate-local
  cluster:
    server: {{.Server}}
    certificate-authority-data: {{.Authority}}
users:
- name: {{.User}}
  user:
    client-certificate-data: {{.Certificate}}
    client-key-data: {{.Key}}
contexts:
- name: socrate-local
  context: {cluster: socrate-local, user: {{.User}}}
current-context: socrate-local
`))

// WriteKubeconfig stores a kubeconfig that carries the named client certificate.
func (store Store) WriteKubeconfig(path, server, name string) error {
	values := map[string]string{"Server": server, "User": name}
	for field, source := range map[string]string{
		"Authority":   store.Certificate(string(ClusterAuthority)),
		"Certificate": store.Certificate(name),
		"Key":         store.Key(name),
	} {
		content, err := os.ReadFile(source)
		if err != nil {
			return fmt.Errorf("failed to make the kubeconfig of %s: %w", name, err)
		}
		values[field] = base64.StdEncoding.EncodeToString(content)
	}
	var rendered bytes.Buffer
	if err := kubeconfig.Execute(&rendered, values); err != nil {
		return fmt.Errorf("failed to make the kubeconfig of %s: %w", name, err)
	}
	return files.WriteAtomically(path, rendered.Bytes(), 0o600)
}
