//! What the tour prints.

use std::time::Duration;

use causeway_toolkit::bank::{AccountRef, Order};
use causeway_toolkit::players::{ALPINE_IBAN, CURRENCY, GREEN_NUMBER};
use causeway_toolkit::story::{Hop, table};
use switch::AccountKind;

use super::DemoError;
use super::cast::Cast;
use super::cluster::NODES;
use crate::sightings::Sighting;

/// Who is there.
pub fn introduction(cast: &Cast) {
    let at = cast.at;
    let hub = match cast.cluster {
        Some(_) => format!("one hub of {NODES} nodes"),
        None => "one hub".to_owned(),
    };
    println!("Causeway demo: {hub}, two ISO banks, two DFSPs, all on this machine.\n");
    println!("  DFSPs speak FSPIOP to   https://{}", at.fspiop);
    println!("  banks post XML to       https://{}/iso20022/{{message}}", at.bank);
    println!("  operators look at       https://{}", at.admin);
    println!("  certificates are in     {} (mutual TLS everywhere)", cast.directory.display());
    let (ledger, beside) = match cast.cluster {
        Some(_) => ("postgres", "(PostgreSQL; NATS and Redis beside it)"),
        None => ("data", ""),
    };
    let kept = format!("{} {beside}", cast.directory.join(ledger).display());
    println!("  the ledger is kept in   {}\n", kept.trim_end());
}

/// A scene's heading.
pub fn scene(number: u32, title: &str) {
    println!("{number}. {title}\n");
}

/// Lets the last confirmations arrive before they are counted.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(250)).await;
}

/// The scene's messages in the order in which they left or came; `sender` is who a bank's post was
/// from. Tells whether each was taken.
pub fn hops(cast: &mut Cast, sender: &str) -> bool {
    let sightings = cast.take_sightings();
    let is_good = |sighting: &Sighting| matches!(sighting.note.as_str(), "" | "200" | "202");
    let good = !sightings.is_empty() && sightings.iter().all(is_good);
    let start = sightings.first().map_or(0, |first| first.at.0);
    let name = |name: String| if name == "a bank" { sender.to_owned() } else { name };
    let rows: Vec<Hop> = sightings
        .into_iter()
        .map(|sighting| Hop {
            from: name(sighting.from),
            to: sighting.to,
            what: shortened(&sighting.what),
            elapsed_ms: u64::try_from(sighting.at.0.saturating_sub(start)).unwrap_or(0),
            remaining_ms: sighting.remaining_ms,
            note: sighting.note,
        })
        .collect();
    println!("{}", indented(&table(&rows)));
    checked("every hop was taken at the first attempt", good)
}

/// An XML document, a tag a line.
pub fn xml(title: &str, text: &str) {
    println!("  {title}:\n");
    println!("{}", indented(&pretty(text)));
}

/// Says whether something is as it should be.
pub fn checked(what: &str, good: bool) -> bool {
    println!("  [{}] {what}\n", if good { "ok" } else { "WRONG" });
    good
}

/// Positions, and whether the books balance.
pub async fn books(cast: &Cast) -> Result<bool, DemoError> {
    println!("The books\n");
    for name in ["alpinebank", "harbourbank", "greenwallet", "bluewallet"] {
        for position in cast.admin.positions(name).await? {
            println!("  {name:<12} {:>12} {}", position.value.to_string(), position.currency);
        }
    }
    let accounts = cast.gateway.node.store.accounts().await?;
    let in_flight = accounts.iter().filter(|account| account.key.kind == AccountKind::InFlight);
    let nothing_reserved = in_flight.clone().all(|account| account.balance.units() == 0);
    // All accounts are in one currency here; in ten-thousandths.
    let sum: i128 = accounts.iter().map(|account| account.balance.units()).sum();
    println!("  {:<12} {sum:>12} {CURRENCY}  (over all {} accounts)\n", "sum", accounts.len());
    let balanced = sum == 0;
    Ok(checked("double entry: the sum is zero", balanced)
        & checked("nothing is left reserved", nothing_reserved))
}

/// Whether everybody could verify everything.
pub fn signatures(cast: &Cast) -> bool {
    let failures = cast.players.failures();
    for failure in &failures {
        println!("  {failure}");
    }
    checked("every signature was verified, every XML message was valid", failures.is_empty())
}

/// What to try while it stays up.
pub fn invitation(cast: &Cast) -> Result<(), DemoError> {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{GREEN_NUMBER}") };
    let mut order = Order::new(CURRENCY, "3.50", account)?;
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    let file = cast.directory.join("pain.001.xml");
    std::fs::write(&file, order.pain_001(cast.players.alpine.bic()))?;
    let at = cast.at;
    println!("It stays up until Ctrl-C. To try, in another terminal:\n");
    println!("  cd {}", cast.directory.display());
    println!("  # a bank pays 3.50 EUR; send it twice: it is paid once");
    println!("  {} \\", curl("alpinebank"));
    println!("    -H 'Content-Type: application/xml' -H 'Prefer: wait=10' \\");
    println!("    --data-binary @pain.001.xml https://{}/iso20022/pain.001\n", at.bank);
    let operator = curl("operator");
    println!("  # what the payer bank's position is now");
    println!("  {operator} https://{}/participants/alpinebank/positions\n", at.admin);
    println!("  # health and figures");
    println!("  {operator} https://{}/health", at.admin);
    println!("  {operator} https://{}/metrics\n", at.admin);
    Ok(())
}

/// curl with somebody's certificate.
fn curl(name: &str) -> String {
    format!("curl -sS --cacert hub-ca.pem --cert {name}.pem --key {name}.key")
}

/// Long ids in the middle of a line tell nobody anything.
fn shortened(what: &str) -> String {
    let short = |part: &str| match part.len() {
        36 if part.matches('-').count() == 4 => format!("{}..", part.get(..8).unwrap_or(part)),
        _ => part.to_owned(),
    };
    what.split('/').map(short).collect::<Vec<_>>().join("/")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// A tag a line, leaves on one: enough for reading; the message itself has no such blanks.
fn pretty(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut open_leaf = false;
    for piece in text.split_inclusive('>') {
        let (content, tag) = piece.split_at(piece.find('<').unwrap_or(piece.len()));
        if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
            match open_leaf {
                true => out.push_str(&format!("{content}{tag}\n")),
                false => out.push_str(&format!("{}{tag}\n", "  ".repeat(depth))),
            }
            open_leaf = false;
            continue;
        }
        if open_leaf {
            out.push('\n');
        }
        out.push_str(&format!("{}{tag}", "  ".repeat(depth)));
        let stands_alone = tag.starts_with("<?") || tag.ends_with("/>");
        if stands_alone {
            out.push('\n');
        } else {
            depth += 1;
        }
        open_leaf = !stands_alone;
    }
    out
}
