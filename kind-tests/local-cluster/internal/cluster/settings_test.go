package cluster

import (
	"os"
	"strings"
	"testing"
)

func TestVersionsAreThoseThatAreCompiledIn(t *testing.T) {
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, required := range []string{
		"k8s.io/kubernetes " + KubernetesVersion,
		"github.com/coredns/coredns " + CoreDNSVersion,
	} {
		if !strings.Contains(string(module), "\t"+required+"\n") {
			t.Errorf("go.mod does not require %s", required)
		}
	}
}
