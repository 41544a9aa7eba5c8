//! Business headers through a whole payment: what came with one is answered with one, by every way
//! that an answer takes, and what came bare is answered bare.

use causeway_tests::world::World;
use causeway_toolkit::bank::{
    AccountRef, AgentRef, Envelope, IsoBank, Order, OrderOutcome, Submission, Told,
};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, HARBOUR_IBAN};
use iso20022::Message;

const PATIENCE_MS: u64 = 20_000;
/// What the toolkit writes.
const WRITTEN: &str = "head.001.001.02";
const VERSIONS: [&str; 4] =
    ["head.001.001.01", "head.001.001.02", "head.001.001.03", "head.001.001.04"];

/// An order to Harbour Bank in this envelope.
fn order(world: &World, envelope: Envelope) -> Order {
    let creditor = AccountRef::Iban(HARBOUR_IBAN.to_owned());
    Order {
        debtor_account: AccountRef::Iban(ALPINE_IBAN.to_owned()),
        creditor_agent: Some(AgentRef::Bic(world.players.harbour.bic().to_owned())),
        envelope,
        ..Order::new(CURRENCY, "1", creditor).unwrap()
    }
}

/// The order as a message of this family with a header of this version.
fn submission(bank: &IsoBank, order: &Order, family: &str, version: &str) -> Submission {
    let mut submission = match family {
        "pain.001" => Submission::pain_001(order, bank.bic()),
        _ => Submission::pacs_008(order, bank.bic()).unwrap(),
    };
    submission.xml = submission.xml.replace(WRITTEN, version);
    submission
}

/// The answer's header answers that of the order, and nothing in it is against schema or rules.
fn assert_answers(xml: &str, request: &Order, version: &str) {
    let inbound = iso20022::read(xml.as_bytes()).unwrap();
    assert_eq!(iso20022::inspect(xml.as_bytes()).findings, [], "{xml}");
    assert_eq!(inbound.wrapper.as_deref(), Some("BusinessMessage"));
    let header = inbound.header.as_ref().unwrap_or_else(|| panic!("bare: {xml}"));
    assert_eq!(header.name.as_str(), version);
    assert_eq!(header.message_definition, inbound.name.as_str());
    assert_eq!(header.to.bic.as_deref(), Some("ALPNDEFF"));
    assert_eq!(header.from.bic.as_deref(), Some("HRBRGB2L"));
    match &inbound.message {
        Message::PaymentStatusReport(report) => {
            assert_eq!(header.business_message_id, report.message_id);
        }
        Message::CustomerPaymentStatusReport(report) => {
            assert_eq!(header.business_message_id, report.message_id);
        }
        _ => assert_ne!(header.business_message_id, request.message_id),
    }
    let related = xml.split_once("<Rltd>").unwrap().1.split_once("</Rltd>").unwrap().0;
    assert!(related.starts_with("<Fr><FIId><FinInstnId><BICFI>ALPNDEFF<"), "{related}");
    let id = format!("<BizMsgIdr>{}</BizMsgIdr>", request.message_id);
    assert!(related.contains(&id), "{related}");
}

fn is_bare(xml: &str) -> bool {
    iso20022::read(xml.as_bytes()).unwrap().wrapper.is_none() && !xml.contains("AppHdr")
}

async fn asked(bank: &IsoBank, location: &str) -> String {
    bank.order_status(location).await.unwrap().text()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_a_header_is_answered_with_one_in_every_way() {
    let world = World::start().await;
    let alpine = &world.players.alpine;
    for family in ["pain.001", "pacs.008"] {
        for version in VERSIONS {
            let order = order(&world, Envelope::BusinessMessage);
            let submission = submission(alpine, &order, family, version).waiting(Some(20));
            let first = alpine.submit(&submission).await.unwrap();
            assert_eq!(first.status, 200);
            assert!(first.text().contains("ACSC"), "{}", first.text());
            assert_answers(&first.text(), &order, version);
            let again = alpine.submit(&submission).await.unwrap();
            assert_eq!(again.text(), first.text(), "the same bytes again");
            let later = alpine.submit(&submission.clone().waiting(None)).await.unwrap();
            assert_eq!(later.status, 202);
            let location = later.header("location").unwrap();
            assert_eq!(asked(alpine, location).await, first.text(), "GET of the order");
        }
    }
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_posted_has_a_header_if_the_order_had_one() {
    let world = World::start().await;
    let alpine = &world.players.alpine;
    for envelope in [Envelope::BusinessMessage, Envelope::Bare] {
        for family in ["pain.001", "pacs.008"] {
            let order = order(&world, envelope);
            let outcome: OrderOutcome = match family {
                "pain.001" => alpine.pay_pain_001(&order, None, PATIENCE_MS).await.unwrap(),
                _ => alpine.pay_pacs_008(&order, None, PATIENCE_MS).await.unwrap(),
            };
            assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{}", outcome.xml);
            assert_eq!(outcome.told, Told::Push);
            match envelope {
                Envelope::BusinessMessage => assert_answers(&outcome.xml, &order, WRITTEN),
                Envelope::Bare => assert!(is_bare(&outcome.xml), "{}", outcome.xml),
            }
            let location = outcome.location.as_deref().unwrap();
            assert_eq!(asked(alpine, location).await, outcome.xml);
        }
    }
    // What we send of our own accord is bare, and what is said of it.
    for message in world.players.harbour.received() {
        assert!(is_bare(&message.text()), "{}", message.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_bare_is_answered_bare_and_the_first_of_two_decides() {
    let world = World::start().await;
    let alpine = &world.players.alpine;
    let bare = order(&world, Envelope::Bare);
    let with = Order { envelope: Envelope::BusinessMessage, ..bare.clone() };
    let first = alpine.pay_pacs_008(&bare, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(first.status.as_deref(), Some("ACSC"), "{}", first.xml);
    assert!(is_bare(&first.xml), "{}", first.xml);
    let again = alpine.pay_pacs_008(&with, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(again.xml, first.xml, "one order, one answer");
    // Refused, and refused again.
    let other = Order { amount: "2".to_owned(), ..bare };
    let refused = alpine.pay_pacs_008(&other, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(refused.reason.as_deref(), Some("AM05"), "{}", refused.xml);
    assert!(is_bare(&refused.xml), "{}", refused.xml);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_a_header_like_any_other_status() {
    let world = World::start().await;
    let alpine = &world.players.alpine;
    let paid = order(&world, Envelope::BusinessMessage);
    let outcome = alpine.pay_pacs_008(&paid, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{}", outcome.xml);
    // Not read into the order, and a term all the same.
    let unread = "<InstrForNxtAgt><InstrInf>by hand</InstrInf></InstrForNxtAgt>";
    let more = submission(alpine, &paid, "pacs.008", WRITTEN);
    let xml = more.xml.replace("</CdtrAcct>", &format!("</CdtrAcct>{unread}"));
    assert_ne!(xml, more.xml);
    let more = Submission { xml, ..more }.waiting(Some(20));
    let refused = alpine.submit(&more).await.unwrap().text();
    assert!(refused.contains("<Cd>AM05</Cd>"), "{refused}");
    assert_answers(&refused, &paid, WRITTEN);
    assert_eq!(alpine.submit(&more).await.unwrap().text(), refused, "the same bytes again");
    // A number means nothing without its agent: nobody else who has it is paid.
    let number = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{BLUE_NUMBER}") };
    let nobody = Some(AgentRef::Bic("NBDYFRPP".to_owned()));
    let fresh = order(&world, Envelope::Bare);
    let order = Order { creditor_account: number, creditor_agent: nobody, ..fresh };
    let refused = alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(refused.reason.as_deref(), Some("RC04"), "{}", refused.xml);
    assert_eq!(world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_with_a_header_if_it_had_one() {
    let world = World::start().await;
    let alpine = &world.players.alpine;
    for version in VERSIONS {
        let order = order(&world, Envelope::BusinessMessage);
        let whole = submission(alpine, &order, "pacs.008", version);
        for (status, from, to) in [
            (400, "<ChrgBr>SLEV", "<ChrgBr>NONE"),
            (400, "</CdtTrfTxInf>", ""),
            (400, "<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.008.001.02"),
            (403, "<InstgAgt><FinInstnId><BICFI>ALPNDEFF", "<InstgAgt><FinInstnId><BICFI>HRBRGB2L"),
        ] {
            assert!(whole.xml.contains(from), "{from}");
            let xml = whole.xml.replace(from, to);
            let answer = alpine.submit(&Submission::new("pacs.008", xml)).await.unwrap();
            assert_eq!(answer.status, status, "{}", answer.text());
            assert!(answer.text().contains("admi.002.001.01"), "{}", answer.text());
            assert_answers(&answer.text(), &order, version);
        }
        // To another family's URL.
        let answer = alpine.submit(&Submission::new("pain.001", &whole.xml)).await.unwrap();
        assert_eq!(answer.status, 400);
        assert_answers(&answer.text(), &order, version);
    }
    let bare = order(&world, Envelope::Bare).pacs_008(alpine.bic()).unwrap();
    let xml = bare.replace("<ChrgBr>SLEV", "<ChrgBr>NONE");
    let answer = alpine.submit(&Submission::new("pacs.008", xml)).await.unwrap();
    assert_eq!(answer.status, 400);
    assert!(is_bare(&answer.text()), "{}", answer.text());
}
