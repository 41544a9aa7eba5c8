//! Rows X01 to X08, X10 and X12 to X15 against POST /iso20022/pain.001 and pacs.008.

use std::time::Duration;

use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, AgentRef, Order};
use causeway_toolkit::http::{HttpClient, HttpRequest, HttpResponse};
use causeway_toolkit::players::HARBOUR_IBAN;
use http::Method;
use tokio::net::TcpListener;

use super::bank_channel::{status, waited};
use super::{Findings, assert_valid, order, positions, reject, settled_books, still_pays};

/// Where a test puts its text into a message.
const REMITTANCE: &str = "REMITTANCE";
/// The amount that a test replaces.
const AMOUNT: &str = ">100</";

/// Both orders, each with the family that it is posted to.
fn orders(world: &World) -> [(&'static str, String); 2] {
    let bic = world.players.alpine.bic();
    let remittance = Some(REMITTANCE.to_owned());
    let pain = Order { remittance: remittance.clone(), ..order("100") };
    let harbour = AgentRef::Bic(world.players.harbour.bic().to_owned());
    let pacs = Order {
        creditor_account: AccountRef::Iban(HARBOUR_IBAN.to_owned()),
        creditor_agent: Some(harbour),
        remittance,
        ..order("100")
    };
    [("pain.001", pain.pain_001(bic)), ("pacs.008", pacs.pacs_008(bic).unwrap())]
}

async fn post(world: &World, family: &str, xml: impl Into<Vec<u8>>) -> HttpResponse {
    let url = format!("{}/iso20022/{family}", world.channel());
    let request = HttpRequest::new(Method::POST, url).header("content-type", "application/xml");
    HttpClient::new().send(request.unwrap().body(xml.into())).await.unwrap()
}

/// Ten entities, each ten times the one before.
fn billion_laughs() -> String {
    let level = |n: u32| format!("<!ENTITY lol{n} \"{}\">", format!("&lol{};", n - 1).repeat(10));
    let levels: String = (1..=10).map(level).collect();
    format!("<!DOCTYPE Document [<!ENTITY lol0 \"lol\">{levels}]>")
}

/// What is done to a good message.
type Change = Box<dyn Fn(&str) -> Vec<u8>>;

/// Puts this before the document, and that for the remittance's text.
fn doctype(doctype: &str, reference: &'static str) -> Change {
    let document = format!("{doctype}<Document");
    Box::new(move |xml| {
        xml.replace("<Document", &document).replace(REMITTANCE, reference).into_bytes()
    })
}

fn replacing(from: &'static str, to: impl Into<String>) -> Change {
    let to = to.into();
    Box::new(move |xml| xml.replace(from, &to).into_bytes())
}

fn remittance(text: impl Into<String>) -> Change {
    replacing(REMITTANCE, text)
}

fn amount(text: &str) -> Change {
    replacing(AMOUNT, format!(">{text}</"))
}

/// Rows X01 to X08: what is meant to cost.
fn bombs(dtd_url: &str) -> Vec<(&'static str, Change, u16)> {
    let passwd = "<!DOCTYPE Document [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
    let external = format!("<!DOCTYPE Document SYSTEM \"{dtd_url}\">");
    let general = format!("<!DOCTYPE Document [<!ENTITY e SYSTEM \"{dtd_url}\">]>");
    let parameter = format!("<!DOCTYPE Document [<!ENTITY % e SYSTEM \"{dtd_url}\"> %e;]>");
    let declarations: String = (0..50_000).map(|n| format!(" xmlns:p{n}=\"urn:{n}\"")).collect();
    let nested = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
    vec![
        ("X01", doctype(&billion_laughs(), "&lol10;"), 400),
        ("X01 without its declarations", remittance("&lol10;"), 400),
        ("X02", doctype(passwd, "&e;"), 400),
        ("X03", doctype(&external, "x"), 400),
        ("X03 general entity", doctype(&general, "&e;"), 400),
        ("X03 parameter entity", doctype(&parameter, "x"), 400),
        ("X04 empty subset", doctype("<!DOCTYPE Document []>", "x"), 400),
        ("X04 no subset", doctype("<!DOCTYPE Document>", "x"), 400),
        ("X05", remittance(nested), 400),
        ("X06 10 MB", remittance("x".repeat(10 << 20)), 413),
        ("X06 1 MB", remittance("x".repeat(1 << 20)), 413),
        ("X06 141 characters", remittance("x".repeat(141)), 400),
        ("X07", remittance(format!("<{}/>", "n".repeat(1 << 20))), 400),
        ("X08", replacing("<Document", format!("<Document{declarations}")), 400),
    ]
}

/// Rows X12 to X14, and what is no message at all: 400, all of it.
fn unreadable() -> Vec<(&'static str, Change)> {
    let little_endian = |xml: &str| xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("X12 comment in the amount", amount("1<!-- -->00")),
        ("X12 comment before the amount", amount("<!-- 1 -->00")),
        ("X12 instruction in the amount", amount("1<?pi?>00")),
        ("X12 two texts", amount("<![CDATA[1]]> <![CDATA[00]]>")),
        ("X13 not UTF-8", Box::new(|xml| replaced_bytes(xml, b"\xff\xfe"))),
        ("X13 overlong", Box::new(|xml| replaced_bytes(xml, b"\xc0\xaf"))),
        ("X13 surrogate", Box::new(|xml| replaced_bytes(xml, b"\xed\xa0\x80"))),
        ("X13 UTF-7", replacing("UTF-8", "UTF-7")),
        ("X13 UTF-16 in name only", replacing("UTF-8", "UTF-16")),
        ("X13 ISO-8859-1", replacing("UTF-8", "ISO-8859-1")),
        ("X13 UTF-16 mark alone", Box::new(|xml| [b"\xff\xfe", xml.as_bytes()].concat())),
        ("X13 UTF-16", Box::new(little_endian)),
        ("X14 NUL", remittance("&#x0;")),
        ("X14 noncharacter", remittance("&#xFFFF;")),
        ("X14 raw NUL", remittance("\0")),
        ("X14 raw control", remittance("\u{8}")),
        ("X14 surrogate", remittance("&#xD800;")),
        ("empty", Box::new(|_| Vec::new())),
        ("JSON", Box::new(|_| b"{}".to_vec())),
        ("cut off", Box::new(|xml| xml.as_bytes()[..xml.len() - 3].to_vec())),
        ("second root", Box::new(|xml| format!("{xml}<a/>").into_bytes())),
        ("second document", Box::new(second_document)),
    ]
}

fn replaced_bytes(xml: &str, bytes: &[u8]) -> Vec<u8> {
    let (before, after) = xml.split_once(REMITTANCE).unwrap();
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

fn second_document(xml: &str) -> Vec<u8> {
    let (_, document) = xml.split_once("?>").unwrap();
    format!("<Both>{document}{document}</Both>").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_xml_is_refused_with_admi_002() {
    let world = World::plain("").await;
    let before = positions(&world).await;
    let bait = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dtd_url = format!("http://{}/evil.dtd", bait.local_addr().unwrap());
    let (mut findings, mut answers) = (Findings::default(), Vec::new());
    let unreadable = unreadable().into_iter().map(|(row, change)| (row, change, 400));
    for (row, change, status) in bombs(&dtd_url).into_iter().chain(unreadable) {
        for (family, xml) in orders(&world) {
            let changed = change(&xml);
            assert_ne!(changed, xml.as_bytes(), "{row} changes nothing");
            let answer = post(&world, family, changed).await;
            let row = format!("{row} as {family}");
            findings.expect(&row, &answer.status.as_u16().to_string(), &status.to_string());
            match reject(&answer.body) {
                // A body over the limit is not read, so that no place in it can be named.
                Ok(reject) if row.starts_with("X06 10 MB") => {
                    findings.expect(&row, &reject.related_reference, "NOTPROVIDED");
                }
                Ok(reject) => {
                    let place = reject.error_location.unwrap_or_default();
                    findings.expect(&row, &place.chars().take(1).collect::<String>(), "/");
                }
                Err(other) => findings.expect(&row, &other, "admi.002"),
            }
            let short = answer.body.len() < 8_192 && !answer.text().contains("root:");
            findings.expect(&row, &format!("short {short}"), "short true");
            answers.push(answer.body.to_vec());
        }
    }
    let fetched = tokio::time::timeout(Duration::from_millis(100), bait.accept()).await.is_ok();
    findings.expect("X03", &format!("fetched {fetched}"), "fetched false");
    findings.settle();
    assert_valid(&answers);
    assert_eq!(positions(&world).await, before);
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x12_an_amount_in_pieces_is_the_whole_amount() {
    let world = World::plain("").await;
    let mut findings = Findings::default();
    let mut paid = 0;
    for pieces in ["<![CDATA[100]]>", "1<![CDATA[0]]>0", "1&#48;0"] {
        for (family, xml) in orders(&world) {
            let xml = xml.replace(AMOUNT, &format!(">{pieces}</"));
            let url = format!("{}/iso20022/{family}", world.channel());
            let request = HttpRequest::new(Method::POST, url);
            let request = request.header("content-type", "application/xml").unwrap();
            let request = request.header("prefer", "wait=20").unwrap().body(xml);
            let answer = HttpClient::new().send(request).await.unwrap();
            findings.expect(pieces, &answer.status.as_u16().to_string(), "200");
            let settled = answer.text().contains("<TxSts>ACSC</TxSts>");
            findings.expect(
                pieces,
                &format!("{family} settled {settled}"),
                &format!("{family} settled true"),
            );
            paid += 100;
            findings.expect(pieces, &positions(&world).await[0], &paid.to_string());
        }
    }
    findings.settle();
    still_pays(&world).await;
}

/// Every element under a prefix.
fn prefixed(xml: &str) -> String {
    let (declaration, document) = xml.split_once("?>").unwrap();
    let document = document.replace("</", "<\0").replace('<', "<z:").replace("<z:\0", "</z:");
    format!("{declaration}?>{}", document.replace(" xmlns=", " xmlns:z="))
}

/// Row X10: a message is its namespaces and names, whatever the prefixes are.
#[tokio::test(flavor = "multi_thread")]
async fn x10_prefixes_and_mixed_namespaces_change_nothing() {
    let world = World::plain("").await;
    let mut findings = Findings::default();
    let (mut paid, mut refusals) = (0, Vec::new());
    for (family, namespace) in [("pain.001", "pain.001.001.09"), ("pacs.008", "pacs.008.001.08")] {
        let namespace = format!("urn:iso:std:iso:20022:tech:xsd:{namespace}");
        let xml = || orders(&world).into_iter().find(|(found, _)| *found == family).unwrap().1;
        let inner = |declared: &str| xml().replace("<PmtId>", &format!("<PmtId {declared}>"));
        let mixed = |bound: &str| {
            let opened = format!("<q:GrpHdr xmlns:q=\"{bound}\">");
            xml().replace("<GrpHdr>", &opened).replace("</GrpHdr>", "</q:GrpHdr>")
        };
        let unused = xml().replace("<Document", "<Document xmlns:unused=\"urn:x\"");
        let same = [
            ("an odd prefix", prefixed(&xml())),
            ("one element under a prefix", mixed(&namespace)),
            ("declared again", inner(&format!("xmlns=\"{namespace}\""))),
            ("a prefix that nobody uses", unused),
        ];
        for (row, xml) in same {
            let row = format!("X10 {row} in {family}");
            findings.expect(&row, &status(&waited(&world, family, &xml).await), "200 ACSC");
            paid += 100;
            findings.expect(&row, &positions(&world).await[0], &paid.to_string());
        }
        let other = [
            ("an element of another namespace", mixed("urn:x")),
            ("children of another namespace", inner("xmlns=\"urn:x\"")),
            ("children of none", inner("xmlns=\"\"")),
            ("a prefix of nothing", xml().replace("PmtId>", "q:PmtId>")),
        ];
        for (row, xml) in other {
            let row = format!("X10 {row} in {family}");
            let answer = waited(&world, family, &xml).await;
            findings.expect(&row, &answer.status.as_u16().to_string(), "400");
            findings.expect(&row, &format!("{:?}", reject(&answer.body).err()), "None");
            refusals.push(answer.body.to_vec());
        }
    }
    findings.settle();
    assert_valid(&refusals);
    assert_eq!(positions(&world).await[0], paid.to_string());
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}

/// Row X15: what the schema does not let through is no message; what the currency does not have is
/// refused for good. Never rounded, never guessed.
#[tokio::test(flavor = "multi_thread")]
async fn x15_amounts_that_are_none_are_refused() {
    let world = World::plain("").await;
    let before = positions(&world).await;
    let (mut findings, mut answers) = (Findings::default(), Vec::new());
    let rows = [
        ("100.001", "200 RJCT AM12"),
        ("1.00001", "200 RJCT AM12"),
        ("0", "200 RJCT AM01"),
        ("0.00", "200 RJCT AM01"),
        ("1.000001", "400"),
        ("1234567890123456789", "400"),
        ("12345678901234567.89", "400"),
        ("-1", "400"),
        ("-0.01", "400"),
        ("NaN", "400"),
        ("INF", "400"),
        ("1e2", "400"),
        ("0x64", "400"),
        ("1,00", "400"),
        ("1 000", "400"),
        ("", "400"),
        ("١٠٠", "400"),
    ];
    for (text, wanted) in rows {
        for (family, xml) in orders(&world) {
            let row = format!("X15 {text} in {family}");
            let answer = waited(&world, family, &xml.replace(AMOUNT, &format!(">{text}</"))).await;
            if wanted == "400" {
                findings.expect(&row, &answer.status.as_u16().to_string(), wanted);
                let place =
                    reject(&answer.body).map(|found| found.error_location.unwrap_or_default());
                let place = place.unwrap_or_else(|other| other);
                let named = place.ends_with("/InstdAmt") || place.ends_with("/IntrBkSttlmAmt");
                findings.expect(&row, &format!("{place} {named}"), &format!("{place} true"));
            } else {
                findings.expect(&row, &status(&answer), wanted);
            }
            answers.push(answer.body.to_vec());
        }
    }
    findings.settle();
    assert_valid(&answers);
    assert_eq!(positions(&world).await, before);
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}
