//! The search for the highest rate that is sustained: twice the rate until one is not, then halves of the gap.

/// A search for a rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    /// The highest rate that was sustained.
    pub(super) sustained: u64,
    failed: Option<u64>,
}

/// Where the search begins, in transactions a second.
const FIRST: u64 = 500;
/// It ends when the gap is no more than this part of the sustained rate.
const PRECISION: u64 = 16;

impl Search {
    pub(super) fn new() -> Search {
        Search { sustained: 0, failed: None }
    }

    /// The rate to be tried next; none when what is known is good enough.
    pub(super) fn next(&self) -> Option<u64> {
        match self.failed {
            None if self.sustained == 0 => Some(FIRST),
            None => Some(self.sustained * 2),
            Some(failed) => {
                let gap = failed.saturating_sub(self.sustained);
                let wide = gap > (self.sustained / PRECISION).max(1);
                wide.then_some(self.sustained + gap / 2)
            }
        }
    }

    pub(super) fn tried(&mut self, rate: u64, sustained: bool) {
        match sustained {
            true => self.sustained = self.sustained.max(rate),
            false => self.failed = Some(self.failed.map_or(rate, |failed| failed.min(rate))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::BENCH_PROBES;

    fn found(capacity: u64) -> (u64, u32) {
        let (mut search, mut probes) = (Search::new(), 0);
        while let Some(rate) = search.next().filter(|_| probes < BENCH_PROBES) {
            search.tried(rate, rate <= capacity);
            probes += 1;
        }
        (search.sustained, probes)
    }

    #[test]
    fn it_finds_the_rate_within_its_precision_and_probes() {
        for capacity in [60, 130, 333, 800, 1_500, 2_500, 4_000] {
            let (sustained, probes) = found(capacity);
            assert!(sustained <= capacity && probes <= BENCH_PROBES, "{capacity}: {sustained}");
            assert!(sustained * 10 >= capacity * 9, "{capacity}: {sustained}");
        }
        assert_eq!(found(0).0, 0);
    }
}
