package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"socrate.ai/encoder/local-cluster/internal/image"
)

// Images is the store of images the kubelet starts containers from.
type Images struct{ socket string }

func (cluster *Cluster) images() Images { return Images{socket: cluster.Layout.containerdSocket()} }

// Load imports an archive unless all its images are there already; loaded tells.
func (images Images) Load(ctx context.Context, archive string) (loaded bool, err error) {
	contents, err := image.Inspect(archive)
	if err != nil {
		return false, err
	}
	stored, err := images.list(ctx)
	if err != nil {
		return false, err
	}
	if identified(contents) && holds(stored, contents) {
		return false, nil
	}
	if _, err := images.ctr(ctx, "images", "import", archive); err != nil {
		return false, err
	}
	// The runtime's Kubernetes half learns of an image a moment after it is stored.
	err = until(ctx, 10*time.Second, nil, func(ctx context.Context) error {
		stored, err := images.list(ctx)
		if err == nil && !holds(stored, contents) {
			err = fmt.Errorf("%s was imported, but the container runtime does not offer it", archive)
		}
		return err
	})
	return true, err
}

// Present tells whether an image of this name is there.
func (images Images) Present(ctx context.Context, reference string) (bool, error) {
	stored, err := images.list(ctx)
	if err != nil {
		return false, err
	}
	return holds(stored, []image.Content{{Reference: reference}}), nil
}

// identified tells whether the archive says what its images are, not only their names.
func identified(contents []image.Content) bool {
	for _, content := range contents {
		if content.Digest == "" {
			return false
		}
	}
	return true
}

// holds tells whether the store has every image, by digest where one is known.
func holds(stored map[string]string, contents []image.Content) bool {
	for _, content := range contents {
		digest, found := stored[content.Reference]
		if !found || content.Digest != "" && digest != content.Digest {
			return false
		}
	}
	return true
}

func (images Images) list(ctx context.Context) (map[string]string, error) {
	output, err := images.ctr(ctx, "images", "list")
	if err != nil {
		return nil, err
	}
	return parseImages(output), nil
}

// parseImages reads `ctr images list`: reference, type, digest, and more. Images the
// runtime has not yet taken notice of, which it shows by a label, do not count.
func parseImages(output string) map[string]string {
	stored := map[string]string{}
	for _, line := range strings.Split(output, "\n") {
		fields := strings.Fields(line)
		if len(fields) >= 3 && strings.HasPrefix(fields[2], "sha256:") &&
			strings.Contains(line, "io.cri-containerd.image=managed") {
			stored[fields[0]] = fields[2]
		}
	}
	return stored
}

func (images Images) ctr(ctx context.Context, arguments ...string) (string, error) {
	arguments = append([]string{"--address", images.socket, "--namespace", "k8s.io"}, arguments...)
	command := exec.CommandContext(ctx, "ctr", arguments...)
	var complaint strings.Builder
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("failed to run ctr %s: %w: %s (is the cluster up?)", strings.Join(arguments[4:], " "), err,
			strings.TrimSpace(complaint.String()))
	}
	return string(output), nil
}

// LoadImages imports archives into the running cluster.
func (cluster *Cluster) LoadImages(ctx context.Context, archives []string) error {
	for _, archive := range archives {
		start := time.Now()
		loaded, err := cluster.images().Load(ctx, archive)
		if err != nil {
			return err
		}
		if loaded {
			cluster.say("loaded %s (%.1f s)", archive, time.Since(start).Seconds())
		} else {
			cluster.say("%s is loaded already", archive)
		}
	}
	return nil
}
