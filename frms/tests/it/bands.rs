//! Bands and cases at their edges.

use frms::{Band, SubRuleRef};

fn band(lower: Option<f64>, upper: Option<f64>) -> Band {
    Band { reference: SubRuleRef::band(1), lower, upper, reason: String::new() }
}

#[test]
fn a_band_holds_its_lower_limit_and_not_its_upper_one() {
    let (two, three) = (Some(2.0), Some(3.0));
    for (lower, upper, value, holds) in [
        (None, two, 1.999, true),
        (None, two, 2.0, false),
        (two, three, 1.999, false),
        (two, three, 2.0, true),
        (two, three, 2.999, true),
        (two, three, 3.0, false),
        (three, None, 3.0, true),
        (three, None, f64::MAX, true),
        (None, None, -1.0, true),
        (Some(0.0), two, -0.5, false),
    ] {
        assert_eq!(band(lower, upper).holds(value), holds, "[{lower:?}, {upper:?}) {value}");
    }
}

#[test]
fn a_spread_s_limits_are_deviations_above_the_mean() {
    // Mean 10, deviation 2: the band [3, 5) is [16, 20).
    let unusual = band(Some(3.0), Some(5.0));
    for (value, holds) in [(15.9, false), (16.0, true), (19.9, true), (20.0, false)] {
        assert_eq!(unusual.holds_spread(value, 10.0, 2.0), holds, "{value}");
    }
    assert!(band(None, Some(3.0)).holds_spread(-100.0, 10.0, 2.0));
}

#[test]
fn references_are_spelt_as_the_peer_spells_them() {
    let spelt =
        [SubRuleRef::error(), SubRuleRef::exit(0), SubRuleRef::exit(4), SubRuleRef::band(1)];
    assert_eq!(spelt.map(|reference| reference.to_string()), [".err", ".x00", ".x04", ".01"]);
}
