//! Clients that are slow, say nothing, or do not speak TLS 1.3.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinHandle,
};
use tokio_rustls::rustls;

use super::*;
use crate::handover::{
    authority::Authority,
    certificate::ServerCertificates,
    testing::{Client, NAME, soon},
};

/// Takes connections and sends back what each says, until it says no more.
struct Echo {
    client: Client,
    certificates: ServerCertificates,
    serving: JoinHandle<()>,
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn echo(change: impl FnOnce(&mut TlsListener)) -> Echo {
    let now = clock::now();
    let authority = Authority::make(now).unwrap();
    let trusted = authority.certificate_pem().to_owned();
    let certificates = ServerCertificates::new(authority, vec![NAME.into()], now).unwrap();
    let tcp = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let mut listener = TlsListener::new(tcp, certificates.config());
    change(&mut listener);
    let client = Client::new(listener.local_addr().unwrap(), &trusted);
    let serving = tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await;
            tokio::spawn(async move {
                let (mut read, mut write) = tokio::io::split(connection);
                let _ = tokio::io::copy(&mut read, &mut write).await;
                let _ = write.shutdown().await;
            });
        }
    });
    Echo {
        client,
        certificates,
        serving,
    }
}

/// Whether what is said comes back.
async fn is_echoed(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> bool {
    let mut back = [0; 5];
    stream.write_all(b"hello").await.is_ok()
        && stream.flush().await.is_ok()
        && stream.read_exact(&mut back).await.is_ok()
        && back == *b"hello"
}

/// Whether the other side has ended the connection, in whichever way.
async fn is_ended(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    matches!(soon(stream.read(&mut [0; 64])).await, Ok(0) | Err(_))
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error_and_one_of_the_next_protocol_is_none() {
    let taken = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let error = listen(taken.local_addr().unwrap()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    listen((std::net::Ipv6Addr::LOCALHOST, 0).into()).unwrap();
}

#[tokio::test]
async fn hundreds_who_come_at_once_are_all_taken() {
    let echo = echo(|_| {});
    let all = (0..300).map(|_| async {
        let mut stream = echo.client.handshake(NAME).await.unwrap();
        is_echoed(&mut stream).await
    });
    assert!(
        soon(futures::future::join_all(all))
            .await
            .into_iter()
            .all(|echoed| echoed)
    );
}

#[tokio::test]
async fn clients_that_do_not_greet_keep_nobody_waiting() {
    let echo = echo(|listener| listener.limits.handshake = Duration::from_hours(1));
    let mut silent = Vec::new();
    for _ in 0..MAX_HANDSHAKES - 1 {
        silent.push(TcpStream::connect(echo.client.address).await.unwrap());
    }
    let mut stream = soon(echo.client.handshake(NAME)).await.unwrap();
    assert!(is_echoed(&mut stream).await);
    drop(silent);
}

#[tokio::test]
async fn a_client_that_does_not_greet_in_time_is_let_go_and_makes_room() {
    let echo = echo(|listener| {
        listener.limits.handshake = Duration::from_millis(50);
        listener.connections = Arc::new(Semaphore::new(1));
    });
    let mut silent = TcpStream::connect(echo.client.address).await.unwrap();
    assert!(is_ended(&mut silent).await);
    let mut garbled = TcpStream::connect(echo.client.address).await.unwrap();
    garbled.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    while !is_ended(&mut garbled).await {}
    let mut stream = soon(echo.client.handshake(NAME)).await.unwrap();
    assert!(is_echoed(&mut stream).await);
}

#[tokio::test]
async fn a_connection_that_is_idle_for_too_long_ends_and_makes_room() {
    let echo = echo(|listener| {
        listener.limits.idle = Duration::from_millis(50);
        listener.connections = Arc::new(Semaphore::new(1));
    });
    for _ in 0..2 {
        let mut stream = soon(echo.client.handshake(NAME)).await.unwrap();
        assert!(is_ended(&mut stream).await);
    }
}

#[tokio::test]
async fn so_many_connections_are_open_at_once_and_no_more() {
    let echo = echo(|listener| listener.connections = Arc::new(Semaphore::new(2)));
    let mut first = soon(echo.client.handshake(NAME)).await.unwrap();
    let mut second = soon(echo.client.handshake(NAME)).await.unwrap();
    assert!(is_echoed(&mut first).await && is_echoed(&mut second).await);
    let client = echo.client.clone();
    let third = tokio::spawn(async move { client.handshake(NAME).await });
    // What is open goes on meanwhile, for long enough that the third would be done, and gives way when it ends.
    for _ in 0..200 {
        assert!(is_echoed(&mut first).await);
    }
    assert!(!third.is_finished());
    drop(first);
    let mut third = soon(third).await.unwrap().unwrap();
    assert!(is_echoed(&mut third).await && is_echoed(&mut second).await);
}

#[tokio::test]
async fn new_connections_begin_with_the_newest_certificate_and_old_ones_go_on() {
    let mut echo = echo(|_| {});
    let mut old = echo.client.handshake(NAME).await.unwrap();
    let next_year = clock::now().checked_add(Duration::from_hours(24 * 200)).unwrap();
    assert!(echo.certificates.renew(next_year).unwrap());
    // The new one is valid from then on, which is how it is told from the old one.
    let refused = echo.client.handshake(NAME).await.unwrap_err();
    assert!(refused.to_string().contains("not valid yet"), "{refused}");
    assert!(is_echoed(&mut old).await);
}

#[tokio::test]
async fn only_the_newest_version_of_tls_is_spoken() {
    let echo = echo(|_| {});
    let mut client = echo.client.clone();
    let old = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    client.tls = Arc::new(old);
    let error = client.handshake(NAME).await.unwrap_err();
    assert!(error.to_string().contains("ProtocolVersion"), "{error}");
}
