//! What the hub originates, byte by byte.

use causeway_translate::FspiopRequest;
use causeway_translate::effect::{lookup_error, originated, participant_found, quote_error};
use causeway_translate::party::PartyKey;
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::identifiers::PartyIdType;
use fspiop::version::Resource;
use switch::{
    About, Confirmation, Effect, ExternalState, Fulfilment, Money, ParticipantName, Refusal,
    ReportedError, Timestamp, TransferId,
};

use crate::support::START_MS;

const ID: &str = "0195f0c0-0000-4000-8000-00000000abcd";
const FULFILMENT: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

fn name(text: &str) -> ParticipantName {
    text.parse().unwrap()
}

fn about() -> About {
    About {
        id: TransferId(0x0195f0c0_0000_4000_8000_00000000abcd),
        spelling: ID.to_owned(),
        payer: name("payer"),
        payee: name("payee"),
        money: Money::amount("1", "EUR".parse().unwrap()).unwrap(),
        expiration: Timestamp(START_MS),
        expires_at: Timestamp(START_MS),
    }
}

/// `PUT /transfers/1 >payer {...}`
fn shown(request: Option<FspiopRequest>) -> String {
    let Some(request) = request else { return "-".to_owned() };
    let body = request.body.map(|body| String::from_utf8(body).unwrap()).unwrap_or_default();
    let to = request.destination.unwrap_or_default();
    let target = request.target.replace(ID, "1");
    format!("{} {target} >{to} {body}", request.method).trim().replace(FULFILMENT, "F")
}

#[test]
fn every_effect_has_its_message() {
    let at = Timestamp(START_MS + 7);
    let payer = || name("payer");
    let payee = || name("payee");
    let fulfilment = Fulfilment([7; 32]);
    let reported =
        ReportedError { code: 5104, description: "no".to_owned(), extensions: Vec::new() };
    let confirm = |confirmation| Effect::ConfirmToPayee {
        to: payee(),
        about: about(),
        confirmation,
        completed_at: at,
    };
    let state = |state, fulfilment, completed_at| Effect::StateTo {
        to: payer(),
        about: about(),
        state,
        fulfilment,
        completed_at,
    };
    let error =
        |refusal| Effect::Error { to: payer(), id: about().id, spelling: ID.to_owned(), refusal };
    let table = [
        (Effect::ForwardPrepare { to: payee(), about: about() }, "-"),
        (Effect::ForwardFulfil { to: payer(), about: about(), resent: false }, "-"),
        (Effect::ForwardAbort { to: payer(), about: about(), error: reported, resent: true }, "-"),
        (Effect::SupersedePrepare { to: payee(), id: about().id }, "-"),
        (
            Effect::NotifyCommitted { to: payer(), about: about(), fulfilment, completed_at: at },
            r#"PUT /transfers/1 >payer {"completedTimestamp":"2026-11-20T10:00:00.007Z","fulfilment":"F","transferState":"COMMITTED"}"#,
        ),
        (
            confirm(Confirmation::Committed),
            r#"PATCH /transfers/1 >payee {"completedTimestamp":"2026-11-20T10:00:00.007Z","transferState":"COMMITTED"}"#,
        ),
        (
            confirm(Confirmation::Aborted { cause: None }),
            r#"PATCH /transfers/1 >payee {"completedTimestamp":"2026-11-20T10:00:00.007Z","transferState":"ABORTED"}"#,
        ),
        (
            confirm(Confirmation::Aborted { cause: Some(Refusal::InvalidFulfilment) }),
            r#"PATCH /transfers/1 >payee {"completedTimestamp":"2026-11-20T10:00:00.007Z","extensionList":{"extension":[{"key":"cause","value":"3100: Generic validation error - invalid fulfilment"}]},"transferState":"ABORTED"}"#,
        ),
        (
            state(ExternalState::Reserved, None, None),
            r#"PUT /transfers/1 >payer {"transferState":"RESERVED"}"#,
        ),
        (
            state(ExternalState::Aborted, None, Some(at)),
            r#"PUT /transfers/1 >payer {"completedTimestamp":"2026-11-20T10:00:00.007Z","transferState":"ABORTED"}"#,
        ),
        (
            state(ExternalState::Committed, Some(fulfilment), Some(at)),
            r#"PUT /transfers/1 >payer {"completedTimestamp":"2026-11-20T10:00:00.007Z","fulfilment":"F","transferState":"COMMITTED"}"#,
        ),
        (
            error(Refusal::TransferExpired),
            r#"PUT /transfers/1/error >payer {"errorInformation":{"errorCode":"3303","errorDescription":"Transfer expired"}}"#,
        ),
        (
            error(Refusal::NetDebitCap),
            r#"PUT /transfers/1/error >payer {"errorInformation":{"errorCode":"4200","errorDescription":"Payer limit error - the net debit cap would be passed"}}"#,
        ),
        (Effect::PollForwarded { to: payee(), about: about() }, "GET /transfers/1 >payee"),
    ];
    for (effect, expected) in table {
        assert_eq!(shown(originated(&effect)), expected, "{effect:?}");
    }
}

#[test]
fn lookups_and_quotes_have_their_errors() {
    let party = PartyKey {
        id_type: PartyIdType::Alias,
        identifier: "a b/ü+@".to_owned(),
        sub_id: Some("s".to_owned()),
    };
    let error = ErrorInformation::of(ErrorCode::PartyNotFound);
    let not_found =
        r#"{"errorInformation":{"errorCode":"3204","errorDescription":"Party not found"}}"#;
    assert_eq!(
        shown(Some(lookup_error("dfsp1", Resource::Parties, &party, &error))),
        format!("PUT /parties/ALIAS/a%20b%2F%C3%BC+@/s/error >dfsp1 {not_found}")
    );
    assert_eq!(
        shown(Some(quote_error("dfsp1", ID, &error))),
        format!("PUT /quotes/1/error >dfsp1 {not_found}")
    );
    assert_eq!(
        shown(Some(participant_found("dfsp1", &party, "bank1"))),
        r#"PUT /participants/ALIAS/a%20b%2F%C3%BC+@/s >dfsp1 {"fspId":"bank1"}"#
    );
}
