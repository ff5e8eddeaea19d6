//! The encoder as a Pod runs it, with a store in a folder, and without an API server: its reports are not taken.
#![allow(dead_code, reason = "each test that includes this is a crate of its own")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crds::{Assignment, assignment::ENVIRONMENT_VARIABLE, job::environment};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long something may take that should come at once, on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

/// A folder with a store and a Pod's token.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(place.store()).unwrap();
        place.renew_token("first");
        let made = rcgen::generate_simple_self_signed(["nobody".to_owned()]).unwrap();
        fs::write(place.path("authority"), made.cert.pem()).unwrap();
        let nobody = "apiVersion: v1\nkind: Config\ncurrent-context: none\n\
            clusters: [{name: none, cluster: {server: 'http://127.0.0.1:9', certificate-authority: authority}}]\n\
            contexts: [{name: none, context: {cluster: none, user: none}}]\nusers: [{name: none, user: {}}]\n";
        fs::write(place.path("kubeconfig"), nobody).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("store")
    }

    pub(crate) fn renew_token(&self, token: &str) {
        fs::write(self.path("token"), format!("{token}\n")).unwrap();
    }

    /// A certificate that nothing here has, as PEM.
    pub(crate) fn authority(&self) -> String {
        fs::read_to_string(self.path("authority")).unwrap()
    }

    /// An assignment of a text of so many lines, which lies in the store.
    pub(crate) fn document(&self, uid: &str, lines: usize, timeout_seconds: u64) -> Assignment {
        let text = "A line of prose that says nothing in particular, and says it well.\n".repeat(lines);
        fs::write(self.store().join(format!("{uid}.txt")), text).unwrap();
        serde_json::from_value(serde_json::json!({
            "namespace": "team", "name": uid, "uid": uid, "attempt": 1, "tries": 1, "owner": {"namespace": "team"},
            "documentId": uid, "fileName": "f.txt", "source": {"object": format!("{uid}.txt")}, "chunking": {},
            "onEmptyPages": "Warn", "timeoutSeconds": timeout_seconds, "maxSourceBytes": 1_u64 << 30
        }))
        .unwrap()
    }

    /// A document that takes a while.
    pub(crate) fn long_document(&self, uid: &str, timeout_seconds: u64) -> Assignment {
        self.document(uid, 100_000, timeout_seconds)
    }

    /// The folder of this assignment's results.
    pub(crate) fn results(&self, assignment: &Assignment) -> PathBuf {
        self.store().join(assignment.encoding_prefix())
    }

    /// What the Pod that was started last has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    /// Starts the Pod with these assignments and settings.
    pub(crate) fn start(&self, first: &[Assignment], settings: &[(&str, String)]) -> Pod {
        let child = Command::new(env!("CARGO_BIN_EXE_encoder-job"))
            .arg("run")
            .env(ENVIRONMENT_VARIABLE, serde_json::to_string(first).unwrap())
            .env(
                environment::STORE_URL,
                format!("file://{}", self.store().display()),
            )
            .env(environment::POD_UID, "pod")
            .env(environment::SANDBOX, "best-effort")
            .env(environment::OPERATOR_TOKEN_FILE, self.path("token"))
            .env("KUBECONFIG", self.path("kubeconfig"))
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path("log")).unwrap())
            .spawn()
            .unwrap();
        Pod { child }
    }
}

/// A Pod that runs.
pub(crate) struct Pod {
    child: Child,
}

impl Pod {
    /// Its exit status, once it has ended.
    pub(crate) fn exit_status(mut self) -> Option<i32> {
        let mut status = None;
        until("the Pod has ended", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.and_then(|status| status.code())
    }

    /// Asks it to end, as the kubelet does.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Waits for its parser's process, and stops it in what it does, for ever.
    pub(crate) fn stop_parser(&self) -> Parser {
        let mut parser = None;
        until("there is a parser", || {
            let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
            parser = threads
                .flatten()
                .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
                .find_map(|children| children.split_whitespace().next()?.parse().ok())
                .and_then(Pid::from_raw);
            // Not before it is the program: whoever starts it waits for that.
            parser.is_some_and(|parser: Pid| {
                let arguments = fs::read(format!("/proc/{}/cmdline", parser.as_raw_nonzero()));
                String::from_utf8_lossy(&arguments.unwrap_or_default()).contains("parser-process")
            })
        });
        let parser = parser.unwrap();
        kill_process(parser, Signal::STOP).unwrap();
        Parser { pid: parser }
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A parser's process.
pub(crate) struct Parser {
    pid: Pid,
}

impl Parser {
    /// Waits until there is no such process, and says how long that took.
    pub(crate) fn is_gone_after(&self) -> Duration {
        let started = Instant::now();
        let folder = PathBuf::from(format!("/proc/{}", self.pid.as_raw_nonzero()));
        until("the parser is gone", || !folder.exists());
        started.elapsed()
    }
}

/// Waits for a condition.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let patience = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < patience, "it never came true that {what}");
        std::thread::park_timeout(LOOK_INTERVAL);
    }
}

/// The files in a folder and below.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files(&path),
            path => vec![path],
        })
        .collect()
}
