//! Proxies between a process and the servers it works with, which tell a [`Trap`] of every statement and request.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::Arc,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::trap::{Passage, Trap};

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1, not encrypted: a call is a request.
    Http,
    /// Postgres' own, version 3, not encrypted: a call is what is sent up to a point of synchronization.
    Postgres,
}

/// A proxy in front of one address. It ends when it is dropped.
pub struct FaultProxy {
    /// Where it listens.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl FaultProxy {
    /// A proxy in front of `target`.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(target: SocketAddr, protocol: Protocol, trap: Arc<Trap>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("unable to listen")?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((incoming, _)) = listener.accept().await {
                tokio::spawn(relay(incoming, target, Messages::of(protocol), trap.clone()));
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Until one of them ends the connection, or the process is dead.
async fn relay(
    mut process: TcpStream,
    target: SocketAddr,
    mut messages: Messages,
    trap: Arc<Trap>,
) -> Option<()> {
    let mut server = TcpStream::connect(target).await.ok()?;
    let (mut from_process, mut to_process) = process.split();
    let (mut from_server, mut to_server) = server.split();
    let (mut sent, mut answered) = (Vec::new(), Vec::new());
    let mut open: VecDeque<(usize, String)> = VecDeque::new();
    loop {
        tokio::select! {
            read = from_process.read_buf(&mut sent) => {
                if read.ok()? == 0 {
                    return None;
                }
                let (calls, whole) = messages.calls(&sent, open.is_empty());
                for call in calls {
                    match trap.before(&call) {
                        Passage::Call(number) => open.push_back((number, call)),
                        Passage::Dead => return None,
                    }
                }
                to_server.write_all(&sent[..whole]).await.ok()?;
                sent.drain(..whole);
            }
            read = from_server.read_buf(&mut answered) => {
                if read.ok()? == 0 {
                    return None;
                }
                let (answers, whole) = messages.answers(&answered, !open.is_empty());
                for _ in 0..answers {
                    if let Some((number, call)) = open.pop_front()
                        && trap.after(number, &call) == Passage::Dead
                    {
                        return None;
                    }
                }
                to_process.write_all(&answered[..whole]).await.ok()?;
                answered.drain(..whole);
            }
        }
    }
}

/// Finds calls and answers in what is sent.
enum Messages {
    Http,
    Postgres {
        /// Whether the server has said that it is ready: before, nothing is asked for that could leave anything.
        has_begun: bool,
        /// The statements that were prepared, by their names.
        prepared: HashMap<Vec<u8>, String>,
    },
}

impl Messages {
    fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Http => Self::Http,
            Protocol::Postgres => Self::Postgres {
                has_begun: false,
                prepared: HashMap::new(),
            },
        }
    }

    /// The calls that these bytes hold, and how many of the bytes may go on.
    fn calls(&mut self, bytes: &[u8], is_idle: bool) -> (Vec<String>, usize) {
        match self {
            // The rest of a body, while an answer is waited for.
            Self::Http if !is_idle => (Vec::new(), bytes.len()),
            Self::Http => {
                let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
                (vec![String::from_utf8_lossy(line).into_owned()], bytes.len())
            }
            Self::Postgres { has_begun: false, .. } => (Vec::new(), bytes.len()),
            Self::Postgres { prepared, .. } => {
                let (mut calls, mut statement, mut whole, mut at) = (Vec::new(), Vec::new(), 0, 0);
                while let Some((kind, body)) = frame(&bytes[at..]) {
                    at += 5 + body.len();
                    let mut texts = body.split(|byte| *byte == 0);
                    match (kind, texts.next(), texts.next()) {
                        (b'P', Some(name), Some(sql)) => {
                            prepared.insert(name.to_owned(), text(sql));
                            statement.push(format!("prepare {}", text(sql)));
                        }
                        (b'B', _, Some(name)) => {
                            let sql = prepared.get(name).map_or("", String::as_str);
                            statement.push(sql.to_owned());
                        }
                        (b'Q', Some(sql), _) => statement.push(text(sql)),
                        (b'X', ..) => whole = at,
                        _ => {}
                    }
                    if matches!(kind, b'Q' | b'S') {
                        // Nothing but the synchronization: whether the connection still holds.
                        let call = if statement.is_empty() {
                            "ping".to_owned()
                        } else {
                            statement.join("; ")
                        };
                        calls.push(call);
                        statement.clear();
                        whole = at;
                    }
                }
                (calls, whole)
            }
        }
    }

    /// How many answers these bytes hold, and how many of the bytes may go on.
    fn answers(&mut self, bytes: &[u8], is_awaited: bool) -> (usize, usize) {
        match self {
            Self::Http => (usize::from(is_awaited), bytes.len()),
            Self::Postgres { has_begun, .. } => {
                let (mut answers, mut whole, mut at) = (0, 0, 0);
                while let Some((kind, body)) = frame(&bytes[at..]) {
                    at += 5 + body.len();
                    if kind == b'Z' {
                        answers += usize::from(*has_begun);
                        *has_begun = true;
                        whole = at;
                    }
                }
                // What nobody has asked for, such as notifications, and the exchange at the beginning.
                (answers, if is_awaited { whole } else { bytes.len() })
            }
        }
    }
}

/// Type and content of the message at the start, if all of it is there.
fn frame(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (head, rest) = bytes.split_at_checked(5)?;
    let length = u32::from_be_bytes(head[1..].try_into().ok()?) as usize;
    Some((head[0], rest.get(..length.checked_sub(4)?)?))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind], &length[..], body].concat()
    }

    #[test]
    fn a_statement_goes_on_when_all_of_it_is_there() {
        let mut messages = Messages::of(Protocol::Postgres);
        assert_eq!(messages.calls(b"user", true), (vec![], 4));
        assert_eq!(messages.answers(&message(b'Z', b"I"), false), (0, 6));
        let parse = message(b'P', b"name\0SELECT 1\0\0\0");
        let all = [parse.clone(), message(b'S', b"")].concat();
        assert_eq!(messages.calls(&parse, true), (vec![], 0));
        assert_eq!(
            messages.calls(&all, true),
            (vec!["prepare SELECT 1".to_owned()], all.len())
        );
        let execute = [message(b'B', b"\0name\0"), message(b'E', b""), message(b'S', b"")].concat();
        assert_eq!(
            messages.calls(&execute, true),
            (vec!["SELECT 1".to_owned()], execute.len())
        );
        let complete = message(b'1', b"");
        assert_eq!(messages.answers(&complete, true), (0, 0));
        let all = [complete, message(b'Z', b"I")].concat();
        assert_eq!(messages.answers(&all, true), (1, all.len()));
        let notification = message(b'A', b"1234a\0b\0");
        assert_eq!(messages.answers(&notification, false), (0, notification.len()));
    }

    #[test]
    fn a_request_is_called_by_its_first_line() {
        let mut messages = Messages::Http;
        let request = b"POST /a HTTP/1.1\r\nhost: b\r\n\r\n";
        assert_eq!(
            messages.calls(request, true),
            (vec!["POST /a HTTP/1.1".to_owned()], request.len())
        );
        assert_eq!(messages.calls(b"more", false), (vec![], 4));
        assert_eq!(messages.answers(b"HTTP/1.1 200 OK", true), (1, 15));
        assert_eq!(messages.answers(b"an event", false), (0, 8));
    }
}
