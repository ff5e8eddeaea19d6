//! Running the programs a person has: `kubectl` and `helm`.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// The longest a program may take.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// How a program ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was run, for messages.
    pub command: String,
    /// Whether the exit status was 0.
    pub success: bool,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Outcome {
    /// The standard output of a program that must succeed.
    ///
    /// # Errors
    /// What the program said, where it failed.
    pub fn expect_success(self) -> Result<String> {
        if !self.success {
            bail!("`{}` failed: {}{}", self.command, self.stderr, self.stdout);
        }
        Ok(self.stdout)
    }
}

/// Runs `kubectl`: the one that the environment variable `KUBECTL` names, or the one on the path.
///
/// # Errors
/// Where the program cannot be started or takes too long; that it fails is an [`Outcome`].
pub async fn kubectl(arguments: &[&str], input: &str) -> Result<Outcome> {
    run("KUBECTL", "kubectl", arguments, input).await
}

/// Runs `helm`: the one that the environment variable `HELM` names, or the one on the path.
///
/// # Errors
/// Where the program cannot be started or takes too long; that it fails is an [`Outcome`].
pub async fn helm(arguments: &[&str], input: &str) -> Result<Outcome> {
    run("HELM", "helm", arguments, input).await
}

/// The program that an environment variable names, or else the one of this name on the path.
pub fn program(variable: &str, name: &str) -> String {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| name.to_owned())
}

async fn run(variable: &str, name: &str, arguments: &[&str], input: &str) -> Result<Outcome> {
    let command = format!("{name} {}", arguments.join(" "));
    let mut child = Command::new(program(variable, name))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("unable to start {name}: is it on the path, or named by {variable}?"))?;
    let mut stdin = child.stdin.take().context("the child has no standard input")?;
    let finish = async {
        // A program that does not read its input may be gone before all of it is written.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        child.wait_with_output().await
    };
    let output = timeout(TIME_LIMIT, finish)
        .await
        .with_context(|| format!("`{command}` took longer than {TIME_LIMIT:?}"))??;
    Ok(Outcome {
        command,
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
