package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"socrate.ai/encoder/local-cluster/internal/certificates"
	"socrate.ai/encoder/local-cluster/internal/kubeapi"
)

// commandProbe succeeds when the command does.
type commandProbe []string

func (command commandProbe) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", command[0], err, strings.TrimSpace(string(output)))
	}
	return nil
}

// plainProbe asks a health endpoint on the loopback interface.
type plainProbe string

func (url plainProbe) check(ctx context.Context) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 3 * time.Second}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, string(url), nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}

// certificateProbe asks a health endpoint that wants a client certificate. The files are
// read at each check, as they may be written after the probe is made.
type certificateProbe struct {
	url, path                   string
	authority, certificate, key string
}

func (probe certificateProbe) check(ctx context.Context) error {
	client, err := kubeapi.New(probe.url, probe.authority, probe.certificate, probe.key)
	if err != nil {
		return err
	}
	defer client.HTTP.CloseIdleConnections()
	return client.Get(ctx, probe.path, nil)
}

func secureProbe(layout Layout, url string) probe {
	return newCertificateProbe(layout, url, certificates.ClusterAuthority, certificates.Administrator)
}

func storeProbe(layout Layout, url string) probe {
	return newCertificateProbe(layout, url, certificates.DataStoreAuthority, certificates.APIServerStore)
}

func newCertificateProbe(layout Layout, url string, authority certificates.Authority, client string) probe {
	slash := strings.LastIndexByte(url, '/')
	store := layout.store()
	return certificateProbe{url: url[:slash], path: url[slash:], authority: store.Certificate(string(authority)),
		certificate: store.Certificate(client), key: store.Key(client)}
}

// until polls a condition until it holds, the deadline passes, or stop says why there is
// no point in waiting on. The last failure is part of the error.
func until(ctx context.Context, patience time.Duration, stop <-chan error, condition func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		failure := condition(ctx)
		if failure == nil {
			return nil
		}
		select {
		case err := <-stop:
			if err == nil {
				err = io.EOF
			}
			return fmt.Errorf("%w: %w", errEnded, err)
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s: %w", patience, failure)
		case <-tick.C:
		}
	}
}
