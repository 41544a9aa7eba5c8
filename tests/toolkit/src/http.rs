//! The HTTP/1.1 of the simulated participants: a client that keeps connections alive, a server that can also
//! misbehave on the wire, and raw bytes.

mod client;
pub mod raw;
mod server;

pub(crate) use client::header_line;
pub use client::{HttpClient, HttpRequest, HttpResponse};
pub use server::{Exchange, Handler, HttpServer, Reply};
