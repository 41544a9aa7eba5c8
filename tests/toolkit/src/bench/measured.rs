use super::figures::Durations;
use super::play::State;

/// What a run came to in its measured window. A transaction belongs to the window in which it was due.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    /// From the first to the second look at the CPU times.
    pub(super) window_us: u64,
    /// Transactions that were due.
    pub(super) offered: u64,
    /// Transactions that ended within the window, whenever they were due.
    pub(super) completed: u64,
    /// Of those that were due, those that failed or never ended.
    pub(super) errors: u64,
    pub(super) lookup: Durations,
    pub(super) quote: Durations,
    pub(super) transfer: Durations,
    pub(super) end_to_end: Durations,
    /// How much later than due they were begun.
    pub(super) lag: Durations,
    pub(super) hub_cpu_us: u64,
    pub(super) toolkit_cpu_us: u64,
    pub(super) syncs: u64,
}

/// What was read at one end of the window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) at_us: u64,
    pub(super) hub_cpu_us: u64,
    pub(super) toolkit_cpu_us: u64,
    pub(super) syncs: u64,
}

impl Measured {
    /// From the readings at both ends and how every transaction ended. Those that are left out do not count.
    pub(super) fn of(from: Reading, until: Reading, due_us: &[u64], states: &[State]) -> Measured {
        let within = |at_us: u64| (from.at_us..until.at_us).contains(&at_us);
        let all = due_us.iter().copied().zip(states).filter(|(_, state)| !state.is_left_out);
        let all: Vec<_> = all.collect();
        let due: Vec<_> = all.iter().filter(|(due_us, _)| within(*due_us)).collect();
        let done: Vec<_> =
            due.iter().filter(|(_, state)| state.committed_us > 0 && !state.failed).collect();
        let durations = |of: fn(u64, &State) -> u64| {
            Durations::of(done.iter().map(|(due_us, state)| of(*due_us, state)))
        };
        Measured {
            window_us: until.at_us.saturating_sub(from.at_us),
            offered: due.len() as u64,
            completed: all.iter().filter(|(_, state)| within(state.committed_us)).count() as u64,
            errors: (due.len() - done.len()) as u64,
            lookup: durations(|due_us, state| state.party_us.saturating_sub(due_us)),
            quote: durations(|_, state| state.terms_us.saturating_sub(state.party_us)),
            transfer: durations(|_, state| state.committed_us.saturating_sub(state.terms_us)),
            end_to_end: durations(|due_us, state| state.committed_us.saturating_sub(due_us)),
            lag: Durations::of(
                due.iter()
                    .filter(|(_, state)| state.sent_us > 0)
                    .map(|(due_us, state)| state.sent_us.saturating_sub(*due_us)),
            ),
            hub_cpu_us: until.hub_cpu_us.saturating_sub(from.hub_cpu_us),
            toolkit_cpu_us: until.toolkit_cpu_us.saturating_sub(from.toolkit_cpu_us),
            syncs: until.syncs.saturating_sub(from.syncs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_counts_where_it_was_due() {
        let reading =
            |at_us, hub_cpu_us| Reading { at_us, hub_cpu_us, toolkit_cpu_us: 0, syncs: 0 };
        let state = |committed_us| State {
            sent_us: 1_200,
            party_us: 1_300,
            terms_us: 1_600,
            committed_us,
            ..State::default()
        };
        let failed = State { failed: true, ..State::default() };
        let left_out = State { is_left_out: true, ..State::default() };
        let due = [500, 1_100, 1_150, 1_900, 1_950];
        let states = [state(1_700), state(2_100), failed, State::default(), left_out];
        let measured = Measured::of(reading(1_000, 5), reading(2_000, 9), &due, &states);
        assert_eq!((measured.offered, measured.completed, measured.errors), (3, 1, 2));
        assert_eq!(measured.end_to_end.quantile_us(500), 1_000);
        assert_eq!(measured.lookup.quantile_us(500), 200);
        assert_eq!(measured.quote.quantile_us(500), 300);
        assert_eq!(measured.transfer.quantile_us(500), 500);
        assert_eq!(measured.lag.quantile_us(1_000), 100);
        assert_eq!((measured.hub_cpu_us, measured.window_us), (4, 1_000));
    }
}
