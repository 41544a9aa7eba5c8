//! Bands at their edges, and those that are none.

use frms::{Band, Bands, BandsError, SubRuleRef};

fn bands(lowers: &[(u8, u64)]) -> Result<Bands, BandsError> {
    let band = |(number, lower): &(u8, u64)| Band {
        reference: SubRuleRef::Band(*number),
        lower: *lower,
        reason: format!("from {lower}"),
    };
    Bands::new(lowers.iter().map(band).collect())
}

#[test]
fn a_value_is_in_the_band_that_begins_at_or_below_it() {
    let bands = bands(&[(1, 0), (2, 2), (3, 3)]).unwrap();
    let table = [(0, ".01"), (1, ".01"), (2, ".02"), (3, ".03"), (4, ".03"), (u64::MAX, ".03")];
    for (value, reference) in table {
        assert_eq!(bands.of(value).to_string(), reference, "{value}");
    }
    assert_eq!(bands.reason(SubRuleRef::Band(3)), Some("from 3"));
    assert_eq!(bands.reason(SubRuleRef::Error), None);
}

#[test]
fn bands_that_leave_values_out_or_repeat_themselves_are_refused() {
    assert_eq!(bands(&[]).unwrap_err(), BandsError::Number);
    assert_eq!(bands(&[(1, 1)]).unwrap_err(), BandsError::First);
    assert_eq!(bands(&[(1, 0), (2, 0)]).unwrap_err(), BandsError::Order);
    assert_eq!(bands(&[(1, 0), (2, 5), (3, 4)]).unwrap_err(), BandsError::Order);
    assert_eq!(bands(&[(1, 0), (1, 5)]).unwrap_err(), BandsError::References);
    assert_eq!(bands(&[(0, 0)]).unwrap_err(), BandsError::References);
    assert_eq!(bands(&[(1, 0), (2, 64)]).map(|bands| bands.of(64)), Ok(SubRuleRef::Band(2)));
    assert_eq!(bands(&[(1, 0), (2, 65)]).unwrap_err(), BandsError::Unreachable);
}

#[test]
fn references_are_spelt_as_the_peer_spells_them() {
    for text in [".err", ".x00", ".x04", ".01", ".99"] {
        assert_eq!(text.parse::<SubRuleRef>().unwrap().to_string(), text);
    }
    for text in ["", ".", "01", ".1", ".001", ".x", ".x1", ".-1", ".ab", "err", "none"] {
        assert_eq!(text.parse::<SubRuleRef>(), Err(BandsError::Reference), "{text}");
    }
}
