//! A TCP link that can be cut, held up or made slow: the network between two programs, as a test has it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::ToolkitError;

/// How a link carries bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// At once.
    Open,
    /// Not at all: connections are reset, and so are new ones.
    Cut,
    /// Not yet: connections stand, and what is sent waits. A cable that is out, while nobody knows.
    Silent,
    /// Each piece this much later, in milliseconds.
    Slow(u64),
}

/// A loopback address that leads to another; gone with all its connections when dropped.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    way: watch::Sender<Way>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    target: SocketAddr,
    flow: Flow,
}

impl Link {
    /// An open link to a loopback port.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if there is no port to listen on.
    pub async fn to(port: u16) -> Result<Link, ToolkitError> {
        let failed = |source| ToolkitError::io("listen for a link", source);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (way, ways) = watch::channel(Way { target: loopback(port), flow: Flow::Open });
        let accepting = tokio::spawn(accept(listener, ways));
        Ok(Link { address, way, accepting })
    }

    /// Where it begins.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How it carries from now on.
    pub fn set(&self, flow: Flow) {
        self.way.send_modify(|way| way.flow = flow);
    }

    /// Leads elsewhere from now on; the connections that it carries are reset.
    pub fn lead_to(&self, port: u16) {
        self.way.send_modify(|way| way.target = loopback(port));
    }

    /// How it carries.
    pub fn flow(&self) -> Flow {
        self.way.borrow().flow
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

async fn accept(listener: TcpListener, ways: watch::Receiver<Way>) {
    // Dropped with this task, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(connect(stream, ways.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connect(near: TcpStream, mut ways: watch::Receiver<Way>) {
    // Who connects to somebody silent waits; to somebody cut off, is reset.
    let Ok(way) = ways.wait_for(|way| way.flow != Flow::Silent).await.map(|way| *way) else {
        return;
    };
    let far = match way.flow {
        Flow::Cut => None,
        Flow::Open | Flow::Slow(_) | Flow::Silent => TcpStream::connect(way.target).await.ok(),
    };
    let Some(far) = far else {
        let _best_effort = near.set_zero_linger();
        return;
    };
    carry(near, far, ways, move |now| now.flow == Flow::Cut || now.target != way.target).await;
}

/// Carries bytes both ways until both ends have closed; resets both as soon as `ends` says so.
async fn carry(
    near: TcpStream,
    far: TcpStream,
    mut ways: watch::Receiver<Way>,
    ends: impl Fn(&Way) -> bool,
) {
    let _best_effort = (near.set_nodelay(true), far.set_nodelay(true));
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let (there_ways, back_ways) = (ways.clone(), ways.clone());
    let broken = {
        let there = pump(&mut near_in, &mut far_out, there_ways);
        let back = pump(&mut far_in, &mut near_out, back_ways);
        tokio::select! {
            both = async { tokio::try_join!(there, back) } => both.is_err(),
            _ = ways.wait_for(|way| ends(way)) => true,
        }
    };
    if broken {
        for stream in [near_in.reunite(near_out).ok(), far_in.reunite(far_out).ok()] {
            let _best_effort = stream.map(|stream| stream.set_zero_linger());
        }
    }
}

/// The most bytes that are carried at once.
const PIECE_BYTES: usize = 65_536;

async fn pump(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    mut ways: watch::Receiver<Way>,
) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = from.read(&mut piece).await?;
        let flow = match ways.wait_for(|way| way.flow != Flow::Silent).await {
            Ok(way) => way.flow,
            Err(_) => return Ok(()),
        };
        if let Flow::Slow(later_ms) = flow {
            tokio::time::sleep(Duration::from_millis(later_ms)).await;
        }
        match piece.get(..length) {
            Some([]) | None => return to.shutdown().await,
            Some(bytes) => to.write_all(bytes).await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    /// Sends back what it gets; tells its port.
    async fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ended = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        port
    }

    async fn say(stream: &mut TcpStream, text: &str) -> std::io::Result<String> {
        stream.write_all(text.as_bytes()).await?;
        let mut heard = vec![0; text.len()];
        stream.read_exact(&mut heard).await?;
        Ok(String::from_utf8_lossy(&heard).into_owned())
    }

    async fn connect_to(link: &Link) -> TcpStream {
        TcpStream::connect(("127.0.0.1", link.port())).await.unwrap()
    }

    #[tokio::test]
    async fn an_open_link_carries_both_ways() {
        let link = Link::to(echo().await).await.unwrap();
        let mut stream = connect_to(&link).await;
        assert_eq!(say(&mut stream, "there and back").await.unwrap(), "there and back");
    }

    #[tokio::test]
    async fn a_cut_link_resets_what_is_and_what_comes() {
        let link = Link::to(echo().await).await.unwrap();
        let mut before = connect_to(&link).await;
        say(&mut before, "a").await.unwrap();
        link.set(Flow::Cut);
        assert!(say(&mut before, "b").await.is_err());
        assert!(say(&mut connect_to(&link).await, "c").await.is_err());
        link.set(Flow::Open);
        assert_eq!(say(&mut connect_to(&link).await, "d").await.unwrap(), "d");
    }

    #[tokio::test]
    async fn a_silent_link_delivers_later_and_loses_nothing() {
        let link = Link::to(echo().await).await.unwrap();
        let mut stream = connect_to(&link).await;
        say(&mut stream, "a").await.unwrap();
        link.set(Flow::Silent);
        let limit = Duration::from_millis(100);
        assert!(tokio::time::timeout(limit, say(&mut stream, "b")).await.is_err());
        link.set(Flow::Open);
        let mut heard = [0];
        stream.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"b");
    }

    #[tokio::test]
    async fn a_link_that_leads_elsewhere_resets_what_led_to_the_former() {
        let link = Link::to(echo().await).await.unwrap();
        let mut before = connect_to(&link).await;
        say(&mut before, "a").await.unwrap();
        link.lead_to(echo().await);
        assert!(say(&mut before, "b").await.is_err());
        assert_eq!(say(&mut connect_to(&link).await, "c").await.unwrap(), "c");
    }

    #[tokio::test]
    async fn nobody_at_the_other_end_is_a_reset() {
        let link = Link::to(super::super::ports::free_port().unwrap()).await.unwrap();
        let refused = say(&mut connect_to(&link).await, "a").await.unwrap_err();
        let kinds = [ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof, ErrorKind::BrokenPipe];
        assert!(kinds.contains(&refused.kind()), "{refused}");
    }
}
