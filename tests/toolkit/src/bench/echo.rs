//! What HTTP alone costs here: the same messages to a bare hyper server on a thread of its own, which answers an empty
//! 202 and does nothing else.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::processes::own_thread_cpu_us;
use super::script::Script;
use super::wire::Pool;
use crate::ToolkitError;
use crate::limits::{BENCH_ECHO_CONNECTIONS, BENCH_ECHO_MS};

/// What the echo did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Echo {
    pub(super) exchanges: u64,
    pub(super) window_us: u64,
    /// The server's thread alone.
    pub(super) server_cpu_us: u64,
}

/// As many exchanges as there is time for, over connections that wait for nothing but their answers.
///
/// # Errors
/// [`ToolkitError`] if the server cannot be started or does not answer.
pub(super) async fn echo(scripts: Vec<Script>) -> Result<Echo, ToolkitError> {
    let (address, ready) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let (cpu, used) = mpsc::channel();
    let thread = std::thread::Builder::new().name("echo".to_owned());
    let server = move || {
        let _nobody_waits = cpu.send(server(address, stopped));
    };
    thread.spawn(server).map_err(|source| ToolkitError::io("start a thread", source))?;
    let gone = || ToolkitError::Message("the echo ended".to_owned());
    let pool = Rc::new(Pool::new(ready.await.map_err(|_| gone())?));
    let (scripts, began) = (Rc::new(scripts), Instant::now());
    let senders: Vec<_> = (0..BENCH_ECHO_CONNECTIONS)
        .map(|number| exchanges(Rc::clone(&pool), Rc::clone(&scripts), number, began))
        .map(tokio::task::spawn_local)
        .collect();
    let mut echo = Echo::default();
    for sender in senders {
        let failed = |source| ToolkitError::io("echo", source);
        echo.exchanges += sender.await.map_err(|_| gone())?.map_err(failed)?;
    }
    echo.window_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let _ended_already = stop.send(());
    echo.server_cpu_us = used.recv().map_err(|_| gone())??;
    Ok(echo)
}

async fn exchanges(
    pool: Rc<Pool>,
    scripts: Rc<Vec<Script>>,
    number: usize,
    began: Instant,
) -> std::io::Result<u64> {
    let messages = scripts.iter().flat_map(|script| &script.messages);
    let mut count = 0;
    for message in messages.cycle().skip(number * 7) {
        if began.elapsed() > Duration::from_millis(BENCH_ECHO_MS) {
            break;
        }
        pool.exchange(message).await?;
        count += 1;
    }
    Ok(count)
}

/// Serves until told to stop, and tells the CPU time that it took.
fn server(
    address: oneshot::Sender<SocketAddr>,
    stopped: oneshot::Receiver<()>,
) -> Result<u64, ToolkitError> {
    let failed = |source| ToolkitError::io("start the echo", source);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(failed)?;
    let before = own_thread_cpu_us()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let _nobody_waits = address.send(listener.local_addr().map_err(failed)?);
        let accepting = async {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        };
        tokio::select! {
            () = accepting => {}
            _ = stopped => {}
        }
        Ok(own_thread_cpu_us()?.saturating_sub(before))
    })
}

async fn serve(stream: TcpStream) {
    let _best_effort = stream.set_nodelay(true);
    let service = service_fn(answer);
    // The client's end of a connection is its own affair.
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: ::http::Request<Incoming>,
) -> Result<::http::Response<Empty<Bytes>>, Infallible> {
    let _read = request.into_body().collect().await;
    let mut response = ::http::Response::new(Empty::new());
    *response.status_mut() = ::http::StatusCode::ACCEPTED;
    Ok(response)
}
