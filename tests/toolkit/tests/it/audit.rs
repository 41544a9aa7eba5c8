use causeway_toolkit::ledger_log::{
    Audit, Entry, Event, Fault, Outcome, PositionMove, Standing, Terms, Units, Verdict,
};

const PAYER: &str = "payerfsp";
const PAYEE: &str = "payeefsp";

fn terms(amount: &str) -> Terms {
    let (payer, payee) = (PAYER.to_owned(), Some(PAYEE.to_owned()));
    Terms { payer, payee, currency: "USD".to_owned(), amount: amount.to_owned() }
}

fn entry(participant: &str, id: &str, event: Event) -> Entry {
    Entry { at_ms: 0, participant: participant.to_owned(), id: id.to_owned(), event }
}

fn learned(outcome: Outcome, answer_id: Option<&str>) -> Event {
    let answer_id = answer_id.map(str::to_owned);
    Event::Learned { outcome, by: "callback".to_owned(), answer_id }
}

fn received(digest: &str) -> Event {
    Event::Received { terms: terms("5"), digest: digest.to_owned() }
}

/// What payer and payee log of a payment of 5 that goes well.
fn good(id: &str) -> Vec<Entry> {
    let payer = [
        Event::Sent { terms: terms("5") },
        Event::Acknowledged { status: 202 },
        learned(Outcome::Committed, None),
    ];
    let payee = [
        received("d1"),
        Event::Answered { outcome: Outcome::Committed },
        Event::AnswerAcknowledged,
        Event::Credited { terms: terms("5") },
    ];
    let payer = payer.map(|event| entry(PAYER, id, event));
    payer.into_iter().chain(payee.map(|event| entry(PAYEE, id, event))).collect()
}

fn without(entries: Vec<Entry>, out: impl Fn(&Event) -> bool) -> Vec<Entry> {
    entries.into_iter().filter(|entry| !out(&entry.event)).collect()
}

fn moved(participant: &str, before: &str, after: &str) -> PositionMove {
    let units = |text| Units::parse(text).unwrap();
    let (participant, currency) = (participant.to_owned(), "USD".to_owned());
    PositionMove { participant, currency, before: units(before), after: units(after) }
}

fn judge(entries: Vec<Entry>) -> Verdict {
    Audit::default().with_log(entries).judge().unwrap()
}

fn is_learned(event: &Event) -> bool {
    matches!(event, Event::Learned { .. })
}

#[test]
fn a_good_run_is_clean() {
    let mut entries = good("1");
    entries.extend(good("2"));
    // A resend, its repeated delivery and its repeated answer change nothing.
    entries.push(entry(PAYER, "2", Event::Sent { terms: terms("5") }));
    entries.push(entry(PAYEE, "2", received("d1")));
    entries.push(entry(PAYER, "2", learned(Outcome::Committed, None)));
    // A refusal, and a failure.
    entries.push(entry(PAYER, "3", Event::Sent { terms: terms("7") }));
    entries.push(entry(PAYER, "3", Event::Refused { status: 400 }));
    entries.push(entry(PAYER, "4", Event::Sent { terms: terms("9") }));
    entries.push(entry(PAYER, "4", Event::Acknowledged { status: 202 }));
    entries.push(entry(PAYER, "4", learned(Outcome::Aborted, None)));
    let audit = Audit::default()
        .with_log(entries)
        .with_standing(PAYER, "1", Standing::Final(Outcome::Committed))
        .with_standing(PAYER, "3", Standing::Unknown)
        .with_position(moved(PAYER, "0", "10"))
        .with_position(moved(PAYEE, "2.5", "-7.5"));
    let verdict = audit.judge().unwrap();
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!((verdict.committed, verdict.aborted), (2, 1));
}

#[test]
fn an_acknowledged_transfer_that_nobody_knows_is_lost() {
    let entries = without(good("1"), |event| {
        !matches!(event, Event::Sent { .. } | Event::Acknowledged { .. })
    });
    let lost = Fault::Lost { participant: PAYER.to_owned(), id: "1".to_owned() };
    assert_eq!(judge(entries.clone()).faults, std::slice::from_ref(&lost));
    let audit = Audit::default().with_log(entries).with_standing(PAYER, "1", Standing::Unknown);
    assert_eq!(audit.judge().unwrap().faults, [lost]);
}

#[test]
fn a_committed_transfer_that_is_forgotten_is_lost() {
    let audit = Audit::default().with_log(good("1")).with_standing(PAYER, "1", Standing::Unknown);
    let lost = Fault::Lost { participant: PAYER.to_owned(), id: "1".to_owned() };
    assert_eq!(audit.judge().unwrap().faults, [lost]);
}

#[test]
fn an_acknowledged_fulfil_that_nobody_knows_is_lost() {
    let payee = good("1").into_iter().filter(|entry| entry.participant == PAYEE).collect();
    let faults = judge(payee).faults;
    assert!(faults.contains(&Fault::Lost { participant: PAYEE.to_owned(), id: "1".to_owned() }));
}

#[test]
fn an_open_transfer_has_no_answer() {
    let entries =
        without(good("1"), |event| is_learned(event) || matches!(event, Event::Credited { .. }));
    let payer = entries.into_iter().filter(|entry| entry.participant == PAYER).collect();
    let audit = Audit::default().with_log(payer).with_standing(PAYER, "1", Standing::Open);
    let unanswered = Fault::Unanswered { participant: PAYER.to_owned(), id: "1".to_owned() };
    assert_eq!(audit.judge().unwrap().faults, [unanswered]);
}

#[test]
fn a_payer_that_is_not_told_has_no_answer() {
    let mut entries = without(good("1"), is_learned);
    entries.push(entry(PAYEE, "1", learned(Outcome::Committed, None)));
    let unanswered = Fault::Unanswered { participant: PAYER.to_owned(), id: "1".to_owned() };
    assert_eq!(judge(entries).faults, [unanswered]);
}

#[test]
fn two_answers_are_a_fault_whoever_got_them() {
    let is_two = |verdict: &Verdict| {
        verdict.faults.iter().any(|fault| matches!(fault, Fault::TwoAnswers { .. }))
    };
    let mut one = good("1");
    one.push(entry(PAYER, "1", learned(Outcome::Aborted, None)));
    assert!(is_two(&judge(one)));
    let mut other = good("1");
    other.push(entry(PAYEE, "1", learned(Outcome::Aborted, None)));
    assert!(is_two(&judge(other)));
    let asked = Audit::default().with_log(good("1"));
    let asked = asked.with_standing(PAYEE, "1", Standing::Final(Outcome::Aborted));
    assert!(is_two(&asked.judge().unwrap()));
    let mut named = without(good("1"), is_learned);
    named.push(entry(PAYER, "1", learned(Outcome::Committed, Some("S-1"))));
    let clean = judge(named.clone());
    named.push(entry(PAYER, "1", learned(Outcome::Committed, Some("S-2"))));
    assert!(clean.is_clean() && is_two(&judge(named)));
}

#[test]
fn done_twice_is_seen_by_credits_sums_and_positions() {
    let mut twice = good("1");
    twice.push(entry(PAYEE, "1", Event::Credited { terms: terms("5") }));
    let credited = Fault::CreditedTwice { participant: PAYEE.to_owned(), id: "1".to_owned() };
    assert_eq!(judge(twice).faults, [credited]);
    // One order, executed under a second id that its payer never sent.
    let mut second = good("1");
    second.extend(good("x").into_iter().filter(|entry| entry.participant == PAYEE));
    second.push(entry(PAYEE, "x", learned(Outcome::Committed, None)));
    let (debited, credited) = (Units::parse("5").unwrap(), Units::parse("10").unwrap());
    let sums = Fault::SumsDiffer { currency: "USD".to_owned(), debited, credited };
    assert_eq!(judge(second).faults, [sums]);
    let audit = Audit::default().with_log(good("1")).with_position(moved(PAYER, "0", "10"));
    let faults = audit.judge().unwrap().faults;
    assert!(matches!(faults.as_slice(), [Fault::Position { .. }]), "{faults:?}");
}

#[test]
fn a_credit_without_commit_is_a_fault_unless_it_is_reversed() {
    let mut entries = without(good("1"), is_learned);
    entries.push(entry(PAYER, "1", learned(Outcome::Aborted, None)));
    entries.push(entry(PAYEE, "1", learned(Outcome::Aborted, None)));
    let fault = Fault::CreditedNotCommitted { participant: PAYEE.to_owned(), id: "1".to_owned() };
    assert!(judge(entries.clone()).faults.contains(&fault));
    entries.push(entry(PAYEE, "1", Event::Reversed));
    assert!(judge(entries).is_clean());
}

#[test]
fn a_changed_delivery_and_a_done_refusal_are_faults() {
    let mut changed = good("1");
    changed.push(entry(PAYEE, "1", received("d2")));
    let fault = Fault::ChangedDelivery { participant: PAYEE.to_owned(), id: "1".to_owned() };
    assert_eq!(judge(changed).faults, [fault]);
    let mut refused = without(good("1"), |event| matches!(event, Event::Acknowledged { .. }));
    refused.push(entry(PAYER, "1", Event::Refused { status: 400 }));
    let fault = Fault::RefusedButDone { participant: PAYER.to_owned(), id: "1".to_owned() };
    assert_eq!(judge(refused).faults, [fault]);
}

#[test]
fn an_amount_that_is_none_is_an_error_not_a_clean_verdict() {
    let mut entries = good("1");
    entries.extend(good("2"));
    for entry in &mut entries {
        if let Event::Sent { terms } = &mut entry.event {
            terms.amount = "five".to_owned();
        }
    }
    assert!(Audit::default().with_log(entries).judge().is_err());
}
