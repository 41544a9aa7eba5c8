//! Scenes for rules, as text. A table belongs to one rule, a row is
//! `earlier events | this payment | value outcome | contributors`.
//!
//! A payment is `debtor>creditor:amount@ago,key=value...`: `3*ann>bob:20USD@1h` are three, paid;
//! `?` before it is under way, `!` has failed. A name is `entity/agent`, `account=entity` where the
//! account goes by another name, and `-` is nobody. Amounts are wholes (100 EUR unless told), times
//! sums like `1d-1ms`, keys `cat`, `age`, `at` (latitude/longitude), `for`. `watch-account:bob` and
//! `watch-entity:bob` are conditions. Payments are numbered from 1 in their order; contributors are
//! named by these numbers, `5..1` is short for `5 4 3 2 1`.

#![allow(clippy::float_arithmetic, reason = "values of rules, to nine digits")]

use std::sync::Arc;

use frms::rules::Rule;
use frms::{
    Attempt, Catalogue, Condition, ConditionChange, ConditionKind, Event, OutcomeKind, Party,
    PaymentId, Perspective, Place, Pseudonyms, Semantics, Subject, Units, Verdict,
};
use serde_json::{Value, json};

use crate::{Screening, attempt, outcome, pseudonyms};

/// Noon of a day, UTC.
pub const NOW: i64 = 20_000 * 86_400_000 + 43_200_000;
/// The number of the payment in question.
pub const THIS: u128 = 1_000_000;

/// What a rule reads of the earlier payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// Paid ones and those under way, in the same way.
    Both,
    /// Paid ones only.
    Settled,
    /// Each in its own way: the table says how.
    Own,
}

/// The rows of one rule.
pub struct Table {
    pub rule: &'static str,
    pub layers: Layers,
    pub rows: &'static str,
}

/// One row.
pub struct Row<'a> {
    pub earlier: &'a str,
    pub this: &'a str,
    pub result: &'a str,
    pub contributors: &'a str,
}

/// What became of an earlier payment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Paid,
    UnderWay,
    Failed,
}

/// What a rule has said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub value: Option<f64>,
    pub outcome: String,
    pub contributors: Vec<u128>,
}

impl Table {
    pub fn rows(&self) -> impl Iterator<Item = Row<'static>> {
        self.rows.lines().filter(|line| line.contains('|')).map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [earlier, this, result, contributors] = cells[..] else { panic!("{line}") };
            Row { earlier, this, result, contributors }
        })
    }

    /// Every row, before the reservation and after the commit, and what the layers are said to be.
    pub fn holds(&self) {
        for row in self.rows() {
            let as_told = |ending| ending;
            let said = self.play(&row, as_told);
            row.holds(self.rule, &said);
            let other = match self.layers {
                Layers::Own => continue,
                // What is under way counts as what is paid does.
                Layers::Both => said,
                // What is under way counts for nothing.
                Layers::Settled => self.play(&row, |ending| match ending {
                    Ending::Paid => Ending::Failed,
                    ending => ending,
                }),
            };
            let under_way = self.play(&row, |ending| match ending {
                Ending::Paid => Ending::UnderWay,
                ending => ending,
            });
            assert_eq!(
                under_way, other,
                "{}: {} | {}, under way",
                self.rule, row.earlier, row.this
            );
        }
    }

    /// What the rule says of a row before the reservation, which is what it says after the commit.
    fn play(&self, row: &Row<'_>, ending: impl Fn(Ending) -> Ending) -> Said {
        let mut screening = Screening::of(alone(self.rule));
        let mut id = 0;
        for word in row.earlier.split_whitespace() {
            if word.starts_with("watch-") {
                screening.take(watch(word));
                continue;
            }
            let (times, became, payment) = read(word);
            for _ in 0..times {
                id += 1;
                let payment = Attempt { id: PaymentId(id), ..payment.clone() };
                tell(&mut screening, payment, ending(became));
            }
        }
        let (_, _, this) = read(row.this);
        let this = Attempt { id: PaymentId(THIS), ..this };
        let before = screening.attempt(this);
        let after = screening.take(outcome(THIS, OutcomeKind::Committed, NOW)).unwrap();
        let (before, after) = (Said::of(&before), Said::of(&after));
        assert_eq!(before, after, "{}: {} | {}, after", self.rule, row.earlier, row.this);
        before
    }
}

impl Row<'_> {
    fn holds(&self, rule: &str, said: &Said) {
        let row = format!("{rule}: {} | {}", self.earlier, self.this);
        let (value, outcome) = self.result.split_once(' ').unwrap();
        assert_eq!(said.outcome, outcome.trim(), "{row}: {said:?}");
        match (value, said.value) {
            ("-", value) => assert_eq!(value, None, "{row}"),
            (value, found) => {
                let expected = number(value);
                let found = found.unwrap_or_else(|| panic!("{row}: {said:?}"));
                assert!(
                    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                    "{row}: {found}"
                );
            }
        }
        assert_eq!(said.contributors, numbers(self.contributors), "{row}: contributors");
    }

    /// The value that it expects.
    pub fn value(&self) -> Option<f64> {
        let value = self.result.split_whitespace().next().unwrap();
        (value != "-").then(|| number(value))
    }

    /// The outcome that it expects.
    pub fn outcome(&self) -> &str {
        self.result.split_whitespace().nth(1).unwrap()
    }
}

impl Said {
    pub fn of(verdict: &Verdict) -> Said {
        let [result] = &verdict.rules[..] else { panic!("one rule") };
        let missing: String = verdict.missing.iter().map(|it| format!(" {it:?}")).collect();
        Said {
            value: result.value,
            outcome: format!("{}{missing}", result.outcome),
            contributors: result.contributors.iter().map(|id| id.0).collect(),
        }
    }
}

/// A catalogue of one rule, of which each outcome is worth an alert, so that contributors are named.
pub fn alone(number: &str) -> Catalogue {
    let rule = Rule::find(number).unwrap();
    let name = frms::RuleName::new(&format!("{number}@1.0.0"), "1.0.0");
    let rule = frms::ConfiguredRule::standard(name, rule);
    let weight = |(outcome, _): &(frms::SubRuleRef, String)| json!({ "ref": outcome, "wght": 1 });
    let weights: Vec<Value> = rule.outcomes.iter().map(weight).collect();
    let json = json!({ "typologies": [{
        "cfg": "alone@1.0.0", "workflow": { "alertThreshold": 1 },
        "rules": [{ "id": format!("{number}@1.0.0"), "cfg": "1.0.0", "termId": "v", "wghts": weights }],
        "expression": ["Add", "v"],
    }]});
    Catalogue::read(json.to_string().as_bytes(), Semantics::Strict).unwrap()
}

fn tell(screening: &mut Screening, payment: Attempt, ending: Ending) {
    let (id, at_ms) = (payment.id.0, payment.at_ms);
    screening.attempt(payment);
    let kind = match ending {
        Ending::UnderWay => return,
        Ending::Paid => OutcomeKind::Committed,
        Ending::Failed => OutcomeKind::Aborted,
    };
    screening.take(outcome(id, kind, at_ms));
}

fn watch(word: &str) -> Event {
    let (kind, name) = word.trim_start_matches("watch-").split_once(':').unwrap();
    let who = party(&pseudonyms(), name).unwrap();
    let subject = match kind {
        "account" => Subject::Account(who.account),
        "entity" => Subject::Entity(who.entity),
        _ => panic!("{word}"),
    };
    let condition = Condition {
        name: word.to_owned(),
        kind: ConditionKind::Watch,
        perspective: Perspective::Both,
        subject,
        concerns_transfers: true,
        concerns_quotes: true,
        concerns_outcomes: true,
        from_ms: NOW,
        until_ms: Some(NOW),
        reason: "watched".to_owned(),
        typology: None,
    };
    let condition = Some(Arc::new(condition));
    Event::Condition(Arc::new(ConditionChange { name: word.to_owned(), condition, version: 0 }))
}

/// How often, what became of it, and the payment.
pub fn read(word: &str) -> (usize, Ending, Attempt) {
    let (times, word) = match word.split_once('*') {
        Some((times, word)) => (times.parse().unwrap(), word),
        None => (1, word),
    };
    let (became, word) = match word.split_at(1) {
        ("?", word) => (Ending::UnderWay, word),
        ("!", word) => (Ending::Failed, word),
        _ => (Ending::Paid, word),
    };
    let mut parts = word.split(',');
    let main = parts.next().unwrap();
    let (main, ago) = main.split_once('@').unwrap_or((main, "0ms"));
    let (parties, amount) = main.split_once(':').unwrap_or((main, "100"));
    let (debtor, creditor) = parties.split_once('>').unwrap();
    let known = pseudonyms();
    let (units, currency) = money(amount);
    let mut payment = Attempt {
        debtor: party(&known, debtor),
        creditor: party(&known, creditor),
        units: Units(units),
        currency,
        ..attempt(0, NOW - milliseconds(ago), "-", "-")
    };
    for part in parts {
        set(&mut payment, part);
    }
    (times, became, payment)
}

fn set(payment: &mut Attempt, part: &str) {
    let (key, value) = part.split_once('=').unwrap();
    match key {
        "cat" => payment.category = Some(value.to_owned()),
        "age" => payment.debtor_age_years = Some(value.parse().unwrap()),
        "for" => payment.description = Some(pseudonyms().disguise(value)),
        "at" => {
            let (north, east) = value.split_once('/').unwrap();
            let e5 = |degrees: &str| -> i32 { scaled(degrees, 5).try_into().unwrap() };
            payment.place = Some(Place { latitude_e5: e5(north), longitude_e5: e5(east) });
        }
        _ => panic!("{part}"),
    }
}

fn party(known: &Pseudonyms, name: &str) -> Option<Party> {
    let (account, entity) = name.split_once('=').unwrap_or((name, ""));
    let (id, agent) = account.split_once('/').unwrap_or((account, "green"));
    let entity = if entity.is_empty() { id } else { entity };
    let account = known.account("MSISDN", id, agent);
    (name != "-").then(|| Party { account, entity: known.entity("MSISDN", entity) })
}

fn money(text: &str) -> (i128, String) {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_uppercase());
    let currency = match &text[digits.len()..] {
        "" => "EUR",
        currency => currency,
    };
    (scaled(digits, 4), currency.to_owned())
}

/// A decimal number, times ten to the power of `places`.
fn scaled(text: &str, places: usize) -> i128 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<places$}").parse().unwrap()
}

/// `1d-1ms`.
pub fn milliseconds(text: &str) -> i64 {
    let spaced = text.replace('-', " -").replace('+', " ");
    let one = |term: &str| {
        let digits = term.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
        let unit = match &term[digits.len()..] {
            "ms" => 1,
            "s" => 1_000,
            "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "mo" => 2_629_743_000,
            _ => panic!("{text}"),
        };
        digits.parse::<i64>().unwrap() * unit
    };
    spaced.split_whitespace().map(one).sum()
}

/// A number, or a time in milliseconds.
fn number(text: &str) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "times of this century")]
    text.parse().unwrap_or_else(|_| milliseconds(text) as f64)
}

fn numbers(text: &str) -> Vec<u128> {
    let one = |word: &str| match word.split_once("..") {
        Some((from, to)) => {
            (to.parse().unwrap()..=from.parse().unwrap()).rev().collect::<Vec<u128>>()
        }
        None => vec![word.parse().unwrap()],
    };
    text.split_whitespace().flat_map(one).collect()
}
