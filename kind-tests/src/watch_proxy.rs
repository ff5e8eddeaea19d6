//! A proxy before the Kubernetes API in plain HTTP that disturbs watches: it ends them, has them begin elsewhere, and holds their events back.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

/// What the API server says where a watch is to begin before what it remembers (410, Gone), as it stands in an event.
const GONE: &[u8] = b"\"code\":410";

/// The proxy. It ends when it is dropped.
pub struct WatchProxy {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    target: SocketAddr,
    /// How often watches were ended; each that is open looks for a change.
    cuts: watch::Sender<usize>,
    /// Watches that are open: so many were ended by a cut.
    open: AtomicUsize,
    /// Where the next watches begin, in place of where they ask to.
    beginnings: Mutex<Vec<String>>,
    lag: Mutex<Duration>,
    begun_elsewhere: AtomicUsize,
    gone: AtomicUsize,
}

impl WatchProxy {
    /// A proxy in front of `target`.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("unable to listen")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target,
            cuts: watch::Sender::new(0),
            open: AtomicUsize::new(0),
            beginnings: Mutex::default(),
            lag: Mutex::default(),
            begun_elsewhere: AtomicUsize::new(0),
            gone: AtomicUsize::new(0),
        });
        let accepting = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((incoming, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().relay(incoming));
            }
        });
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// Ends all watches that are open; how many they were.
    pub fn cut(&self) -> usize {
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
        self.shared.open.swap(0, Ordering::SeqCst)
    }

    /// Has the next watch begin at this version.
    pub fn begin_at(&self, version: &str) {
        lock(&self.shared.beginnings).push(version.to_owned());
    }

    /// Holds back what watches say from now on.
    pub fn lag(&self, by: Duration) {
        *lock(&self.shared.lag) = by;
    }

    /// How many watches began where they did not ask to, and how often the API server answered that it does not remember so far back.
    pub fn counts(&self) -> (usize, usize) {
        let of = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (of(&self.shared.begun_elsewhere), of(&self.shared.gone))
    }
}

impl Drop for WatchProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Relays one connection; where a request is a watch, until it is cut.
    async fn relay(self: Arc<Self>, mut incoming: TcpStream) -> Option<()> {
        let mut outgoing = TcpStream::connect(self.target).await.ok()?;
        let (mut from_client, mut to_client) = incoming.split();
        let (mut from_server, mut to_server) = outgoing.split();
        let (mut sent, mut answered) = (Vec::new(), Vec::new());
        let (mut is_asking, mut is_watch) = (false, false);
        loop {
            tokio::select! {
                read = from_client.read_buf(&mut sent) => {
                    if read.ok()? == 0 {
                        return None;
                    }
                    if !is_asking {
                        if !sent.windows(4).any(|end| end == b"\r\n\r\n") {
                            continue;
                        }
                        is_asking = true;
                        if let Some(changed) = self.watch(&sent) {
                            is_watch = true;
                            sent = changed;
                        }
                    }
                    to_server.write_all(&sent).await.ok()?;
                    sent.clear();
                    if is_watch {
                        break;
                    }
                }
                read = from_server.read_buf(&mut answered) => {
                    if read.ok()? == 0 {
                        return None;
                    }
                    is_asking = false;
                    to_client.write_all(&answered).await.ok()?;
                    answered.clear();
                }
            }
        }
        // A watch has its connection for itself.
        let mut cuts = self.cuts.subscribe();
        self.open.fetch_add(1, Ordering::SeqCst);
        let (later, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
        let shared = &self;
        let reading = async move {
            loop {
                let mut bytes = Vec::with_capacity(16 << 10);
                if from_server.read_buf(&mut bytes).await.ok()? == 0 {
                    return Some(());
                }
                if bytes.windows(GONE.len()).any(|window| window == GONE) {
                    shared.gone.fetch_add(1, Ordering::SeqCst);
                }
                later.send((Instant::now() + *lock(&shared.lag), bytes)).ok()?;
            }
        };
        let writing = async {
            while let Some((at, bytes)) = due.recv().await {
                tokio::time::sleep_until(at).await;
                to_client.write_all(&bytes).await.ok()?;
            }
            Some(())
        };
        tokio::select! {
            _ = async { tokio::join!(reading, writing) } => {
                // It ended by itself: no cut counts it.
                let _ = self.open.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |open| open.checked_sub(1));
            }
            _ = cuts.changed() => {}
        }
        None
    }

    /// The request as it is to be sent, where it is a watch.
    fn watch(&self, request: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(request).ok()?;
        let (line, rest) = text.split_once("\r\n")?;
        let (method, target, protocol) = parts(line)?;
        let (path, query) = target.split_once('?')?;
        if method != "GET" || !query.split('&').any(|pair| pair == "watch=true") {
            return None;
        }
        let mut beginnings = lock(&self.beginnings);
        let is_resumed = |pair: &&str| pair.starts_with("resourceVersion=") && *pair != "resourceVersion=0";
        // A watch that is to send all there is first has no beginning.
        if path.contains("documentencodings")
            && query.split('&').any(|pair| is_resumed(&pair))
            && let Some(version) = beginnings.pop()
        {
            self.begun_elsewhere.fetch_add(1, Ordering::SeqCst);
            let pairs = query.split('&').map(|pair| {
                if is_resumed(&pair) {
                    format!("resourceVersion={version}")
                } else {
                    pair.to_owned()
                }
            });
            let query = pairs.collect::<Vec<_>>().join("&");
            return Some(format!("{method} {path}?{query} {protocol}\r\n{rest}").into_bytes());
        }
        Some(request.to_vec())
    }
}

fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?, words.next()?))
}
