// Package image writes and inspects container images without a container engine.
//
// An image is written as one tar that is both an OCI layout and what `docker load`
// expects. Nothing in it depends on the time or the machine: the same input gives the
// same digest, which is how loading an image knows that there is nothing to do.
package image

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Options describes one image.
type Options struct {
	Reference        string
	BaseLayer        string // path of a tar with a root file system, or empty
	Files            []File
	User             string // uid:gid
	Entrypoint       []string
	Command          []string
	Environment      []string // NAME=value
	WorkingDirectory string
	StopSignal       string // by name; empty means SIGTERM
}

// layer is a finished layer: a plain tar on disk.
type layer struct {
	path   string
	digest string
	size   int64
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    *platform         `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

// dockerEntry is one element of the manifest.json that `docker load` reads.
type dockerEntry struct {
	Config   string   `json:"Config"`
	RepoTags []string `json:"RepoTags"`
	Layers   []string `json:"Layers"`
}

const (
	mediaTypeConfig   = "application/vnd.oci.image.config.v1+json"
	mediaTypeLayer    = "application/vnd.oci.image.layer.v1.tar"
	mediaTypeManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaTypeIndex    = "application/vnd.oci.image.index.v1+json"
	annotationName    = "io.containerd.image.name"
)

// Build writes the image to the file at out, which appears whole or not at all, and
// returns the digest of its manifest.
func Build(options Options, out string) (digest string, err error) {
	reference, err := NormalizeReference(options.Reference)
	if err != nil {
		return "", err
	}
	workspace, err := os.MkdirTemp(filepath.Dir(out), ".image-")
	if err != nil {
		return "", fmt.Errorf("failed to make room for the image: %w", err)
	}
	defer os.RemoveAll(workspace)

	var layers []layer
	if options.BaseLayer != "" {
		base, err := measure(options.BaseLayer)
		if err != nil {
			return "", err
		}
		layers = append(layers, base)
	}
	if len(options.Files) > 0 {
		path := filepath.Join(workspace, "files.tar")
		if err := writeLayer(path, options.Files); err != nil {
			return "", err
		}
		own, err := measure(path)
		if err != nil {
			return "", err
		}
		layers = append(layers, own)
	}
	if len(layers) == 0 {
		return "", fmt.Errorf("the image %s would be empty: give it a binary, a file or a layer", options.Reference)
	}
	draft := filepath.Join(workspace, "image.tar")
	digest, err = writeArchive(draft, reference, configuration(options, layers), layers)
	if err != nil {
		return "", err
	}
	if err := os.Rename(draft, out); err != nil {
		return "", fmt.Errorf("failed to write %s: %w", out, err)
	}
	return digest, nil
}

// configuration is the image's own JSON: what to run, as whom, and its layers.
func configuration(options Options, layers []layer) any {
	type execution struct {
		User       string   `json:"User,omitempty"`
		Env        []string `json:"Env"`
		Entrypoint []string `json:"Entrypoint,omitempty"`
		Cmd        []string `json:"Cmd,omitempty"`
		WorkingDir string   `json:"WorkingDir"`
		StopSignal string   `json:"StopSignal,omitempty"`
	}
	type rootFileSystem struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	}
	digests := make([]string, 0, len(layers))
	for _, layer := range layers {
		digests = append(digests, layer.digest)
	}
	directory := options.WorkingDirectory
	if directory == "" {
		directory = "/"
	}
	environment := append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, options.Environment...)
	return struct {
		Architecture string         `json:"architecture"`
		OS           string         `json:"os"`
		Config       execution      `json:"config"`
		RootFS       rootFileSystem `json:"rootfs"`
	}{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		Config: execution{User: options.User, Env: environment, Entrypoint: options.Entrypoint,
			Cmd: options.Command, WorkingDir: directory, StopSignal: options.StopSignal},
		RootFS: rootFileSystem{Type: "layers", DiffIDs: digests},
	}
}

func writeArchive(path, reference string, configuration any, layers []layer) (digest string, err error) {
	config, err := json.Marshal(configuration)
	if err != nil {
		return "", fmt.Errorf("failed to encode the image's configuration: %w", err)
	}
	content := manifest{SchemaVersion: 2, MediaType: mediaTypeManifest, Config: describe(mediaTypeConfig, config)}
	docker := dockerEntry{Config: blobPath(content.Config.Digest), RepoTags: []string{reference}}
	for _, layer := range layers {
		content.Layers = append(content.Layers, descriptor{MediaType: mediaTypeLayer, Digest: layer.digest, Size: layer.size})
		docker.Layers = append(docker.Layers, blobPath(layer.digest))
	}
	encodedManifest, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("failed to encode the image's manifest: %w", err)
	}
	entry := describe(mediaTypeManifest, encodedManifest)
	entry.Annotations = map[string]string{annotationName: reference}
	entry.Platform = &platform{Architecture: runtime.GOARCH, OS: "linux"}
	encodedIndex, err := json.Marshal(index{SchemaVersion: 2, MediaType: mediaTypeIndex, Manifests: []descriptor{entry}})
	if err != nil {
		return "", fmt.Errorf("failed to encode the image's index: %w", err)
	}
	encodedDocker, err := json.Marshal([]dockerEntry{docker})
	if err != nil {
		return "", fmt.Errorf("failed to encode the image's manifest for docker load: %w", err)
	}

	archive, err := newTarFile(path)
	if err != nil {
		return "", err
	}
	defer archive.abandon()
	archive.content("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	archive.content("index.json", encodedIndex)
	archive.content("manifest.json", encodedDocker)
	archive.content(blobPath(content.Config.Digest), config)
	archive.content(blobPath(entry.Digest), encodedManifest)
	for _, layer := range layers {
		archive.file(blobPath(layer.digest), layer.path, 0o644)
	}
	return entry.Digest, archive.finish()
}

func describe(mediaType string, content []byte) descriptor {
	sum := sha256.Sum256(content)
	return descriptor{MediaType: mediaType, Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(content))}
}

func blobPath(digest string) string { return "blobs/sha256/" + digest[len("sha256:"):] }

func measure(path string) (layer, error) {
	file, err := os.Open(path)
	if err != nil {
		return layer{}, fmt.Errorf("failed to read the layer: %w", err)
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return layer{}, fmt.Errorf("failed to read the layer %s: %w", path, err)
	}
	return layer{path: path, digest: "sha256:" + hex.EncodeToString(hash.Sum(nil)), size: size}, nil
}
