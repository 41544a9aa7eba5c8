//! What the stream in memory takes: bounded by bytes as well as by count.

use std::sync::Arc;

use frms::{CatalogueChange, Event, PaymentId, Semantics, Verdict};
use frms_stream::limits::{RETAINED_BYTES_MAX, RETAINED_EVENTS_MAX};
use frms_stream::{Missed, Stream};

use super::{attempt, committed, engine};

/// An event of so many bytes and a few.
fn large(bytes: usize) -> Event {
    let json = "x".repeat(bytes);
    let (name, semantics) = ("1".to_owned(), Semantics::Strict);
    Event::Catalogue(Arc::new(CatalogueChange { name, json, semantics }))
}

fn kept(stream: &Stream) -> Vec<u64> {
    let last = stream.last();
    let first = stream.read(0, 1).map_or_else(|missed| missed.0 + 1, |_| 1);
    let kept = stream.read(first - 1, usize::MAX).unwrap();
    let kept: Vec<u64> = kept.iter().map(|entry| entry.sequence).collect();
    assert_eq!(kept, (first..=last).collect::<Vec<_>>(), "no gaps");
    kept
}

#[test]
fn the_oldest_go_first_when_the_bytes_are_full_and_the_newest_stays() {
    let stream = Stream::keeping("s", 100, 100_000);
    for _ in 0..9 {
        stream.append(large(10_000));
    }
    assert_eq!(kept(&stream).len(), 9);
    stream.append(large(30_000));
    assert_eq!(kept(&stream), [4, 5, 6, 7, 8, 9, 10], "those that make room, and no others");
    stream.append(large(1_000_000));
    assert_eq!(kept(&stream), [11], "larger than all of it, and there");
    stream.append(committed(1));
    assert_eq!(kept(&stream), [12]);
    assert!(stream.retained_bytes() < 1_000);
    assert_eq!(stream.read(2, 9), Err(Missed(9)));
}

#[test]
fn many_small_ones_are_bounded_by_their_number() {
    let stream = Stream::keeping("s", 50, usize::MAX);
    for id in 0..200 {
        stream.append(committed(id));
    }
    assert_eq!(kept(&stream).len(), 50);
    let each = stream.retained_bytes() / 50;
    assert_eq!(stream.retained_bytes(), each * 50);
}

#[test]
fn a_slow_reader_is_told_what_went_for_want_of_bytes() {
    let stream = Stream::keeping("s", 100, 25_000);
    let mut reader = stream.subscribe("frm.>");
    for _ in 0..5 {
        stream.append(large(10_000));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        assert_eq!(reader.next().await, Err(Missed(3)));
        assert_eq!(reader.next().await.unwrap().sequence, 4);
    });
}

/// A verdict weighs what its rules, the payments behind them and its sentence take.
#[test]
fn a_verdict_weighs_what_hangs_on_it() {
    let weight = |change: &dyn Fn(&mut Verdict)| {
        let verdicts = engine().apply(1, &Event::Attempt(attempt(1)));
        let mut verdict = Verdict::clone(&verdicts[0]);
        change(&mut verdict);
        let stream = Stream::new("s");
        stream.append(Event::Verdict(Arc::new(verdict)));
        stream.retained_bytes()
    };
    let plain = weight(&|_| {});
    let named = |verdict: &mut Verdict| verdict.rules[0].contributors = vec![PaymentId(1); 64];
    assert_eq!(weight(&named), plain + 64 * 16);
    let spoken = |verdict: &mut Verdict| verdict.explanation.push_str(&"x".repeat(500));
    assert_eq!(weight(&spoken), plain + 500);
    let result = size_of::<frms::RuleResult>();
    let judged = |verdict: &mut Verdict| {
        let one = verdict.rules[0].clone();
        verdict.rules.extend(std::iter::repeat_n(one, 80));
    };
    assert_eq!(weight(&judged), plain + 80 * result);
}

/// The bound is reached by payments that all rules judge, and not by those of the standard ones.
#[test]
fn the_bound_is_one_that_all_rules_reach_and_few_do_not() {
    let of_rules = |count: usize| {
        let stream = Stream::new("s");
        let mut engine = engine();
        let tx = attempt(1);
        let verdict = engine.apply(1, &Event::Attempt(Arc::clone(&tx))).remove(0);
        let mut judged = Verdict::clone(&verdict);
        let one = judged.rules[0].clone();
        judged.rules = std::iter::repeat_n(one, count).collect();
        // Attempt, verdict, outcome, verdict after the commit.
        for event in [Event::Attempt(tx), Event::Verdict(Arc::new(judged.clone())), committed(1)] {
            stream.append(event);
        }
        stream.append(Event::Verdict(Arc::new(judged)));
        stream.retained_bytes() * RETAINED_EVENTS_MAX / 4
    };
    assert!(of_rules(85) > RETAINED_BYTES_MAX, "{}", of_rules(85));
    assert!(of_rules(2) < RETAINED_BYTES_MAX, "{}", of_rules(2));
}
