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

use object_store::{
    Certificate, ClientOptions, ObjectStoreExt as _, PutPayload, aws::AmazonS3Builder, path::Path,
};
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
"$@" >>"$LOG" 2>&1 &
cat >/dev/null
kill $!; wait $!
"#;

/// The server.
pub struct S3Server {
    directory: TempDir,
    address: SocketAddr,
    secret: String,
    keeps_metadata: bool,
    /// Its certificate, which is its own authority, as PEM.
    certificate: Option<String>,
    shell: Option<Child>,
}

impl S3Server {
    /// Starts one.
    pub fn start() -> Self {
        let mut server = Self::new();
        server.begin_again();
        server
    }

    /// Starts one that keeps no metadata of objects, and so honours no conditions.
    pub fn start_without_conditional_writes() -> Self {
        let mut server = Self::new();
        server.keeps_metadata = false;
        server.begin_again();
        server
    }

    /// Starts one that speaks TLS, with a certificate of its own.
    pub fn start_over_tls() -> Self {
        let mut server = Self::new();
        let name = server.address.ip().to_string();
        let made = rcgen::generate_simple_self_signed([name]).unwrap();
        fs::write(server.path("certificate"), made.cert.pem()).unwrap();
        fs::write(server.path("key"), made.signing_key.serialize_pem()).unwrap();
        server.certificate = Some(made.cert.pem());
        server.begin_again();
        server
    }

    fn new() -> Self {
        let server = Self {
            directory: tempfile::tempdir().unwrap(),
            address: own_address(),
            secret: SECRET_KEY.to_owned(),
            keeps_metadata: true,
            certificate: None,
            shell: None,
        };
        fs::create_dir_all(server.file("")).unwrap();
        fs::create_dir(server.path("metadata")).unwrap();
        server
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts it at its old address, with its old objects.
    pub fn begin_again(&mut self) {
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "sh"])
            .arg(program())
            .args([
                "--access",
                ACCESS_KEY,
                "--secret",
                &self.secret,
                "--keep-alive",
                "--quiet",
            ])
            .args(["--port", &self.address.to_string()]);
        if self.certificate.is_some() {
            command.arg("--cert").arg(self.path("certificate"));
            command.arg("--key").arg(self.path("key"));
        }
        command.arg("posix");
        if self.keeps_metadata {
            command.arg("--sidecar").arg(self.path("metadata"));
        } else {
            command.arg("--nometa");
        }
        let shell = command
            .arg(self.path("buckets"))
            .env("LOG", self.path("log"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        self.shell = Some(shell);
        let patience = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address).is_err() {
            let log = fs::read_to_string(self.path("log")).unwrap_or_default();
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
        let scheme = if self.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    /// The authority of its certificate, as PEM; empty where it speaks no TLS.
    pub fn authority(&self) -> &str {
        self.certificate.as_deref().unwrap_or_default()
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
        self.path("buckets").join(BUCKET).join(key)
    }

    /// Writes an object, as whoever has the credentials.
    pub async fn upload(&self, key: &str, bytes: &[u8]) {
        let trusted = Certificate::from_pem_bundle(self.authority().as_bytes()).unwrap();
        let options = trusted
            .into_iter()
            .fold(ClientOptions::new(), ClientOptions::with_root_certificate);
        let builder = self.builder().with_bucket_name(BUCKET);
        let builder = builder.with_client_options(options.with_allow_http(true));
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
