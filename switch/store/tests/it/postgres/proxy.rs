//! A link to the server that breaks at a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// How the next commit that passes is broken; the connection ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Break {
    Not = 0,
    /// What was sent with it never arrives.
    Before,
    /// It arrives; what the server answers does not.
    After,
    /// The batch arrives, its commit a while later.
    CommitLate,
    /// Batch and commit arrive a while later.
    AllLate,
}

pub struct Proxy {
    pub port: u16,
    next: Arc<AtomicU8>,
}

/// How late is late: longer than it takes to ask how a batch ended.
const LATE: Duration = Duration::from_millis(400);

impl Proxy {
    pub async fn to(port: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        let next = Arc::new(AtomicU8::new(Break::Not as u8));
        let shared = Arc::clone(&next);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                tokio::spawn(carry(near, far, Arc::clone(&shared)));
            }
        });
        Proxy { port: here, next }
    }

    pub fn break_next(&self, how: Break) {
        self.next.store(how as u8, Ordering::SeqCst);
    }

    pub fn is_broken(&self) -> bool {
        self.next.load(Ordering::SeqCst) == Break::Not as u8
    }
}

async fn carry(near: TcpStream, far: TcpStream, next: Arc<AtomicU8>) {
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let back = tokio::spawn(back(far_in, near_out));
    there(near_in, far_out, next, &back).await;
    back.abort();
}

async fn back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ended = tokio::io::copy(&mut from, &mut to).await;
}

async fn there(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    next: Arc<AtomicU8>,
    back: &tokio::task::JoinHandle<()>,
) {
    let mut piece = vec![0; 1 << 20];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let bytes = &piece[..length];
        let commit = bytes.windows(MARK.len()).position(|window| window == MARK);
        let armed = next.load(Ordering::SeqCst);
        let (Some(at), true) = (commit, armed != Break::Not as u8) else {
            if to.write_all(bytes).await.is_err() {
                return;
            }
            continue;
        };
        next.store(Break::Not as u8, Ordering::SeqCst);
        // Nothing comes back any more: whoever sent this sees its connection end.
        back.abort();
        drop(from);
        let at_once = match armed {
            late if late == Break::CommitLate as u8 => at,
            after if after == Break::After as u8 => length,
            _ => 0,
        };
        let _gone = to.write_all(&bytes[..at_once]).await;
        if armed != Break::Before as u8 {
            tokio::time::sleep(LATE).await;
            let _gone = to.write_all(&bytes[at_once..]).await;
            tokio::time::sleep(LATE).await;
        }
        return;
    }
}

/// A simple query: its tag, its length, its text.
const MARK: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
