package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"socrate.ai/encoder/local-cluster/internal/process"
)

// ErrUnhealthy says that something of the cluster does not run as it should.
var ErrUnhealthy = errors.New("the cluster is not up: start or mend it with local-cluster up")

// Status prints one line per component and returns ErrUnhealthy unless all is well.
func (cluster *Cluster) Status(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	healthy := true
	for _, component := range components(cluster.Layout) {
		condition := "ready"
		record, err := process.Host.ReadRecord(cluster.Layout.pidFile(component.name))
		switch {
		case err != nil:
			condition = "not running"
		default:
			if failure := component.probe.check(ctx); failure != nil {
				condition = fmt.Sprintf("does not answer: %v", failure)
			}
		}
		healthy = healthy && condition == "ready"
		number := "-"
		if err == nil {
			number = fmt.Sprint(record.PID)
		}
		cluster.say("%-26s %8s  %s", component.name, number, condition)
	}
	for _, part := range []struct {
		name  string
		check func(context.Context) error
	}{{"node", cluster.checkNode}, {"cluster DNS", cluster.checkDNS}} {
		condition := "ready"
		if !healthy {
			condition = "unknown while a component is not ready"
		} else if failure := part.check(ctx); failure != nil {
			condition, healthy = failure.Error(), false
		}
		cluster.say("%-26s %8s  %s", part.name, "", condition)
	}
	if !healthy {
		return ErrUnhealthy
	}
	cluster.say("kubeconfig: %s", cluster.Layout.AdministratorKubeconfig())
	cluster.say("API server: %s   node ports: 127.0.0.1 and %s", apiServerURL, nodeIP)
	return nil
}
