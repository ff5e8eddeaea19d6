//! A proxy that cuts each connection after so many bytes of answers.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, copy},
    net::{TcpListener, TcpStream},
};

pub(crate) struct CutConnections {
    address: SocketAddr,
    cut: Arc<AtomicUsize>,
}

impl CutConnections {
    /// Listens on loopback, and connects to `endpoint`.
    pub(crate) async fn start(endpoint: String, bytes: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cut = Arc::new(AtomicUsize::new(0));
        let count = cut.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let count = count.clone();
                let far = endpoint.trim_start_matches("http://").to_owned();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(far).await.unwrap();
                    let (mut from_near, mut to_near) = near.split();
                    let (from_far, mut to_far) = far.split();
                    let mut answers = from_far.take(bytes);
                    tokio::select! {
                        _ = copy(&mut from_near, &mut to_far) => {}
                        copied = copy(&mut answers, &mut to_near) => {
                            count.fetch_add(usize::from(copied.is_ok_and(|copied| copied == bytes)), Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        Self { address, cut }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections were cut.
    pub(crate) fn cut(&self) -> usize {
        self.cut.load(Ordering::SeqCst)
    }
}
