// Package kubeapi speaks to the API server in the few words the cluster's own set-up
// needs. The full client library would make every test of this program compile it.
package kubeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// Client talks to one server with a client certificate.
type Client struct {
	Server string
	HTTP   *http.Client
}

// ErrNotFound says that the object asked for does not exist.
var ErrNotFound = errors.New("not found")

// New makes a client from PEM files.
func New(server, authorityFile, certificateFile, keyFile string) (*Client, error) {
	authority, err := os.ReadFile(authorityFile)
	if err != nil {
		return nil, fmt.Errorf("failed to read the certificate authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s holds no certificate", authorityFile)
	}
	certificate, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("failed to read the client certificate: %w", err)
	}
	transport := &http.Transport{
		// Proxies of the environment are for the outside world.
		Proxy:           nil,
		TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	}
	return &Client{Server: server, HTTP: &http.Client{Transport: transport, Timeout: 10 * time.Second}}, nil
}

// Get reads an object, or any path, into out, which may be nil or a *string.
func (client *Client) Get(ctx context.Context, path string, out any) error {
	return client.do(ctx, http.MethodGet, path, "", nil, out)
}

// Apply creates or changes an object so that it has the given fields; it can be repeated.
func (client *Client) Apply(ctx context.Context, path string, yaml []byte) error {
	return client.do(ctx, http.MethodPatch, path+"?fieldManager=local-cluster&force=true",
		"application/apply-patch+yaml", yaml, nil)
}

// Create posts a JSON object.
func (client *Client) Create(ctx context.Context, path string, object []byte) error {
	return client.do(ctx, http.MethodPost, path, "application/json", object, nil)
}

// Delete removes an object and, in the background, what it owns.
func (client *Client) Delete(ctx context.Context, path string) error {
	err := client.do(ctx, http.MethodDelete, path+"?propagationPolicy=Background", "", nil, nil)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func (client *Client) do(ctx context.Context, method, path, contentType string, body []byte, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, client.Server+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("failed to make a request: %w", err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := client.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("failed to reach %s: %w", client.Server, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("failed to read the answer to %s %s: %w", method, path, err)
	}
	if response.StatusCode == http.StatusNotFound {
		return fmt.Errorf("%s %s: %w", method, path, ErrNotFound)
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: the server says %s: %s", method, path, response.Status, shortened(string(content)))
	}
	switch target := out.(type) {
	case nil:
		return nil
	case *string:
		*target = string(content)
		return nil
	default:
		if err := json.Unmarshal(content, target); err != nil {
			return fmt.Errorf("failed to read the answer to %s %s: %w", method, path, err)
		}
		return nil
	}
}

func shortened(text string) string {
	const enough = 300
	text = strings.TrimSpace(text)
	if len(text) > enough {
		return text[:enough] + "…"
	}
	return text
}
