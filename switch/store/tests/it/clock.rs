//! The hub's clock: durations hold whatever the wall clock does (T5 of
//! security-and-timeouts.md §4.4).

use switch::Timestamp;

use crate::place::{START, clocks};

#[test]
fn runs_as_the_monotonic_clock_does() {
    let (source, clock) = clocks();
    assert_eq!(clock.now(), START);
    source.advance_ms(12_345);
    assert_eq!(clock.now(), START.plus_ms(12_345));
}

#[test]
fn a_step_of_the_wall_clock_moves_no_duration() {
    for step_ms in [60_000, -60_000] {
        let (source, clock) = clocks();
        source.advance_ms(1_000_000);
        let before = clock.now();
        source.step_wall_ms(step_ms);
        source.advance_ms(10_000);
        let elapsed = clock.now().0 - before.0;
        assert!((9_994..=10_006).contains(&elapsed), "{elapsed} ms after a step of {step_ms} ms");
    }
}

#[test]
fn is_bent_towards_the_wall_clock_until_it_agrees() {
    for step_ms in [600, -600] {
        let (source, clock) = clocks();
        source.step_wall_ms(step_ms);
        let mut elapsed_ms = 0;
        let mut last = clock.now();
        while clock.now() != START.plus_ms(elapsed_ms + step_ms) {
            source.advance_ms(7);
            elapsed_ms += 7;
            assert!(clock.now() >= last, "went back");
            last = clock.now();
            assert!(elapsed_ms < 1_300_000, "600 ms at 500 ppm take 1,200 s");
        }
        assert!(elapsed_ms > 1_190_000, "bent faster than 500 ppm: {elapsed_ms} ms");
    }
}

#[test]
fn never_goes_back_and_is_never_below_what_it_was_raised_to() {
    let (source, clock) = clocks();
    clock.raise(START.plus_ms(90_000));
    assert_eq!(clock.now(), START.plus_ms(90_000));
    clock.raise(Timestamp(0));
    let mut last = clock.now();
    for step_ms in [-5, 3, -86_400_000, 86_400_000, 0, -1] {
        source.step_wall_ms(step_ms);
        source.advance_ms(1);
        let now = clock.now();
        assert!(now >= last && now.0 <= last.0 + 2, "{last:?} then {now:?}");
        last = now;
    }
}
