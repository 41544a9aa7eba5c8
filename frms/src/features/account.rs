//! One account.

use serde::{Deserialize, Serialize};

use crate::Place;
use crate::features::{
    Amounts, Counterparties, Currency, Days, Kind, Places, Recent, Relations, Seen,
};
use crate::limits::{HOLDERS_MAX, LATEST_KEPT};

/// One account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The first payment that it tried to make or was paid, of those that have ended: Unix
    /// milliseconds; [`i64::MAX`] before.
    pub first_ms: i64,
    /// The latest payment that it tried to make, of those that have ended, however they did;
    /// [`i64::MIN`] before.
    pub tried_ms: i64,
    /// As debtor.
    pub outgoing: Side,
    /// As creditor.
    pub incoming: Side,
    /// With whom it has ever dealt.
    pub relations: Relations,
    /// Where it paid; none while no place is known.
    pub places: Option<Box<Places>>,
    /// What its latest payment was for, disguised.
    pub description: Option<Box<[u8]>>,
    /// The entities under which it was seen, short; at most [`HOLDERS_MAX`].
    pub holders: Vec<u64>,
    /// How old its holder was in the latest payment of it that said so.
    pub age_years: Option<u16>,
}

/// One direction of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The latest payments, settled and pending.
    pub recent: Recent,
    /// How many were paid, ever.
    pub paid: u32,
    /// When the latest of those was attempted; [`i64::MIN`] if there is none.
    pub last_ms: i64,
    /// How many were paid on each day.
    pub days: Days,
    /// What is known of the amounts paid, a currency each.
    pub amounts: Vec<Amounts>,
    /// Whom it paid, or who paid it.
    pub counterparties: Counterparties,
    /// How many of each [`Kind`] were paid.
    pub kinds: [u16; Kind::COUNT],
}

impl Account {
    /// The latest sign of life, Unix milliseconds; [`i64::MIN`] if there is none.
    pub fn last_ms(&self) -> i64 {
        let latest = |side: &Side| {
            side.recent.after(i64::MIN).next().map_or(side.last_ms, |seen| seen.at_ms)
        };
        latest(&self.outgoing).max(latest(&self.incoming))
    }

    /// A payment of it, with how new its counterparty is.
    pub(crate) fn marked(&self, seen: Seen) -> Seen {
        Seen { news: self.news(&seen), ..seen }
    }

    /// An attempt of it to pay has ended.
    pub(super) fn tried(&mut self, at_ms: i64) {
        self.first_ms = self.first_ms.min(at_ms);
        self.tried_ms = self.tried_ms.max(at_ms);
    }

    /// It paid from here.
    pub(super) fn been(&mut self, place: Option<Place>, at_ms: i64) {
        if let Some(place) = place {
            self.places.get_or_insert_default().been(place, at_ms);
        }
    }

    /// It was seen under this name.
    pub(super) fn held_by(&mut self, entity: u64) {
        if self.holders.len() < HOLDERS_MAX && !self.holders.contains(&entity) {
            self.holders.reserve_exact(1);
            self.holders.push(entity);
        }
    }

    /// Forgets single payments, but for the latest outgoing ones, to which rules 006 to 008 compare.
    pub(super) fn forget_until(&mut self, at_ms: i64) {
        let forgotten = self.outgoing.recent.forget_until(at_ms, LATEST_KEPT);
        if let Some((first_ms, last_ms)) = forgotten {
            self.tried(first_ms);
            self.tried(last_ms);
        }
        self.incoming.recent.forget_until(at_ms, 0);
    }
}

impl Default for Account {
    fn default() -> Account {
        let (outgoing, incoming) = (Side::default(), Side::default());
        Account {
            first_ms: i64::MAX,
            tried_ms: i64::MIN,
            outgoing,
            incoming,
            relations: Relations::default(),
            places: None,
            description: None,
            holders: Vec::new(),
            age_years: None,
        }
    }
}

impl Side {
    /// What is known of the amounts in a currency.
    pub fn amounts(&self, currency: Currency) -> Option<&Amounts> {
        self.amounts.iter().find(|amounts| amounts.currency == currency)
    }

    /// A payment of it was paid: whether that is news. Told twice, it counts once.
    pub(super) fn settle(&mut self, seen: Seen, peak_ms: i64) -> bool {
        if !self.recent.settle(seen) {
            return false;
        }
        self.paid = self.paid.saturating_add(1);
        self.last_ms = self.last_ms.max(seen.at_ms);
        self.days.add(seen.at_ms);
        if let Some(count) = self.kinds.get_mut(seen.kind as usize) {
            *count = count.saturating_add(1);
        }
        match self.amounts.iter_mut().find(|amounts| amounts.currency == seen.currency) {
            Some(amounts) => amounts.add(&seen, peak_ms),
            None => {
                let mut amounts = Amounts::new(seen.currency);
                amounts.add(&seen, peak_ms);
                // Nearly every account has one currency: no room for more is kept.
                self.amounts.reserve_exact(1);
                self.amounts.push(amounts);
            }
        }
        true
    }
}

impl Default for Side {
    fn default() -> Side {
        Side {
            recent: Recent::default(),
            paid: 0,
            last_ms: i64::MIN,
            days: Days::default(),
            amounts: Vec::new(),
            counterparties: Counterparties::default(),
            kinds: [0; Kind::COUNT],
        }
    }
}
