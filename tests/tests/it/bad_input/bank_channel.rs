//! The table of CONTRACTS §1, row by row: what a bank is answered, over the socket.

use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, AgentRef, Envelope, IsoBank, Order};
use causeway_toolkit::http::{HttpClient, HttpRequest, HttpResponse};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, HARBOUR_IBAN};
use http::Method;

use super::{
    Findings, PATIENCE_MS, assert_valid, order, positions, reject, settled_books, still_pays, uuid,
};

const XML: &str = "application/xml";

async fn post(world: &World, family: &str, headers: &[(&str, &str)], xml: &str) -> HttpResponse {
    let url = format!("{}/iso20022/{family}", world.channel());
    let mut request = HttpRequest::new(Method::POST, url).body(xml.to_owned());
    for (name, value) in headers {
        request = request.header(name, value).unwrap();
    }
    HttpClient::new().send(request).await.unwrap()
}

/// The answer to a message for whose end its bank waits.
pub(super) async fn waited(world: &World, family: &str, xml: &str) -> HttpResponse {
    post(world, family, &[("content-type", XML), ("prefer", "wait=20")], xml).await
}

/// The text of the first element of that name.
fn text_of(xml: &str, name: &str) -> String {
    let rest = xml.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
    rest.split('<').next().unwrap_or_default().to_owned()
}

/// `200 RJCT AM05`: status, TxSts and its reason, or the group's.
pub(super) fn status(answer: &HttpResponse) -> String {
    let text = answer.text();
    let found = ["TxSts", "PmtInfSts", "GrpSts"].map(|name| text_of(&text, name));
    let status = found.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    let reason = text_of(&text, "Cd");
    format!("{} {status} {reason}", answer.status.as_u16()).trim_end().to_owned()
}

fn pain(bank: &IsoBank, order: &Order) -> String {
    order.pain_001(bank.bic())
}

/// An order from Alpine Bank's customer to Harbour Bank's.
fn interbank(world: &World) -> Order {
    let harbour = AgentRef::Bic(world.players.harbour.bic().to_owned());
    let creditor_account = AccountRef::Iban(HARBOUR_IBAN.to_owned());
    Order { creditor_account, creditor_agent: Some(harbour), ..order("1") }
}

fn pacs(world: &World, order: &Order) -> String {
    order.pacs_008(world.players.alpine.bic()).unwrap()
}

/// pacs.002 of `bic` to something that nobody sent.
fn unmatched(bic: &str) -> String {
    let now = causeway_toolkit::clock::date_time(causeway_toolkit::clock::now_epoch_ms());
    let uetr = uuid();
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"><FIToFIPmtStsRpt>\
         <GrpHdr><MsgId>S1</MsgId><CreDtTm>{now}</CreDtTm><InstgAgt><FinInstnId><BICFI>{bic}</BICFI>\
         </FinInstnId></InstgAgt></GrpHdr><TxInfAndSts><OrgnlUETR>{uetr}</OrgnlUETR>\
         <TxSts>ACSC</TxSts></TxInfAndSts></FIToFIPmtStsRpt></Document>"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_for_this_channel_is_refused_with_admi_002() {
    let world = World::plain("").await;
    let before = positions(&world).await;
    let alpine = &world.players.alpine;
    let pain = || pain(alpine, &order("1"));
    let wrapped = Order { envelope: Envelope::BusinessMessage, ..interbank(&world) };
    let changed = |xml: String, from: &str, to: &str| {
        let changed = xml.replace(from, to);
        assert_ne!(xml, changed);
        changed
    };
    let header = |from: &str, to: &str| changed(pacs(&world, &wrapped), from, to);
    let order = |from: &str, to: &str| changed(pain(), from, to);
    let version = |version: &str| order("pain.001.001.09", version);
    let include = "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/>";
    let include = order("<NbOfTxs>", &format!("{include}<NbOfTxs>"));
    let unnamed = order("MsgId>", "MsgIdx>");
    let renamed = header("<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.008.001.02");
    let header_version = header("head.001.001.02", "head.001.001.99");
    let (pain_001, pacs_002) = ("pain.001", "pacs.002");
    let rows = [
        ("JSON", "application/json", pain_001, pain(), 415, ""),
        ("plain text", "text/plain", pain_001, pain(), 415, ""),
        ("a media type that begins so", "application/xmlx", pain_001, pain(), 415, ""),
        ("a form", "multipart/form-data; boundary=x", pain_001, pain(), 415, ""),
        ("no media type", "", pain_001, pain(), 415, ""),
        ("another family's path", XML, "pacs.008", pain(), 400, ""),
        ("an unknown path", XML, "camt.053", pain(), 400, ""),
        ("X09 the version before", XML, pain_001, version("pain.001.001.08"), 400, "/"),
        ("X09 the version after", XML, pain_001, version("pain.001.001.99"), 400, "/"),
        ("X09 a family not taken", XML, pain_001, version("camt.053.001.08"), 400, "/"),
        ("X09 no ISO namespace", XML, pain_001, order("urn:iso:", "urn:oso:"), 400, "/"),
        ("X11 XInclude", XML, pain_001, include, 400, "/Document/CstmrCdtTrfInitn/GrpHdr"),
        ("no MsgId", XML, pain_001, unnamed, 400, "/Document/CstmrCdtTrfInitn/GrpHdr"),
        ("BAH of another message", XML, "pacs.008", renamed, 400, "/"),
        ("BAH against its schema", XML, "pacs.008", header("<To>", "<To x=\"1\">"), 400, "/"),
        ("BAH of an unknown version", XML, "pacs.008", header_version, 400, "/"),
        ("pacs.002 that matches nothing", XML, pacs_002, unmatched(alpine.bic()), 400, ""),
        ("pacs.002 of nobody", XML, pacs_002, unmatched("NBDYDEFF"), 403, ""),
    ];
    let (mut findings, mut answers) = (Findings::default(), Vec::new());
    for (row, media, family, xml, wanted, place) in rows {
        let headers = if media.is_empty() { vec![] } else { vec![("content-type", media)] };
        let answer = post(&world, family, &headers, &xml).await;
        findings.expect(row, &answer.status.as_u16().to_string(), &wanted.to_string());
        match reject(&answer.body) {
            Ok(reject) => {
                let location = reject.error_location.unwrap_or_default();
                let start: String = location.chars().take(place.len()).collect();
                findings.expect(row, &start, place);
                let mend = reject.description.unwrap_or_default();
                findings.expect(row, &format!("mend {}", mend.len() > 10), "mend true");
            }
            Err(other) => findings.expect(row, &other, "admi.002"),
        }
        answers.push(answer.body.to_vec());
    }
    findings.settle();
    assert_valid(&answers);
    assert_eq!(positions(&world).await, before);
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_speaks_for_itself_alone() {
    let world = World::plain("").await;
    let before = positions(&world).await;
    let (alpine, harbour) = (world.players.alpine.bic(), world.players.harbour.bic());
    let wrapped = || Order { envelope: Envelope::BusinessMessage, ..interbank(&world) };
    let agent = |element: &str, bic: &str| format!("<{element}><FinInstnId><BICFI>{bic}</BICFI>");
    let from = |bic: &str| format!("<Fr><FIId><FinInstnId><BICFI>{bic}</BICFI>");
    let instructing = |bic: &str| agent("InstgAgt", bic);
    let group = |xml: String, bic: &str| xml.replacen(&instructing(alpine), &instructing(bic), 1);
    let debtor =
        |xml: String, bic: &str| xml.replace(&agent("DbtrAgt", alpine), &agent("DbtrAgt", bic));
    let header = |xml: String, bic: &str| xml.replace(&from(alpine), &from(bic));
    let pain = || wrapped().pain_001(alpine);
    let pacs = || pacs(&world, &wrapped());
    let rows = [
        ("pain.001, Fr of another bank", "pain.001", header(pain(), harbour)),
        ("pain.001, Fr of nobody", "pain.001", header(pain(), "NBDYDEFF")),
        ("pain.001, DbtrAgt of another bank", "pain.001", debtor(pain(), harbour)),
        ("pain.001, DbtrAgt of nobody", "pain.001", debtor(pain(), "NBDYDEFF")),
        (
            "pain.001 bare, DbtrAgt of nobody",
            "pain.001",
            debtor(order("1").pain_001(alpine), "NBDYDEFF"),
        ),
        ("pacs.008, Fr of another bank", "pacs.008", header(pacs(), harbour)),
        ("pacs.008, Fr of nobody", "pacs.008", header(pacs(), "NBDYDEFF")),
        ("pacs.008, InstgAgt of another bank", "pacs.008", group(pacs(), harbour)),
        ("pacs.008, InstgAgt of nobody", "pacs.008", group(pacs(), "NBDYDEFF")),
    ];
    let (mut findings, mut answers) = (Findings::default(), Vec::new());
    for (row, family, xml) in rows {
        let answer = post(&world, family, &[("content-type", XML)], &xml).await;
        findings.expect(row, &answer.status.as_u16().to_string(), "403");
        let reject = reject(&answer.body);
        findings.expect(row, &format!("{:?}", reject.as_ref().err()), "None");
        let about = reject.map(|reject| reject.related_reference).unwrap_or_default();
        findings.expect(row, &about, &text_of(&xml, "MsgId"));
        answers.push(answer.body.to_vec());
    }
    for (family, xml) in [("pain.001", pain()), ("pacs.008", pacs())] {
        let answer = waited(&world, family, &xml).await;
        findings.expect("control", &status(&answer), "200 ACSC");
    }
    findings.settle();
    assert_valid(&answers);
    assert_ne!(positions(&world).await, before);
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_a_final_rjct() {
    let world = World::plain("").await;
    let before = positions(&world).await;
    let alpine = &world.players.alpine;
    let pain = || pain(alpine, &order("1"));
    let pacs = || pacs(&world, &interbank(&world));
    let twice = |xml: String| {
        let start = xml.find("<CdtTrfTxInf>").unwrap();
        let end = xml.find("</CdtTrfTxInf>").unwrap() + "</CdtTrfTxInf>".len();
        let second = xml[start..end].replace("<EndToEndId>", "<EndToEndId>2");
        let second = second.replace(&text_of(&xml, "UETR"), &uuid());
        let both = format!("{}{second}{}", &xml[..end], &xml[end..]);
        both.replace("<NbOfTxs>1<", "<NbOfTxs>2<")
    };
    let tomorrow = causeway_toolkit::clock::now_epoch_ms() + 2 * 86_400_000;
    let tomorrow = &causeway_toolkit::clock::date_time(tomorrow)[..10];
    let later = |xml: String| {
        let today = text_of(&xml, "Dt");
        xml.replace(&format!("<Dt>{today}<"), &format!("<Dt>{tomorrow}<"))
    };
    let rows = [
        ("X16 two transactions", "pain.001", twice(pain()), "200 RJCT NARR"),
        ("X16 two transactions", "pacs.008", twice(pacs()), "200 RJCT NARR"),
        (
            "X16 another number of them",
            "pacs.008",
            pacs().replace("<NbOfTxs>1<", "<NbOfTxs>2<"),
            "200 RJCT AM18",
        ),
        ("a later day", "pain.001", later(pain()), "200 RJCT DT01"),
        (
            "X15 five digits",
            "pain.001",
            pain().replace(">1</InstdAmt>", ">1.00001</InstdAmt>"),
            "200 RJCT AM12",
        ),
        (
            "X17 IBAN",
            "pain.001",
            pain().replace(ALPINE_IBAN, "DE88370400440532013000"),
            "200 RJCT AC01",
        ),
        (
            "X17 IBAN of the creditor",
            "pacs.008",
            pacs().replace(HARBOUR_IBAN, "GB81WEST12345698765432"),
            "200 RJCT AC01",
        ),
    ];
    refused_for_good(&world, &rows).await;
    assert_eq!(positions(&world).await, before);
    still_pays(&world).await;
}

/// Each row's message is answered with its status, final and valid.
async fn refused_for_good(world: &World, rows: &[(&str, &str, String, &str)]) {
    let (mut findings, mut answers) = (Findings::default(), Vec::new());
    for (row, family, xml, wanted) in rows {
        let answer = waited(world, family, xml).await;
        let row = format!("{row} in {family}");
        findings.expect(&row, &status(&answer), wanted);
        let applied = answer.header("preference-applied").unwrap_or_default();
        findings.expect(&row, applied, "wait=20");
        let name = if *family == "pain.001" { "pain.002.001.10" } else { "pacs.002.001.10" };
        let read = iso20022::read(&answer.body).map(|read| read.name.as_str().to_owned());
        findings.expect(&row, &read.unwrap_or_default(), name);
        answers.push(answer.body.to_vec());
    }
    findings.settle();
    assert_valid(&answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_header_and_sums_say_wrongly_is_a_final_rjct() {
    let world = World::plain("").await;
    let before = positions(&world).await;
    let alpine = &world.players.alpine;
    let pacs = || pacs(&world, &interbank(&world));
    let wrapped = || {
        let order = Order { envelope: Envelope::BusinessMessage, ..interbank(&world) };
        order.pacs_008(alpine.bic()).unwrap()
    };
    let rows = [
        (
            "BizMsgIdr of another message",
            "pacs.008",
            wrapped().replace("<BizMsgIdr>", "<BizMsgIdr>X"),
            "200 RJCT FF01",
        ),
        (
            "CreDt of the header without an offset",
            "pacs.008",
            wrapped().replace("Z</CreDt>", "</CreDt>"),
            "200 RJCT DT01",
        ),
        (
            "control sum",
            "pacs.008",
            pacs().replace("</NbOfTxs>", "</NbOfTxs><CtrlSum>1.01</CtrlSum>"),
            "200 RJCT AM10",
        ),
    ];
    refused_for_good(&world, &rows).await;
    assert_eq!(positions(&world).await, before);
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_order_is_located_and_asked_for() {
    let world = World::plain("").await;
    let alpine = &world.players.alpine;
    let mut findings = Findings::default();
    let unusual =
        ["", "wait", "wait=x", "wait=0", "wait=-1", "wait=121", "wait=1e1", "respond-async"];
    for prefer in unusual {
        let order = order("1");
        let headers = [("content-type", "application/xml; charset=utf-8"), ("prefer", prefer)];
        let answer = post(&world, "pain.001", &headers, &pain(alpine, &order)).await;
        let row = format!("Prefer: {prefer}");
        findings.expect(&row, &answer.status.as_u16().to_string(), "202");
        findings.expect(&row, &answer.text(), "");
        findings.expect(&row, answer.header("preference-applied").unwrap_or_default(), "");
        let effective = answer.header("fspiop-timeout-effective").unwrap_or_default();
        let is_number = effective.parse::<u64>().is_ok_and(|ms| (1..=600_000).contains(&ms));
        findings.expect(&row, &format!("effective {is_number}"), "effective true");
        let location = answer.header("location").unwrap_or_default().to_owned();
        findings.expect(&row, location.get(..17).unwrap_or_default(), "/iso20022/orders/");
        alpine.await_final(&order, PATIENCE_MS).await.unwrap();
        findings.expect(&row, &status(&alpine.order_status(&location).await.unwrap()), "200 ACSC");
    }
    let mut answers = Vec::new();
    for id in [uuid(), "x".to_owned(), "..".to_owned(), "%00".to_owned(), "1".repeat(5_000)] {
        let url = format!("{}/iso20022/orders/{id}", world.channel());
        let answer = HttpClient::new().send(HttpRequest::new(Method::GET, url)).await.unwrap();
        let row = format!("GET order {id:.40}");
        findings.expect(&row, &answer.status.as_u16().to_string(), "404");
        findings.expect(&row, &format!("{:?}", reject(&answer.body).err()), "None");
        answers.push(answer.body.to_vec());
    }
    findings.settle();
    assert_valid(&answers);
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_what_its_ids_say_once() {
    let world = World::plain("").await;
    let (alpine, harbour) = (&world.players.alpine, &world.players.harbour);
    let mut findings = Findings::default();
    let first = order("7");
    let xml = pain(alpine, &first);
    let paid = waited(&world, "pain.001", &xml).await;
    findings.expect("first", &status(&paid), "200 ACSC");
    let again = waited(&world, "pain.001", &xml).await;
    findings.expect("same bytes", &again.text(), &paid.text());
    let spaced = waited(&world, "pain.001", &xml.replace("><", ">\n  <")).await;
    findings.expect("same order, other blanks", &spaced.text(), &paid.text());
    let unwaited = post(&world, "pain.001", &[("content-type", XML)], &xml).await;
    findings.expect("same bytes, nobody waits", &status(&unwaited), "202");
    let location = unwaited.header("location").unwrap_or_default().to_owned();
    let asked = alpine.order_status(&location).await.unwrap();
    findings.expect("asked for", &asked.text(), &paid.text());
    let changes = [
        ("amount", xml.replace(">7</InstdAmt>", ">7.5</InstdAmt>")),
        ("creditor", xml.replace("Bright Mwale", "Bright Okello")),
        ("creditor's number", xml.replace("254700000001", BLUE_NUMBER)),
    ];
    let mut answers = vec![paid.body.to_vec()];
    for (row, changed) in changes {
        assert_ne!(changed, xml);
        let answer = waited(&world, "pain.001", &changed).await;
        findings.expect(&format!("AM05 another {row}"), &status(&answer), "200 RJCT AM05");
        answers.push(answer.body.to_vec());
    }
    let mut foreign = Order { uetr: first.uetr.clone(), ..order("7") };
    foreign.debtor_account = AccountRef::Iban(HARBOUR_IBAN.to_owned());
    let answer = waited(&world, "pain.001", &pain(harbour, &foreign)).await;
    findings.expect("DU03 another bank", &status(&answer), "200 RJCT DU03");
    answers.push(answer.body.to_vec());
    // Whoever asks learns nothing new: the order stands as it stood.
    let asked = alpine.order_status(&location).await.unwrap();
    findings.expect("asked for at the end", &asked.text(), &paid.text());
    findings.expect("paid once", &positions(&world).await[0], "7");
    findings.settle();
    assert_valid(&answers);
    still_pays(&world).await;
}
