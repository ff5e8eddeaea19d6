//! A proxy for TCP connections that a test can cut, to be the network that fails.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};
use tokio::{
    net::{TcpListener, TcpStream, UdpSocket},
    sync::watch,
    task::JoinHandle,
};

/// A proxy in front of one address. It ends when it is dropped.
pub struct Proxy {
    /// Where it listens, as seen from the cluster.
    pub address: SocketAddr,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy in front of `target`, that listens where `peer` can reach it.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(target: SocketAddr, peer: IpAddr) -> Result<Self> {
        let own_address = address_towards(peer).await?;
        let listener = TcpListener::bind((own_address, 0))
            .await
            .context("unable to listen")?;
        let address = listener.local_addr()?;
        let (open, state) = watch::channel(true);
        let task = tokio::spawn(accept(listener, target, state));
        Ok(Self { address, open, task })
    }

    /// Ends every connection, and every new one as soon as it is made.
    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Lets new connections through again.
    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, state: watch::Receiver<bool>) {
    while let Ok((incoming, _)) = listener.accept().await {
        if *state.borrow() {
            tokio::spawn(relay(incoming, target, state.clone()));
        }
    }
}

async fn relay(mut incoming: TcpStream, target: SocketAddr, mut state: watch::Receiver<bool>) {
    let Ok(mut outgoing) = TcpStream::connect(target).await else {
        return;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut incoming, &mut outgoing) => {}
        _ = state.wait_for(|open| !open) => {}
    }
}

/// The address of this machine that a peer sees: where the way to the peer begins. Nothing is sent.
///
/// # Errors
/// Where there is no way.
pub async fn address_towards(peer: IpAddr) -> Result<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").await?;
    socket
        .connect((peer, 9))
        .await
        .with_context(|| format!("there is no way to {peer}"))?;
    Ok(socket.local_addr()?.ip())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut reader, mut writer) = stream.split();
                    let _ = tokio::io::copy(&mut reader, &mut writer).await;
                });
            }
        });
        address
    }

    async fn answers(stream: &mut TcpStream) -> bool {
        let mut byte = [0];
        stream.write_all(b"x").await.is_ok() && stream.read_exact(&mut byte).await.is_ok()
    }

    #[tokio::test]
    async fn cutting_ends_what_is_open_and_what_comes_until_it_is_mended() {
        let proxy = Proxy::start(echo().await, Ipv4Addr::LOCALHOST.into())
            .await
            .unwrap();
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        assert!(answers(&mut stream).await);
        proxy.cut();
        assert!(!answers(&mut stream).await, "an open connection survives the cut");
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        assert!(
            !answers(&mut stream).await,
            "a new connection gets through the cut"
        );
        proxy.mend();
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        assert!(answers(&mut stream).await);
    }
}
