//! Postgres, Redis and an S3 server, started once for all tests and stopped with them.
//!
//! Each runs below a shell that reads from a pipe of ours: when this process ends, however it ends, the pipe closes,
//! and the shell stops the server and removes its directory.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

const POSTGRES: &str = r#"
trap '' INT TERM
directory=$(mktemp -d) && cd "$directory"
"$1/initdb" -D data -A trust -U postgres >log 2>&1 &&
"$1/pg_ctl" -D data -l log -w start \
    -o "-k $directory -c listen_addresses='' -c fsync=off -c max_connections=300" >/dev/null || { cat log >&2; exit 1; }
echo "$directory"
cat >/dev/null
"$1/pg_ctl" -D data -m immediate stop >/dev/null; rm -rf "$directory"
"#;

const REDIS: &str = r#"
trap '' INT TERM
directory=$(mktemp -d) && cd "$directory"
redis-server --port 0 --unixsocket "$directory/socket" --save '' >log 2>&1 &
until redis-cli -s "$directory/socket" ping >/dev/null 2>&1; do kill -0 $! || { cat log >&2; exit 1; }; done
echo "$directory"
cat >/dev/null
kill $!; rm -rf "$directory"
"#;

/// Tries ports until one is free.
const S3: &str = r#"
trap '' INT TERM
directory=$(mktemp -d) && cd "$directory" && mkdir -p data/bucket
for port in $(shuf -i 20000-29999 -n 20); do
    ROOT_ACCESS_KEY=access ROOT_SECRET_KEY=secretsecret "$1" --quiet --port "127.0.0.1:$port" posix "$directory/data" >log 2>&1 &
    server=$!
    until curl --silent --noproxy '*' --output /dev/null "http://127.0.0.1:$port/"; do kill -0 $server 2>/dev/null || break; done
    kill -0 $server 2>/dev/null && break
done
kill -0 $server 2>/dev/null || { cat log >&2; exit 1; }
echo "$directory $port"
cat >/dev/null
kill $server; rm -rf "$directory"
"#;

struct Server {
    directory: PathBuf,
    _shell: Child,
}

fn start(script: &str, argument: &Path, user: Option<&str>) -> Server {
    let mut command = match user {
        None => Command::new("sh"),
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args([
                &format!("--reuid={user}"),
                &format!("--regid={user}"),
                "--clear-groups",
                "sh",
            ]);
            command
        }
    };
    let mut shell = command
        .args(["-c", script, "sh"])
        .arg(argument)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut line = String::new();
    BufReader::new(shell.stdout.take().expect("its output"))
        .read_line(&mut line)
        .expect("a line");
    assert!(
        !line.is_empty(),
        "the server did not start: is it installed? (Debian: postgresql, redis-server, curl; versitygw by kind-tests/local-cluster/build.sh versitygw)"
    );
    Server {
        directory: line.trim().into(),
        _shell: shell,
    }
}

/// The address of a superuser's database, without the database's name: `TEST_DATABASE_URL`, or a server of our own.
pub(crate) fn postgres(user: &str, database: &str) -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        let mut url: url::Url = url.parse().expect("TEST_DATABASE_URL");
        if user != "postgres" {
            url.set_username(user).expect("a user");
            url.set_password(Some("test")).expect("a password");
        }
        url.set_path(database);
        return url.into();
    }
    let server = SERVER.get_or_init(|| {
        let is_root =
            std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        start(POSTGRES, &postgres_programs(), is_root.then_some("postgres")) // Postgres refuses to run as root.
    });
    format!(
        "postgres://{user}:test@localhost/{database}?host={}",
        server.directory.display()
    )
}

/// Where `initdb` is: Debian keeps it outside of the path.
fn postgres_programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = debian
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max();
    if let Some(version) = newest {
        return format!("/usr/lib/postgresql/{version}/bin").into();
    }
    let output = Command::new("pg_config").arg("--bindir").output();
    let output = output.expect("no Postgres: install it, or set TEST_DATABASE_URL to a superuser's address");
    String::from_utf8_lossy(&output.stdout).trim().into()
}

/// The address of Redis.
pub(crate) fn redis() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| start(REDIS, Path::new(""), None));
    format!("redis+unix://{}/socket", server.directory.display())
}

/// An S3 server with a bucket `bucket`.
pub(crate) struct S3Server {
    /// Where it listens.
    pub(crate) endpoint: String,
    /// Where it keeps its buckets.
    pub(crate) data: PathBuf,
}

/// The S3 server: `VERSITYGW`, or the program of that name.
pub(crate) fn s3() -> S3Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let program = std::env::var_os("VERSITYGW").unwrap_or_else(|| "versitygw".into());
    let server = SERVER.get_or_init(|| start(S3, Path::new(&program), None));
    let line = server.directory.display().to_string();
    let (directory, port) = line.rsplit_once(' ').expect("a directory and a port");
    S3Server {
        endpoint: format!("http://127.0.0.1:{port}"),
        data: Path::new(directory).join("data"),
    }
}

impl S3Server {
    /// How it is reached.
    pub(crate) fn settings(&self) -> api::store::S3Settings {
        api::store::S3Settings {
            endpoint: Some(self.endpoint.clone()),
            region: "us-east-1".into(),
            access_key_id: Some("access".into()),
            secret_access_key: Some("secretsecret".into()),
            ..api::store::S3Settings::default()
        }
    }
}
