//! The journey of a bank's order: a row an event, last column the actions. Between every two rows the
//! order goes through the store.

use causeway_translate::BankRecord;
use causeway_translate::order::{Action, Event, Opened, Order, Sent};
use fspiop::amount::{Amount, Currency, Money};
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::ilp::{Fulfilment, Secret, Terms, Version};
use fspiop::json::{self, ObjectWriter, Value};
use fspiop::party::{PartiesPut, Party};
use fspiop::quote::QuotesPut;
use fspiop::time::DateTime;
use fspiop::transfer::{IlpPacketText, TransferState, TransfersPut};

use crate::support::{self, PACS_008, PAIN_001, START_MS, bank, open_for, rows, through_store};

/// The payee's side and the hub of these tables.
pub struct World {
    pub order: Order,
    /// The quote that was asked for.
    quote: Option<Value>,
    fulfilment: Option<Fulfilment>,
}

impl World {
    pub fn open(bank: &BankRecord, xml: &str) -> (Self, Vec<Action>) {
        let (order, actions) = match open_for(bank, xml) {
            Opened::Accepted(order, actions) => (order, actions),
            Opened::Refused(order) => {
                let report = Box::new(order.report());
                (order, vec![Action::Report { is_final: true, report }])
            }
        };
        let mut world = Self { order: *order, quote: None, fulfilment: None };
        world.watch(&actions);
        (world, actions)
    }

    pub fn step(&mut self, event: &Event, now_ms: i64) -> Vec<Action> {
        self.order = through_store(&self.order);
        let actions = self.order.step(event, now_ms);
        self.watch(&actions);
        actions
    }

    fn watch(&mut self, actions: &[Action]) {
        for action in actions {
            if let Action::Send(Sent::Quote, request) = action {
                self.quote = Some(json::parse(request.body.as_deref().unwrap()).unwrap());
            }
        }
    }

    /// `party dfsp1`, `quote 100.5 EUR v4`, `state COMMITTED`, `failed transfer left 1001`, ...
    pub fn event(&mut self, text: &str, now_ms: i64) -> Event {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["party", fsp] => self.party(fsp, None),
            ["party", fsp, other] => self.party(fsp, Some(other)),
            ["party-error", code] => Event::PartyError(error(code)),
            ["quote", amount, currency, rest @ ..] => self.quote(amount, currency, rest, now_ms),
            ["quote-error", code] => Event::QuoteError(error(code)),
            ["state", state, rest @ ..] => self.state(state, rest),
            ["error", code] => Event::TransferError(error(code)),
            ["error", code, stage] => {
                Event::TransferError(error(code).with_extension("timeoutStage", *stage))
            }
            ["failed", request, left, code] => Event::SendFailed {
                request: match *request {
                    "lookup" => Sent::Lookup,
                    "quote" => Sent::Quote,
                    "transfer" => Sent::Transfer,
                    _ => Sent::Ask,
                },
                may_have_left: *left == "left",
                error: error(code),
            },
            ["deadline"] => Event::Deadline,
            ["restarted"] => Event::Restarted,
            ["asked"] => Event::StatusAsked,
            _ => panic!("no event: {text}"),
        }
    }

    fn party(&self, fsp: &str, other: Option<&str>) -> Event {
        let mut key = self.order.awaited_party().cloned().unwrap_or_else(|| {
            serde_json::from_str(
                r#"{"id_type":"MSISDN","identifier":"491701234567","sub_id":null}"#,
            )
            .unwrap()
        });
        if let Some(other) = other {
            key.identifier = other.to_owned();
        }
        let info = key.id_info((fsp != "-").then_some(fsp)).unwrap();
        let party = Party { name: Some("Ana P.".to_owned()), ..Party::of(info) };
        Event::Party(Box::new(PartiesPut { party }))
    }

    fn quote(&mut self, amount: &str, currency: &str, rest: &[&str], now_ms: i64) -> Event {
        let money = |amount: &str| Money {
            amount: Amount::parse(amount).unwrap(),
            currency: Currency::parse(currency).unwrap(),
        };
        let after = |word: &str| {
            let at = rest.iter().position(|known| *known == word)?;
            rest.get(at + 1).copied()
        };
        let transfer_amount = money(amount);
        let left_ms: i64 = after("expires").map_or(60_000, |ms| ms.parse().unwrap());
        let expiration = DateTime::from_epoch_ms(now_ms + left_ms).unwrap();
        let response = ObjectWriter::default()
            .with("transferAmount", &transfer_amount)
            .with("expiration", &expiration)
            .finish();
        let request = self.quote.clone().unwrap_or_else(placeholder);
        let version = if rest.contains(&"v4") { Version::V4 } else { Version::V1 };
        let secret = Secret::new(b"a secret of the payee");
        let mut sealed = secret.seal(version, &Terms::of_quote(&request, &response)).unwrap();
        if rest.contains(&"other-condition") {
            sealed.condition = Fulfilment([7; 32]).condition();
        }
        self.fulfilment = Some(sealed.fulfilment);
        Event::Quote(Box::new(QuotesPut {
            transfer_amount,
            payee_receive_amount: after("receives").map(money),
            payee_fsp_fee: after("fee").map(money),
            payee_fsp_commission: None,
            expiration,
            geo_code: None,
            ilp_packet: IlpPacketText::parse(&sealed.packet).unwrap(),
            condition: sealed.condition,
            extensions: Vec::new(),
        }))
    }

    fn state(&self, state: &str, rest: &[&str]) -> Event {
        let fulfilment = match rest {
            ["wrong"] => Some(Fulfilment([9; 32])),
            ["bare"] => None,
            _ => self.fulfilment,
        };
        Event::TransferState(Box::new(TransfersPut {
            fulfilment: fulfilment.filter(|_| state == "COMMITTED"),
            completed_timestamp: None,
            transfer_state: TransferState::parse(state).unwrap(),
            extensions: Vec::new(),
        }))
    }
}

/// Terms for a quote that nobody asked for.
fn placeholder() -> Value {
    json::parse(
        br#"{"quoteId":"1","transactionId":"1","transactionType":{},"payer":{"partyIdInfo":{"fspId":"bank1"}},
        "payee":{"partyIdInfo":{"fspId":"dfsp1","partyIdType":"MSISDN","partyIdentifier":"1"}}}"#,
    )
    .unwrap()
}

pub fn error(code: &str) -> ErrorInformation {
    ErrorInformation::of(ErrorCode::from_number(code.parse().unwrap()).unwrap())
}

/// `GET /parties/MSISDN/1 <3000; wake 3000`: times are milliseconds from the start.
pub fn shown(actions: &[Action]) -> String {
    let one = |action: &Action| match action {
        Action::Send(_, request) => {
            let until_ms = request.until_ms.map_or(-1, |until_ms| until_ms - START_MS);
            let to = request.destination.as_deref().unwrap_or("?");
            let target = request.target.replace("00000000-0000-4000-8000-000000000008", "8");
            format!("{} {target} >{to} <{until_ms}", request.method)
        }
        Action::Report { is_final, report } => {
            let code = report.status.code();
            let code = code.as_str();
            let reason = report.reason.as_ref().map_or("", |reason| reason.code.as_str());
            format!("{}{code} {reason}", if *is_final { "" } else { "interim " }).trim().to_owned()
        }
        Action::WakeAt(at_ms) => format!("wake {}", at_ms - START_MS),
        Action::Reconcile(item) => format!("item {item:?}"),
        Action::Ignore(why) => format!("- {why:?}"),
    };
    actions.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Plays a table against an order; panics with the whole table as it went.
fn play(bank: &BankRecord, xml: &str, table: &str) {
    let table = rows::<3>(table);
    let (mut world, first) = World::open(bank, xml);
    let own = world.order.id().uuid();
    let mut differs = false;
    let mut went = String::new();
    let mut first = Some(first);
    for [at, event, expected] in table {
        let now_ms = START_MS + at.parse::<i64>().unwrap();
        let actions = match first.take() {
            Some(actions) => actions,
            None => {
                let event = world.event(event, now_ms);
                world.step(&event, now_ms)
            }
        };
        let got = shown(&actions).replace(&own, "8");
        differs |= got != expected;
        went.push_str(&format!("        {at:>6} | {event:<36} | {got}\n"));
    }
    assert!(!differs, "it went:\n{went}");
}

#[test]
fn a_customers_order_is_looked_up_quoted_and_paid() {
    play(
        &bank(),
        PAIN_001,
        "
             0 | open            | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
           300 | party dfsp1     | POST /quotes >dfsp1 <5300; wake 5300
           700 | quote 100.5 EUR | POST /transfers >dfsp1 <10000; wake 8500
          1400 | state RESERVED  | wake 8500
          1500 | state COMMITTED | ACSC
        # What comes afterwards changes nothing; a hub that contradicts itself is looked into.
          1600 | state COMMITTED | - Final
          1700 | asked           | ACSC
          7500 | deadline        | - Final
          9000 | error 3208      | - Final
          9100 | error 3303      | item Contradiction
          9200 | state ABORTED   | item Contradiction
          9300 | party dfsp1     | - Final
    ",
    );
}

#[test]
fn a_banks_order_with_a_known_creditor_agent_skips_the_lookup() {
    play(
        &bank(),
        PACS_008,
        "
             0 | open                              | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR v4 receives 100.5 | POST /transfers >dfsp1 <9000; wake 7500
          1500 | state COMMITTED                   | ACSC
    ",
    );
}

#[test]
fn a_bank_that_wants_them_gets_interim_statuses() {
    let bank = support::record("bank1", "BNKADEFF", r#""interimStatuses":true"#);
    play(&bank, PAIN_001, "
             0 | open            | interim ACTC; GET /parties/MSISDN/491701234567 >? <30000; wake 30000
           300 | party dfsp1     | POST /quotes >dfsp1 <30000; wake 30000
           400 | asked           | interim ACTC
           700 | quote 100.5 EUR | POST /transfers >dfsp1 <30000; wake 29000
          1400 | state RECEIVED  | - NotFinal
          1400 | state RESERVED  | interim ACSP
          1450 | state RESERVED  | - NotFinal
          1500 | state COMMITTED | ACSC
    ");
}

/// Lookups and quotes are in the hub's memory only; a transfer is in its store.
#[test]
fn what_a_restart_may_have_lost_is_asked_again_within_its_time() {
    play(
        &bank(),
        PAIN_001,
        "
             0 | open            | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
          1000 | restarted       | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
          3000 | party dfsp1     | POST /quotes >dfsp1 <8000; wake 8000
          4000 | restarted       | POST /quotes >dfsp1 <8000; wake 8000
          8000 | restarted       | - AnswerMayCome
          8000 | deadline        | RJCT AB01
          8001 | restarted       | - AnswerMayCome
    ",
    );
}

#[test]
fn silence_before_the_transfer_is_a_plain_no() {
    play(
        &bank(),
        PAIN_001,
        "
             0 | open        | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
          4999 | deadline    | - TooEarly
          5000 | deadline    | RJCT AB01
          5001 | party dfsp1 | - Final
          5002 | deadline    | - Final
    ",
    );
    play(
        &bank(),
        PAIN_001,
        "
             0 | open            | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
          3000 | party dfsp1     | POST /quotes >dfsp1 <8000; wake 8000
          7999 | deadline        | - TooEarly
          8000 | deadline        | RJCT AB01
          8001 | quote 100.5 EUR | - Final
    ",
    );
}

#[test]
fn a_step_that_would_come_too_late_is_not_taken() {
    // 2,500 ms are kept for the answer, less than 1,500 ms are too few for the transfer.
    play(
        &bank(),
        PAIN_001,
        "
             0 | open            | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
          4000 | party dfsp1     | POST /quotes >dfsp1 <9000; wake 9000
          6001 | quote 100.5 EUR | RJCT AB03
    ",
    );
    play(
        &bank(),
        PAIN_001,
        "
             0 | open            | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
          4000 | party dfsp1     | POST /quotes >dfsp1 <9000; wake 9000
          6000 | quote 100.5 EUR | POST /transfers >dfsp1 <10000; wake 8500
    ",
    );
    play(
        &bank(),
        PAIN_001,
        "
             0 | open        | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
         10000 | party dfsp1 | RJCT AB01
    ",
    );
}

#[test]
fn what_the_payees_side_says_before_the_transfer() {
    play(
        &bank(),
        PAIN_001,
        "
             0 | open             | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
           300 | party-error 3204 | RJCT BE23
    ",
    );
    play(
        &bank(),
        PAIN_001,
        "
             0 | open                     | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
           200 | party dfsp1 491700000000 | - OtherParty
           300 | party -                  | RJCT RC04
    ",
    );
    play(
        &bank(),
        PAIN_001,
        "
             0 | open             | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
           300 | party dfsp1      | POST /quotes >dfsp1 <5300; wake 5300
           600 | quote-error 5101 | RJCT MS02
    ",
    );
    play(
        &bank(),
        PACS_008,
        "
             0 | open             | POST /quotes >dfsp1 <5000; wake 5000
           600 | quote-error 3204 | RJCT AC03
    ",
    );
    let named = PAIN_001.replace(
        "<Cdtr>",
        "<CdtrAgt><FinInstnId><BICFI>DFSPDEFF</BICFI></FinInstnId></CdtrAgt><Cdtr>",
    );
    play(
        &bank(),
        &named,
        "
             0 | open        | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
           300 | party dfsp2 | RJCT RC04
    ",
    );
}

#[test]
fn a_quote_must_be_what_was_asked_for() {
    for (xml, quote, expected) in [
        (PACS_008, "quote 100.49 EUR", "RJCT AM09"),
        (PACS_008, "quote 100.51 EUR receives 100.5", "RJCT AM09"),
        (PACS_008, "quote 100.5 EUR receives 100.4", "RJCT AM09"),
        (PACS_008, "quote 100.5 USD", "RJCT AM09"),
        (PACS_008, "quote 100.5 EUR v4 other-condition", "RJCT AB09"),
        (PACS_008, "quote 100.5 EUR expires 0", "RJCT AB01"),
        (PACS_008, "quote 100.5 EUR expires -1", "RJCT AB01"),
        (PAIN_001, "quote 100.51 EUR", "RJCT AM09"),
        (PAIN_001, "quote 100.5 USD", "RJCT AM09"),
        (PAIN_001, "quote 0 EUR", "RJCT AM09"),
        (PAIN_001, "quote 100.5 EUR receives 99.5", "RJCT AM09"),
        (PAIN_001, "quote 100.5 EUR receives 99.5 fee 0.5", "RJCT AM09"),
        (PAIN_001, "quote 99.5 EUR receives 99.5", "RJCT AM09"),
        (PAIN_001, "quote 0.01 EUR", "RJCT AM09"),
        (PAIN_001, "quote 100.5 EUR receives 99.5 fee 1", ""),
        (PAIN_001, "quote 100.5 EUR", ""),
        (PACS_008, "quote 100.5 EUR receives 100.5", ""),
    ] {
        let (mut world, _) = World::open(&bank(), xml);
        if xml == PAIN_001 {
            let party = world.event("party dfsp1", START_MS);
            world.step(&party, START_MS);
        }
        let event = world.event(quote, START_MS + 100);
        let got = shown(&world.step(&event, START_MS + 100));
        match expected {
            "" => assert!(got.starts_with("POST /transfers >dfsp1"), "{quote}: {got}"),
            _ => assert_eq!(got, expected, "{quote}"),
        }
    }
}

#[test]
fn what_debt_asks_for_is_what_the_creditor_receives() {
    let debt = PAIN_001.replace("<Cdtr>", "<ChrgBr>DEBT</ChrgBr><Cdtr>");
    for (quote, expected) in [
        ("quote 101 EUR receives 100.5", "RJCT AM09"),
        ("quote 1000000 EUR receives 100.5", "RJCT AM09"),
        ("quote 100.5 EUR receives 100.5", ""),
        ("quote 100.5 EUR", ""),
        ("quote 100.5 EUR receives 99.5", "RJCT AM09"),
        ("quote 101 EUR", "RJCT AM09"),
    ] {
        let (mut world, _) = World::open(&bank(), &debt);
        let party = world.event("party dfsp1", START_MS);
        world.step(&party, START_MS);
        let body = world.quote.as_ref().unwrap();
        assert_eq!(body.member("amountType").and_then(Value::as_str), Some("RECEIVE"));
        let event = world.event(quote, START_MS + 100);
        let got = shown(&world.step(&event, START_MS + 100));
        match expected {
            "" => assert!(got.starts_with("POST /transfers >dfsp1"), "{quote}: {got}"),
            _ => assert_eq!(got, expected, "{quote}"),
        }
    }
}

#[test]
fn a_final_error_rejects_the_transfer() {
    for (event, expected) in [
        ("error 3303", "RJCT AB03"),
        ("error 3303 awaiting-callback", "RJCT AB05"),
        ("error 3303 ingress", "RJCT AB03"),
        ("error 4001", "RJCT AM23"),
        ("error 4200", "RJCT AM14"),
        ("error 5104", "RJCT MS02"),
        ("error 3106", "RJCT AM05"),
        ("error 5107", "RJCT AC03"),
        ("error 6000", "RJCT ED05"),
        ("state ABORTED", "RJCT NARR"),
        ("failed transfer unsent 1001", "RJCT AB08"),
    ] {
        let (mut world, _) = World::open(&bank(), PACS_008);
        for (event, at) in [("quote 100.5 EUR", 100), (event, 200)] {
            let event = world.event(event, START_MS + at);
            let got = shown(&world.step(&event, START_MS + at));
            assert!(at == 100 || got == expected, "{got} is not {expected}");
        }
        assert!(world.order.is_final());
    }
}

#[test]
fn silence_after_the_transfer_is_asked_about_until_there_is_an_answer() {
    // Accepted 1,000 ms before arrival: 9,000 left, expiration at 6,500, grace of 1,000.
    play(
        &bank(),
        PACS_008,
        "
             0 | open            | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR | POST /transfers >dfsp1 <9000; wake 7500
          7499 | deadline        | - TooEarly
          7500 | deadline        | GET /transfers/8 >dfsp1 <9500; wake 8500
          7600 | asked           | interim PDNG
          7700 | state RESERVED  | - NotFinal
          8500 | deadline        | GET /transfers/8 >dfsp1 <10500; wake 10500
          8600 | error 2003      | wake 10500
         10500 | deadline        | GET /transfers/8 >dfsp1 <12500; wake 14500
         10700 | state COMMITTED | ACSC
    ",
    );
}

#[test]
fn a_transfer_that_the_hub_never_got_is_rejected_once_it_cannot_come_any_more() {
    play(
        &bank(),
        PACS_008,
        "
             0 | open                      | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR           | POST /transfers >dfsp1 <9000; wake 7500
           500 | failed transfer left 1001 | GET /transfers/8 >dfsp1 <2500; wake 1500
           600 | error 3208                | - NotFinal
          1500 | deadline                  | GET /transfers/8 >dfsp1 <3500; wake 3500
          1501 | failed ask left 1001      | - AnswerMayCome
         11499 | error 3208                | - NotFinal
         11500 | error 3208                | RJCT AB08
         11501 | failed transfer left 1001 | - Final
    ",
    );
    play(
        &bank(),
        PACS_008,
        "
             0 | open                      | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR           | POST /transfers >dfsp1 <9000; wake 7500
          7500 | deadline                  | GET /transfers/8 >dfsp1 <9500; wake 8500
          7600 | failed transfer left 1001 | - AnswerMayCome
         12000 | error 3208                | RJCT AB03
    ",
    );
}

#[test]
fn an_error_that_is_no_last_word_is_asked_about() {
    play(
        &bank(),
        PACS_008,
        "
             0 | open            | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR | POST /transfers >dfsp1 <9000; wake 7500
           900 | error 2001      | GET /transfers/8 >dfsp1 <2900; wake 1900
           950 | state ABORTED   | RJCT AB02
          1000 | state COMMITTED | item Contradiction
    ",
    );
    play(
        &bank(),
        PACS_008,
        "
             0 | open            | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR | POST /transfers >dfsp1 <9000; wake 7500
           900 | error 2004      | GET /transfers/8 >dfsp1 <2900; wake 1900
           950 | state COMMITTED | ACSC
    ",
    );
    play(
        &bank(),
        PACS_008,
        "
             0 | open                        | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR             | POST /transfers >dfsp1 <9000; wake 7500
          7500 | deadline                    | GET /transfers/8 >dfsp1 <9500; wake 8500
          7501 | failed transfer unsent 1001 | RJCT AB08
    ",
    );
}

#[test]
fn after_eight_questions_the_operator_is_told_once() {
    play(
        &bank(),
        PACS_008,
        "
             0 | open            | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR | POST /transfers >dfsp1 <9000; wake 7500
          7500 | deadline        | GET /transfers/8 >dfsp1 <9500; wake 8500
          8500 | deadline        | GET /transfers/8 >dfsp1 <10500; wake 10500
         10500 | deadline        | GET /transfers/8 >dfsp1 <12500; wake 14500
         14500 | deadline        | GET /transfers/8 >dfsp1 <16500; wake 22500
         22500 | deadline        | GET /transfers/8 >dfsp1 <24500; wake 38500
         38500 | deadline        | GET /transfers/8 >dfsp1 <40500; wake 70500
         70500 | deadline        | GET /transfers/8 >dfsp1 <72500; wake 130500
        130500 | deadline        | GET /transfers/8 >dfsp1 <132500; wake 190500; item NoFinalAnswer
        190500 | deadline        | GET /transfers/8 >dfsp1 <192500; wake 250500
        999999 | error 3303      | RJCT AB03
    ",
    );
}

#[test]
fn a_fulfilment_that_opens_nothing_is_looked_into() {
    play(
        &bank(),
        PACS_008,
        "
             0 | open                  | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR       | POST /transfers >dfsp1 <9000; wake 7500
          1000 | state COMMITTED wrong | ACSC; item WrongFulfilment
    ",
    );
    play(
        &bank(),
        PACS_008,
        "
             0 | open                 | POST /quotes >dfsp1 <5000; wake 5000
           400 | quote 100.5 EUR      | POST /transfers >dfsp1 <9000; wake 7500
          1000 | state COMMITTED bare | ACSC
    ",
    );
}

#[test]
fn answers_out_of_order_are_named_and_ignored() {
    play(
        &bank(),
        PAIN_001,
        "
             0 | open                      | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
             1 | quote 100.5 EUR           | - StageNotReached
             2 | state COMMITTED           | - StageNotReached
             3 | error 3303                | - StageNotReached
             4 | quote-error 5101          | - StageNotReached
             5 | failed quote unsent 1001  | - StageNotReached
             6 | failed ask left 1001      | - StageNotReached
             7 | failed lookup left 1001   | - AnswerMayCome
           300 | party dfsp1               | POST /quotes >dfsp1 <5300; wake 5300
           301 | party dfsp1               | - StagePassed
           302 | party-error 3204          | - StagePassed
           303 | failed lookup unsent 1001 | - StagePassed
           304 | state COMMITTED           | - StageNotReached
           305 | failed quote left 1001    | - AnswerMayCome
           700 | quote 100.5 EUR           | POST /transfers >dfsp1 <10000; wake 8500
           701 | quote 100.5 EUR           | - StagePassed
           702 | quote-error 5101          | - StagePassed
           703 | party dfsp1               | - StagePassed
           704 | failed quote unsent 1001  | - StagePassed
    ",
    );
    play(
        &bank(),
        PAIN_001,
        "
             0 | open                      | GET /parties/MSISDN/491701234567 >? <5000; wake 5000
             5 | failed lookup unsent 1001 | RJCT AB08
    ",
    );
    play(
        &bank(),
        PACS_008,
        "
             0 | open                     | POST /quotes >dfsp1 <5000; wake 5000
             5 | failed quote unsent 1001 | RJCT AB08
    ",
    );
}
