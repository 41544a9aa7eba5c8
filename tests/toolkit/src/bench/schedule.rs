use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::figures::exponential_ns;
use super::options::Arrivals;
use crate::ToolkitError;

/// When each transaction is due, in microseconds from the start.
#[derive(Debug, Clone)]
pub(super) struct Schedule(Vec<u64>);

impl Schedule {
    /// Arrivals at `rate` a second for `length_us`. The same settings give the same schedule.
    pub(super) fn new(arrivals: Arrivals, rate: u64, length_us: u64) -> Schedule {
        let (mut due_ns, mut chance, mut due) = (0_u64, Chance(SEED), Vec::new());
        while due_ns < length_us.saturating_mul(1_000) {
            due.push(due_ns / 1_000);
            let gap_ns = match arrivals {
                Arrivals::Constant => 1_000_000_000 / rate.max(1),
                Arrivals::Poisson => exponential_ns(chance.next(), rate),
            };
            due_ns = due_ns.saturating_add(gap_ns);
        }
        Schedule(due)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Each transaction with the time at which it is due.
    pub(super) fn due_us(&self) -> &[u64] {
        &self.0
    }

    /// Gives out the number of each transaction when it is due. A thread of its own sleeps until then: timers of the
    /// runtime are a millisecond wide.
    ///
    /// # Errors
    /// [`ToolkitError`] if there can be no thread.
    pub(super) fn start(&self, began: Instant) -> Result<UnboundedReceiver<usize>, ToolkitError> {
        let (sender, receiver) = unbounded_channel();
        let due = self.0.clone();
        let pace = move || {
            for (number, due_us) in due.into_iter().enumerate() {
                let at = began + Duration::from_micros(due_us);
                std::thread::sleep(at.saturating_duration_since(Instant::now()));
                if sender.send(number).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("schedule".to_owned());
        thread.spawn(pace).map_err(|source| ToolkitError::io("start a thread", source))?;
        Ok(receiver)
    }
}

/// Where the draws begin.
const SEED: u64 = 0x5eed_ca05_e3a1_0001;

/// splitmix64 (Steele, Lea, Flood 2014): the same draws in every run.
struct Chance(u64);

impl Chance {
    /// A draw from [0, 2^53).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) >> 11
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_schedule_is_even() {
        let schedule = Schedule::new(Arrivals::Constant, 1_000, 10_000);
        assert_eq!(
            schedule.due_us(),
            [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000]
        );
    }

    #[test]
    fn a_poisson_schedule_has_its_rate_and_is_not_even() {
        let schedule = Schedule::new(Arrivals::Poisson, 1_000, 10_000_000);
        assert!((9_500..10_500).contains(&schedule.len()), "{}", schedule.len());
        let gaps = schedule.due_us().windows(2).map(|pair| pair[1] - pair[0]);
        let long = gaps.filter(|gap| *gap > 2_000).count();
        // e^-2 of all gaps are longer than twice the mean.
        assert!((1_100..1_600).contains(&long), "{long}");
        assert!(schedule.due_us().is_sorted());
    }

    #[test]
    fn nothing_is_given_out_before_it_is_due() {
        let schedule = Schedule::new(Arrivals::Constant, 200, 20_000);
        let began = Instant::now();
        let mut due = schedule.start(began).unwrap();
        for number in 0..schedule.len() {
            assert_eq!(due.blocking_recv(), Some(number));
            assert!(began.elapsed().as_micros() >= u128::from(schedule.due_us()[number]));
        }
        assert_eq!(due.blocking_recv(), None);
    }
}
