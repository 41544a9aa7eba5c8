//! Ways to say "if our term is still the last one" that do not wait for each other.
//!
//! A server that replicates a stream lets one write at a time name a subject whose last number it
//! expects (`Nats-Expected-Last-Subject-Sequence-Subject`), and refuses a second one while the first is
//! on its way to the other servers (error 10164). But the subject may have wildcards, and servers tell
//! such patterns apart by their letters. So a term's subject ends with [`LANE_TOKENS`] tokens that say
//! nothing, and each choice of wildcards in their place is a lane of its own: another pattern, which the
//! same subject and no other fits. One write at a time is on each lane.

use tokio::sync::mpsc;

use crate::limits::LANE_TOKENS;

/// The lanes of one writer.
pub(crate) struct Lanes {
    patterns: Vec<String>,
    free: mpsc::UnboundedReceiver<usize>,
    back: mpsc::UnboundedSender<usize>,
}

/// A lane that is taken; dropped, it is free again.
pub(crate) struct Lane {
    number: usize,
    back: mpsc::UnboundedSender<usize>,
}

impl Lanes {
    /// To a term under this subject ([`subject`]).
    pub(crate) fn new(stem: &str) -> Lanes {
        let (back, free) = mpsc::unbounded_channel();
        let patterns: Vec<String> = (0..1_usize << LANE_TOKENS).map(|n| pattern(stem, n)).collect();
        for number in 0..patterns.len() {
            // The other end is beside it.
            let _ = back.send(number);
        }
        Lanes { patterns, free, back }
    }

    /// A lane that is free, with its pattern; waits for one.
    pub(crate) async fn take(&mut self) -> (Lane, &str) {
        // We hold a sender: there is always a next one.
        let number = self.free.recv().await.unwrap_or(0);
        let pattern = self.patterns.get(number).map_or("", String::as_str);
        (Lane { number, back: self.back.clone() }, pattern)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let _ = self.back.send(self.number);
    }
}

/// The subject of a term, for lanes.
pub(crate) fn subject(stem: &str) -> String {
    pattern(stem, 0)
}

/// The pattern of a lane: the bits of its number say which tokens are left open.
fn pattern(stem: &str, number: usize) -> String {
    let token = |bit: u32| if (number >> bit) & 1 == 1 { ".*" } else { ".-" };
    (0..LANE_TOKENS).fold(stem.to_owned(), |pattern, bit| pattern + token(bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_is_another_pattern_that_the_subject_fits() {
        let subject = subject("frm.s.scorer.term");
        let mut patterns = Lanes::new("frm.s.scorer.term").patterns;
        assert!(patterns.iter().all(|pattern| frms::matches(pattern, &subject)));
        assert!(patterns.iter().all(|pattern| !frms::matches(pattern, "frm.s.scorer.other.-")));
        patterns.sort_unstable();
        patterns.dedup();
        assert_eq!(patterns.len(), 64);
    }
}
