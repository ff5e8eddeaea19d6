package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const measurementJob = `{
  "apiVersion": "batch/v1", "kind": "Job",
  "metadata": {"name": %q, "namespace": "default"},
  "spec": {"backoffLimit": 0, "ttlSecondsAfterFinished": 60, "template": {"spec": {
    "restartPolicy": "Never", "automountServiceAccountToken": false,
    "securityContext": {"runAsNonRoot": true, "runAsUser": %d, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [{"name": "stamp", "image": %q, "imagePullPolicy": "Never", "args": ["stamp"],
      "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}}]
  }}}
}`

// Measure creates Jobs, one after the other, and prints for each how long it took from
// the request until its program ran and until the Job was complete.
func (cluster *Cluster) Measure(ctx context.Context, count int) error {
	for number := range count {
		started, completed, err := cluster.measureOnce(ctx, fmt.Sprintf("measurement-%d-%d", time.Now().Unix(), number))
		if err != nil {
			return err
		}
		cluster.say("a Job's program ran %.2f s after the request; the Job was complete after %.2f s",
			started.Seconds(), completed.Seconds())
	}
	return nil
}

func (cluster *Cluster) measureOnce(ctx context.Context, name string) (started, completed time.Duration, err error) {
	client, err := cluster.client()
	if err != nil {
		return 0, 0, err
	}
	const jobs = "/apis/batch/v1/namespaces/default/jobs"
	begin := time.Now()
	if err := client.Create(ctx, jobs, []byte(fmt.Sprintf(measurementJob, name, unprivilegedID, pauseImage))); err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, client.Delete(context.WithoutCancel(ctx), jobs+"/"+name)) }()
	err = until(ctx, 60*time.Second, nil, func(ctx context.Context) error {
		var job struct{ Status struct{ Succeeded int } }
		if err := client.Get(ctx, jobs+"/"+name, &job); err != nil {
			return err
		}
		if job.Status.Succeeded == 0 {
			return errors.New("the Job is not complete")
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	completed = time.Since(begin)
	var pods struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	const podsPath = "/api/v1/namespaces/default/pods"
	if err := client.Get(ctx, podsPath+"?labelSelector=job-name%3D"+name, &pods); err != nil {
		return 0, 0, err
	}
	if len(pods.Items) != 1 {
		return 0, 0, fmt.Errorf("the Job %s has %d pods, not one", name, len(pods.Items))
	}
	var log string
	if err := client.Get(ctx, podsPath+"/"+pods.Items[0].Metadata.Name+"/log", &log); err != nil {
		return 0, 0, err
	}
	stamp, err := strconv.ParseInt(strings.TrimSpace(log), 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("the Job's pod did not print the time: %w", err)
	}
	return time.Unix(0, stamp).Sub(begin), completed, nil
}
