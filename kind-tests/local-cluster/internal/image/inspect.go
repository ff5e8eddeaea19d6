package image

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Content is one image found in an archive. Digest is empty where the archive does not
// say, as in those that old versions of `docker save` write.
type Content struct {
	Reference string
	Digest    string
}

// Inspect lists the images of an archive.
func Inspect(path string) ([]Content, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("failed to open the image: %w", err)
	}
	defer file.Close()
	var layout index
	var docker []dockerEntry
	reader := tar.NewReader(file)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s is not a complete image archive: %w", path, err)
		}
		switch header.Name {
		case "index.json":
			err = json.NewDecoder(reader).Decode(&layout)
		case "manifest.json":
			err = json.NewDecoder(reader).Decode(&docker)
		}
		if err != nil {
			return nil, fmt.Errorf("%s is not an image archive: %s: %w", path, header.Name, err)
		}
	}
	var contents []Content
	for _, entry := range layout.Manifests {
		if name := entry.Annotations[annotationName]; name != "" {
			contents = append(contents, Content{Reference: name, Digest: entry.Digest})
		}
	}
	if len(contents) > 0 {
		return contents, nil
	}
	for _, entry := range docker {
		for _, tag := range entry.RepoTags {
			name, err := NormalizeReference(tag)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			contents = append(contents, Content{Reference: name})
		}
	}
	if len(contents) == 0 {
		return nil, fmt.Errorf("%s names no image: it is not what `docker save` or `local-cluster build-image` writes", path)
	}
	return contents, nil
}
