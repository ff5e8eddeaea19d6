package image

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	repositoryPattern = regexp.MustCompile(`^[a-zA-Z0-9.:-]+(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)+$`)
	tagPattern        = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
)

// NormalizeReference writes a reference out in full, by the rule every container tool
// shares: no registry means the default one, no tag means "latest".
func NormalizeReference(reference string) (string, error) {
	repository, tag := reference, "latest"
	if colon := strings.LastIndexByte(reference, ':'); colon > strings.LastIndexByte(reference, '/') {
		repository, tag = reference[:colon], reference[colon+1:]
	}
	first, _, hasPath := strings.Cut(repository, "/")
	switch {
	case !hasPath:
		repository = "docker.io/library/" + repository
	case first != "localhost" && !strings.ContainsAny(first, ".:"):
		repository = "docker.io/" + repository
	}
	if !repositoryPattern.MatchString(repository) || !tagPattern.MatchString(tag) {
		return "", fmt.Errorf("%q is no image reference: it looks like localhost/name:tag, the name in small letters", reference)
	}
	return repository + ":" + tag, nil
}
