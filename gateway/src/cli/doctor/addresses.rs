//! The addresses to listen on, and the servers to reach.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::Finding;
use crate::config::Config;

const ABOUT: &str = "address";

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let listen = &config.listen;
    let doors = [
        ("listen.fspiop", listen.fspiop),
        ("listen.bank", listen.bank),
        ("listen.admin", listen.admin),
    ];
    let (workbench, tms) = (&config.workbench, &config.screening.tms);
    let optional = [
        workbench.enabled.then_some(("workbench.listen", workbench.listen)),
        tms.enabled.then_some(("screening.tms.listen", tms.listen)),
    ];
    let mut findings = Vec::new();
    for (key, address) in doors.into_iter().chain(optional.into_iter().flatten()) {
        findings.push(door(key, address).await);
    }
    findings
}

/// Whether it can be listened on: by listening for a moment.
async fn door(key: &str, address: SocketAddr) -> Finding {
    match TcpListener::bind(address).await {
        Ok(_) => Finding::ok(ABOUT, format!("{address} is free ({key})")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::warn(
            ABOUT,
            format!("{address} is in use ({key})"),
            "good if that is this node, running; else end the other program or choose another port",
        ),
        Err(error) => Finding::wrong(
            ABOUT,
            format!("{address} cannot be listened on ({key}): {error}"),
            "choose an address of this machine; ports below 1024 need CAP_NET_BIND_SERVICE",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[tokio::test]
    async fn an_address_is_free_in_use_or_not_ours() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = taken.local_addr().unwrap();
        assert_eq!(door("listen.bank", at).await.level, Level::Warn);
        drop(taken);
        assert_eq!(door("listen.bank", at).await.level, Level::Ok);
        // TEST-NET-1 (RFC 5737): nobody's.
        let elsewhere = "192.0.2.1:3000".parse().unwrap();
        assert_eq!(door("listen.bank", elsewhere).await.level, Level::Wrong);
    }
}
