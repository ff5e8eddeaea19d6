//! What is printed when a test fails: the cluster as it was at that moment.

use std::fmt::Write as _;

use crate::{admin::Account, cluster::Cluster, command};

/// The resources, Jobs, Pods, events and logs that could explain a failure.
pub async fn describe(cluster: &Cluster, namespace: &str, account: Option<&Account>) -> String {
    let mut text = String::new();
    let release = cluster.release_namespace.as_str();
    let encodings = cluster.encodings_namespace.as_str();
    let api = format!("deployment/{}-api", cluster.release);
    let mut questions = vec![
        vec![
            "get",
            "denc,jobs,pods,configmaps,pvc",
            "-o",
            "wide",
            "-n",
            namespace,
        ],
        vec!["get", "denc", "-o", "yaml", "-n", namespace],
        vec!["get", "events", "--sort-by=.lastTimestamp", "-n", namespace],
        vec![
            "logs",
            "-l",
            "batch.kubernetes.io/job-name",
            "--tail=50",
            "--prefix",
            "-n",
            namespace,
        ],
        vec!["get", "jobs,pods", "-o", "wide", "-n", encodings],
        vec!["get", "pods", "-o", "wide", "-n", release],
        vec!["get", "leases", "-o", "wide", "-n", release],
        vec![
            "logs",
            "-l",
            "app.kubernetes.io/component=operator",
            "--tail=80",
            "--prefix",
            "-n",
            release,
        ],
        vec!["logs", &api, "--tail=80", "-n", release],
    ];
    let tenant = account.map(|account| format!("{}={}", crds::labels::TENANT, account.tenant));
    if let Some(tenant) = &tenant {
        questions.push(vec!["get", "denc", "-o", "yaml", "-l", tenant, "-n", encodings]);
    }
    for question in questions {
        let answer = match command::kubectl(&question, "").await {
            Ok(outcome) => outcome.stdout + &outcome.stderr,
            Err(error) => format!("{error:#}"),
        };
        let _ = writeln!(
            text,
            "\n--- kubectl {}\n{}",
            question.join(" "),
            answer.trim_end()
        );
    }
    text
}
