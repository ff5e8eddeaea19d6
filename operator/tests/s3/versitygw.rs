//! A real S3 server, `versitygw`, on loopback: its objects are files in a temporary directory.
//!
//! It runs below a shell that reads from a pipe of ours: when this process ends, however it ends, the pipe closes, and the shell stops the server.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test that includes this is a crate of its own, and one that cannot go on has failed"
)]

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

use object_store::{ObjectStoreExt as _, PutPayload, aws::AmazonS3Builder, path::Path};
use tempfile::TempDir;

/// The bucket that is there.
pub const BUCKET: &str = "documents";
/// How long a start may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_INTERVAL: Duration = Duration::from_millis(2);
const ACCESS_KEY: &str = "access";
const SECRET_KEY: &str = "secret-of-the-store";

const SCRIPT: &str = r#"
trap '' INT TERM
"$1" --access "$2" --secret "$3" --port "$4" --keep-alive --quiet posix "$6" ${7:+"$7"} "$5/buckets" >>"$5/log" 2>&1 &
cat >/dev/null
kill $!; wait $!
"#;

/// The server.
pub struct S3Server {
    directory: TempDir,
    address: SocketAddr,
    secret: String,
    metadata: &'static str,
    shell: Option<Child>,
}

impl S3Server {
    /// Starts one.
    pub fn start() -> Self {
        Self::start_with("--sidecar")
    }

    /// Starts one that keeps no metadata of objects, and so honours no conditions.
    pub fn start_without_conditional_writes() -> Self {
        Self::start_with("--nometa")
    }

    fn start_with(metadata: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("buckets").join(BUCKET)).unwrap();
        fs::create_dir(directory.path().join("sidecar")).unwrap();
        let mut server = Self {
            directory,
            address: own_address(),
            secret: SECRET_KEY.to_owned(),
            metadata,
            shell: None,
        };
        server.begin_again();
        server
    }

    /// Starts it at its old address, with its old objects.
    pub fn begin_again(&mut self) {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(program())
            .args([ACCESS_KEY, &self.secret, &self.address.to_string()])
            .arg(self.directory.path())
            .arg(self.metadata)
            .args((self.metadata == "--sidecar").then(|| self.directory.path().join("sidecar")))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        self.shell = Some(shell);
        let patience = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address).is_err() {
            let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < patience, "the S3 server does not answer: {log}");
            std::thread::park_timeout(LOOK_INTERVAL);
        }
    }

    /// Stops it; its objects stay.
    pub fn stop(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            shell.wait().unwrap();
        }
    }

    /// Has another secret for its credentials once it begins again.
    pub fn rotate_secret(&mut self) {
        self.secret.push('+');
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How it is reached with credentials.
    pub fn builder(&self) -> AmazonS3Builder {
        AmazonS3Builder::new()
            .with_endpoint(self.endpoint())
            .with_region("us-east-1")
            .with_access_key_id(ACCESS_KEY)
            .with_secret_access_key(&self.secret)
    }

    /// The file of an object.
    pub fn file(&self, key: &str) -> PathBuf {
        self.directory.path().join("buckets").join(BUCKET).join(key)
    }

    /// Writes an object, as whoever has the credentials.
    pub async fn upload(&self, key: &str, bytes: &[u8]) {
        let builder = self.builder().with_bucket_name(BUCKET).with_allow_http(true);
        let payload = PutPayload::from(bytes.to_vec());
        builder
            .build()
            .unwrap()
            .put(&Path::from(key), payload)
            .await
            .unwrap();
    }

    /// The keys of all objects that begin with `prefix`, a folder.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        let bucket = self.file("");
        collect(&self.file(prefix), &bucket, &mut keys);
        keys.sort();
        keys
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An address of the loopback network that no other server of any test has, and no connection begins at.
fn own_address() -> SocketAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, high | 0x80, low, NEXT.fetch_add(1, Ordering::Relaxed));
    (address, 7070).into()
}

fn collect(folder: &std::path::Path, bucket: &std::path::Path, keys: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, bucket, keys);
        } else {
            keys.push(path.strip_prefix(bucket).unwrap().display().to_string());
        }
    }
}

/// The program that `VERSITYGW` names, or `versitygw` on the path.
fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("VERSITYGW") {
        return named.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join("versitygw"));
    programs
        .find(|program| program.is_file())
        .expect("there is no versitygw: export VERSITYGW=$(kind-tests/local-cluster/build.sh versitygw)")
}
