//! Notices as the payload of a notification: who tells, what, and fields that hold anything.

use bytes::Bytes;

use crate::limits::NOTICE_BYTES_MAX;
use crate::{Claimant, DocumentKey, Notice};

/// The payload; `None` for one that is longer than a notification may be.
pub(crate) fn written(from: Claimant, notice: &Notice) -> Option<String> {
    let fields = match notice {
        Notice::Handed(claimant) => format!("handed {}", claimant.0),
        Notice::Changed(key) => {
            format!("changed {} {}", hex(key.kind.as_bytes()), hex(&key.key))
        }
        Notice::Superseded { destination, resource } => {
            format!("superseded {} {}", hex(destination.as_bytes()), hex(resource.as_bytes()))
        }
    };
    let payload = format!("{} {fields}", from.0);
    (payload.len() <= NOTICE_BYTES_MAX).then_some(payload)
}

/// Who told what; `None` for what a later release says and this one does not know.
pub(crate) fn read(payload: &str) -> Option<(Claimant, Notice)> {
    let words: Vec<&str> = payload.split(' ').collect();
    let (from, notice) = match words.as_slice() {
        [from, "handed", claimant] => (from, Notice::Handed(Claimant(claimant.parse().ok()?))),
        [from, "changed", kind, key] => {
            let key = Bytes::from(bytes(key)?);
            (from, Notice::Changed(DocumentKey::new(text(kind)?, key)))
        }
        [from, "superseded", destination, resource] => {
            let (destination, resource) = (text(destination)?, text(resource)?);
            (from, Notice::Superseded { destination, resource })
        }
        _ => return None,
    };
    Some((Claimant(from.parse().ok()?), notice))
}

/// As `-` and two digits a byte, so that nothing is a field too.
fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("-{digits}")
}

fn bytes(field: &str) -> Option<Vec<u8>> {
    let digits = field.strip_prefix('-')?;
    if !digits.is_ascii() || digits.len() % 2 != 0 {
        return None;
    }
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

fn text(field: &str) -> Option<String> {
    String::from_utf8(bytes(field)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_is_read_as_it_was_told() {
        let superseded = |destination: &str, resource: &str| Notice::Superseded {
            destination: destination.into(),
            resource: resource.into(),
        };
        let key = |kind: &'static str, key: &'static [u8]| {
            Notice::Changed(DocumentKey::new(kind, Bytes::from_static(key)))
        };
        let notices = [
            Notice::Handed(Claimant(u64::MAX)),
            key("journey", b"\x00\xff handed 1"),
            key("", b""),
            superseded("bank a", "transfer/ü"),
        ];
        for notice in notices {
            let payload = written(Claimant(7), &notice).unwrap();
            assert_eq!(read(&payload), Some((Claimant(7), notice)), "{payload}");
        }
    }

    #[test]
    fn what_is_too_long_or_unknown_is_left_out() {
        let long = Notice::Changed(DocumentKey::new("journey", vec![0; 4_000]));
        assert_eq!(written(Claimant(7), &long), None);
        for payload in
            ["", "7", "x handed 1", "7 handed x", "7 changed -6", "7 changed -0g -", "7 moved"]
        {
            assert_eq!(read(payload), None, "{payload}");
        }
    }
}
