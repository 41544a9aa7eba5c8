//! What is remembered of accounts and of who holds them, so that every rule finds its numbers ready
//! (DESIGN §7). Two layers: what was paid, and what is being attempted. What was paid is kept as
//! counts, moments and histograms for good; single payments only for the longest window of a rule.
//!
//! * `account`: one account, both directions; `seen`: its latest payments, one by one
//! * `amounts`: what is known of amounts in one currency; `days`: payments by day
//! * `counterparties`, `places`: whom it pays, where it was; `relations`: who is new to it
//! * `entities`: which accounts somebody holds; `clock`: how late it is

mod account;
mod amounts;
mod clock;
mod counterparties;
mod days;
mod entities;
mod places;
mod relations;
mod seen;
mod size;

pub use account::{Account, Side};
pub use amounts::{Amounts, Moments, Peak};
pub(crate) use amounts::{first_digit, number};
pub use counterparties::Counterparties;
pub use days::Days;
pub use entities::Entities;
pub use places::{Places, distance_km};
pub use relations::{News, Relations};
pub use seen::{Currency, Kind, Layer, Recent, Seen};

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use self::clock::Clock;
use crate::limits::{ACCOUNTS_MAX, AHEAD_MAX_MS, COUNTERPARTIES_MAX, PAYERS_MAX, SWEPT_AT_ONCE};
use crate::{AccountKey, Attempt, EntityKey, OutcomeKind};

/// The memory of all accounts of a tenant.
#[derive(Clone, Debug)]
pub struct Features {
    index: HashMap<u64, u32, Pseudonymous>,
    /// Shared with copies of this memory until they are changed.
    accounts: Vec<(u64, Arc<Account>)>,
    entities: Entities,
    /// How far back single payments are remembered, in milliseconds.
    recent_ms: i64,
    /// How far back the largest amounts are remembered.
    peak_ms: i64,
    clock: Clock,
    /// The next account to be tidied up.
    sweep: usize,
    /// Of how many accounts there is room, and of as many entities.
    most: usize,
}

/// How far back a catalogue's rules look, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// At single payments.
    pub recent_ms: i64,
    /// At the largest amounts.
    pub peak_ms: i64,
}

impl Features {
    /// Nothing known yet, for rules that look back so far.
    pub fn new(reach: Reach) -> Features {
        Features::with_room(reach, ACCOUNTS_MAX)
    }

    /// The same, with room for at most so many accounts, and as many entities.
    pub fn with_room(reach: Reach, most: usize) -> Features {
        let Reach { recent_ms, peak_ms } = reach;
        Features {
            index: HashMap::default(),
            accounts: Vec::new(),
            entities: Entities::default(),
            recent_ms,
            peak_ms,
            clock: Clock::default(),
            sweep: 0,
            most,
        }
    }

    /// For rules that look back so far: what was forgotten stays forgotten.
    pub fn reach_back(&mut self, reach: Reach) {
        self.recent_ms = reach.recent_ms;
        self.peak_ms = reach.peak_ms;
    }

    /// From now on rules look back so far. What is forgotten already does not come back.
    pub fn reach(&mut self, reach: Reach) {
        self.recent_ms = reach.recent_ms;
        self.peak_ms = reach.peak_ms;
    }

    /// What is remembered of an account.
    pub fn account(&self, key: AccountKey) -> Option<&Account> {
        self.short(key.short())
    }

    /// What is remembered of a counterparty ([`Seen::counterparty`]).
    pub fn short(&self, key: u64) -> Option<&Account> {
        let place = *self.index.get(&key)?;
        self.accounts.get(usize::try_from(place).ok()?).map(|(_, account)| &**account)
    }

    /// The accounts that an entity is known to hold, short ([`AccountKey::short`]).
    pub fn accounts_held_by(&self, entity: EntityKey) -> &[u64] {
        self.entities.of(entity)
    }

    /// How many accounts are remembered.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// An attempt is under way.
    pub fn attempted(&mut self, attempt: &Attempt) {
        self.tidy(attempt.at_ms);
        let Sides { debtor, creditor } = Sides::of(attempt);
        if let Some((key, seen)) = debtor {
            let account = self.open(key);
            let seen = account.marked(seen);
            account.outgoing.recent.add(seen);
        }
        if let Some((key, seen)) = creditor {
            let account = self.open(key);
            let seen = account.marked(seen);
            account.incoming.recent.add(seen);
        }
        self.make_room();
    }

    /// An attempt was paid. Its time stays that of the attempt: that is when its parties acted.
    pub fn settled(&mut self, attempt: &Attempt) {
        self.tidy(attempt.at_ms);
        let Sides { debtor, creditor } = Sides::of(attempt);
        let peak_ms = self.peak_ms;
        if let Some((key, seen)) = debtor {
            let account = self.open(key);
            let seen = account.marked(seen);
            account.tried(attempt.at_ms);
            if account.outgoing.settle(seen, peak_ms) {
                account.relations.dealt(&seen);
                account.outgoing.counterparties.met(seen, COUNTERPARTIES_MAX);
                account.been(attempt.place, attempt.at_ms);
                account.age_years = attempt.debtor_age_years.or(account.age_years);
                if account.outgoing.last_ms <= attempt.at_ms {
                    account.description = attempt.description.as_ref().map(|text| text.0.clone());
                }
            }
        }
        if let Some((key, seen)) = creditor {
            let account = self.open(key);
            let seen = account.marked(seen);
            account.first_ms = account.first_ms.min(attempt.at_ms);
            if account.incoming.settle(seen, peak_ms) {
                account.relations.dealt(&seen);
                account.incoming.counterparties.met(seen, PAYERS_MAX);
            }
        }
        for party in [attempt.debtor, attempt.creditor].into_iter().flatten() {
            self.entities.holds(party.entity, party.account);
            self.open(party.account.short()).held_by(party.entity.short());
        }
        self.make_room();
    }

    /// An attempt came to nothing, or to `Committed` ([`Features::settled`]). `keeps_failed`: rules may
    /// ask for those that came to nothing ([`Layer::Failed`]).
    pub fn ended(&mut self, attempt: &Attempt, kind: OutcomeKind, keeps_failed: bool) {
        if kind == OutcomeKind::Committed {
            return self.settled(attempt);
        }
        let end = |recent: &mut Recent, seen: Seen| match keeps_failed {
            true => recent.fail(seen),
            false => recent.drop_pending(seen.id),
        };
        let Sides { debtor, creditor } = Sides::of(attempt);
        if let Some((key, seen)) = debtor {
            let account = self.open(key);
            account.tried(attempt.at_ms);
            end(&mut account.outgoing.recent, seen);
        }
        if let Some((key, seen)) = creditor {
            end(&mut self.open(key).incoming.recent, seen);
        }
        self.make_room();
    }

    /// What a snapshot keeps: the accounts in their order, who holds them, and who is tidied up next.
    pub(crate) fn kept(&self) -> (&[(u64, Arc<Account>)], &Entities, usize) {
        (&self.accounts, &self.entities, self.sweep)
    }

    /// The times by which it knows how late it is.
    pub(crate) fn times(&self) -> Vec<i64> {
        self.clock.times()
    }

    /// Puts them back; false for such as cannot have been there.
    pub(crate) fn restore_times(&mut self, times: Vec<i64>) -> bool {
        self.clock.restore(times)
    }

    /// Puts an account back; false for one that cannot have been there. More than there is room for
    /// make room with the next event, as in the one who wrote them.
    pub(crate) fn restore_account(&mut self, key: u64, account: Account) -> bool {
        let Ok(place) = u32::try_from(self.accounts.len()) else { return false };
        let is_new = self.index.insert(key, place).is_none();
        self.accounts.push((key, Arc::new(account)));
        is_new
    }

    /// Puts an entity back; false for one that cannot have been there.
    pub(crate) fn restore_entity(&mut self, entity: u64, accounts: Vec<u64>) -> bool {
        self.entities.restore(entity, accounts)
    }

    /// Tidying up goes on with this account.
    pub(crate) fn restore_sweep(&mut self, sweep: usize) {
        self.sweep = sweep;
    }

    /// The account under a key, made if it is new.
    fn open(&mut self, key: u64) -> &mut Account {
        let next = self.accounts.len();
        let place = *self.index.entry(key).or_insert(u32::try_from(next).unwrap_or(u32::MAX));
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if place >= next {
            self.accounts.push((key, Arc::default()));
        }
        Arc::make_mut(&mut self.accounts[place.min(next)].1)
    }

    /// Each event pays for a little tidying, so that none pays for all: the next accounts in line
    /// forget what no rule looks at any more.
    fn tidy(&mut self, at_ms: i64) {
        let now_ms = self.clock.tick(at_ms);
        let until_ms = now_ms.saturating_sub(self.recent_ms).saturating_sub(AHEAD_MAX_MS);
        for _ in 0..SWEPT_AT_ONCE.min(self.accounts.len()) {
            let next = self.next_in_line();
            let Some((_, account)) = self.accounts.get_mut(next) else { return };
            Arc::make_mut(account).forget_until(until_ms);
        }
    }

    /// Where there are too many accounts, the one among the next in line that was idle longest makes
    /// room, and so with entities. An event adds two accounts at most: little is to be done at once.
    fn make_room(&mut self) {
        while self.accounts.len() > self.most {
            let next = (0..SWEPT_AT_ONCE).map(|_| self.next_in_line()).collect::<Vec<_>>();
            let idle = |place: &usize| Some((self.accounts.get(*place)?.1.last_ms(), *place));
            let Some((_, idlest)) = next.iter().filter_map(idle).min() else { return };
            self.forget_account(idlest);
        }
        let (index, accounts) = (&self.index, &self.accounts);
        let last_ms = |key: &u64| {
            let place = usize::try_from(*index.get(key)?).ok()?;
            accounts.get(place).map(|(_, account)| account.last_ms())
        };
        self.entities.make_room(self.most, last_ms);
    }

    fn next_in_line(&mut self) -> usize {
        self.sweep = if self.sweep + 1 < self.accounts.len() { self.sweep + 1 } else { 0 };
        self.sweep
    }

    fn forget_account(&mut self, place: usize) {
        let (key, _) = self.accounts.swap_remove(place);
        self.index.remove(&key);
        if let Some((moved, _)) = self.accounts.get(place)
            && let Some(entry) = self.index.get_mut(moved)
        {
            *entry = u32::try_from(place).unwrap_or(u32::MAX);
        }
    }
}

impl Default for Features {
    fn default() -> Features {
        Features::new(Reach::default())
    }
}

/// An attempt as its two accounts remember it, each under the other's name.
struct Sides {
    debtor: Option<(u64, Seen)>,
    creditor: Option<(u64, Seen)>,
}

impl Sides {
    fn of(attempt: &Attempt) -> Sides {
        let key = |party: Option<crate::Party>| party.map(|party| party.account.short());
        let (debtor, creditor) = (key(attempt.debtor), key(attempt.creditor));
        let seen = |counterparty: Option<u64>| Seen::of(attempt, counterparty.unwrap_or(0));
        Sides {
            debtor: debtor.map(|key| (key, seen(creditor))),
            creditor: creditor.map(|key| (key, seen(debtor))),
        }
    }
}

/// Pseudonyms are made with a secret: nobody can choose them so that they collide, and their bits are
/// as good as a hash.
type Pseudonymous = BuildHasherDefault<Bits>;

/// See [`Pseudonymous`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits(u64);

impl Hasher for Bits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = bits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, PaymentId, Point, Pseudonyms, TermsHash, Units};

    fn paid(id: u128) -> Attempt {
        let known = Pseudonyms::new(b"a secret");
        let party = |side| Some(known.party("MSISDN", &format!("{side}-{id}"), side));
        Attempt {
            id: PaymentId(id),
            hash: TermsHash([0; 32]),
            point: Point::BeforeReserve,
            at_ms: i64::try_from(id).unwrap(),
            payer_fsp: "green".to_owned(),
            payee_fsp: "blue".to_owned(),
            units: Units(1),
            currency: "EUR".to_owned(),
            debtor: party("green"),
            creditor: party("blue"),
            facts: Facts::Unknown,
            category: None,
            debtor_age_years: None,
            place: None,
            description: None,
        }
    }

    /// All that a snapshot keeps.
    fn again(features: &Features, most: usize) -> Features {
        let mut again = Features::with_room(Reach::default(), most);
        for (key, account) in features.kept().0 {
            assert!(again.restore_account(*key, Account::clone(account)));
        }
        for (entity, accounts) in features.kept().1.in_line() {
            assert!(again.restore_entity(entity, accounts.to_vec()));
        }
        again.restore_sweep(features.kept().2);
        assert!(again.restore_times(features.times()));
        again
    }

    fn keys(features: &Features) -> (Vec<u64>, Vec<u64>) {
        let (accounts, entities, _) = features.kept();
        let accounts = accounts.iter().map(|(key, _)| *key);
        (accounts.collect(), entities.in_line().map(|(key, _)| key).collect())
    }

    #[test]
    fn what_was_written_is_restored_even_if_it_is_more_than_there_is_room_for() {
        let mut wide = Features::with_room(Reach::default(), 100);
        (1..=30).for_each(|id| wide.settled(&paid(id)));
        let mut narrow = again(&wide, 20);
        assert_eq!((keys(&narrow), narrow.len()), (keys(&wide), 60));
        narrow.settled(&paid(31));
        assert_eq!((narrow.len(), keys(&narrow).1.len()), (20, 20), "then there is none for it");
        assert!(narrow.account(paid(31).debtor.unwrap().account).is_some());
        assert!(!narrow.restore_account(keys(&narrow).0[0], Account::default()), "twice");
        assert!(!narrow.restore_entity(keys(&narrow).1[0], vec![1]), "twice");
    }

    #[test]
    fn who_goes_on_from_a_snapshot_has_the_same_ones_make_room() {
        let mut whole = Features::with_room(Reach::default(), 20);
        (1..=30).for_each(|id| whole.settled(&paid(id)));
        let mut restored = again(&whole, 20);
        for id in 31..=90 {
            for features in [&mut whole, &mut restored] {
                features.attempted(&paid(id));
                features.settled(&paid(id - 3));
            }
            assert_eq!(keys(&whole), keys(&restored));
        }
    }
}
