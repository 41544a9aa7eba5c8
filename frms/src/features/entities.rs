//! Which accounts somebody holds, as far as payments have shown.

use std::collections::{HashMap, VecDeque};

use crate::features::Pseudonymous;
use crate::limits::{ACCOUNTS_PER_ENTITY_MAX, SWEPT_AT_ONCE};
use crate::{AccountKey, EntityKey};

/// Entities and their accounts.
#[derive(Clone, Debug, Default)]
pub struct Entities {
    held: HashMap<u64, Held, Pseudonymous>,
    /// Each once: who is the next that may have to make room.
    line: VecDeque<u64>,
}

/// Most hold one account: that one needs no list.
#[derive(Clone, Debug)]
enum Held {
    One(u64),
    More(Vec<u64>),
}

impl Entities {
    /// The bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        let lists = self.held.values().map(|held| match held {
            Held::One(_) => 0,
            Held::More(accounts) => super::size::allocated(accounts),
        });
        let line = super::size::block(self.line.capacity().saturating_mul(size_of::<u64>()));
        super::size::table::<(u64, Held)>(self.held.capacity()) + lists.sum::<usize>() + line
    }

    /// The accounts of an entity that are known, short ([`AccountKey::short`]); at most
    /// [`ACCOUNTS_PER_ENTITY_MAX`].
    pub fn of(&self, entity: EntityKey) -> &[u64] {
        self.held.get(&entity.short()).map_or(&[], Held::accounts)
    }

    /// Every entity with its accounts, in their line: put back in this order, they are the same.
    pub(crate) fn in_line(&self) -> impl Iterator<Item = (u64, &[u64])> {
        self.line.iter().filter_map(|key| Some((*key, self.held.get(key)?.accounts())))
    }

    /// Puts an entity back at the end of the line; false for one that cannot have been there.
    pub(crate) fn restore(&mut self, entity: u64, accounts: Vec<u64>) -> bool {
        let held = match accounts.as_slice() {
            [] => return false,
            [one] => Held::One(*one),
            _ => Held::More(accounts),
        };
        self.line.push_back(entity);
        self.held.insert(entity, held).is_none()
    }

    /// Where there are more than `most`, the one among the next in line whose accounts were idle
    /// longest makes room, the others go to the end. `last_ms` is an account's latest sign of life,
    /// none for one that is forgotten.
    pub(super) fn make_room(&mut self, most: usize, last_ms: impl Fn(&u64) -> Option<i64>) {
        while self.held.len() > most {
            let next: Vec<u64> = self.line.drain(..SWEPT_AT_ONCE.min(self.line.len())).collect();
            let idle = |key: &u64| {
                let accounts = self.held.get(key).map_or(&[][..], Held::accounts);
                (accounts.iter().filter_map(&last_ms).max(), *key)
            };
            let Some((_, idlest)) = next.iter().map(idle).min() else { return };
            self.held.remove(&idlest);
            self.line.extend(next.into_iter().filter(|key| *key != idlest));
        }
    }

    pub(super) fn holds(&mut self, entity: EntityKey, account: AccountKey) {
        let account = account.short();
        match self.held.get_mut(&entity.short()) {
            None => {
                self.held.insert(entity.short(), Held::One(account));
                self.line.push_back(entity.short());
            }
            Some(Held::One(one)) if *one == account => {}
            Some(held @ Held::One(_)) => {
                let Held::One(one) = *held else { return };
                *held = Held::More(vec![one, account]);
            }
            Some(Held::More(accounts))
                if accounts.len() < ACCOUNTS_PER_ENTITY_MAX && !accounts.contains(&account) =>
            {
                accounts.push(account);
            }
            Some(Held::More(_)) => {}
        }
    }
}

impl Held {
    fn accounts(&self) -> &[u64] {
        match self {
            Held::One(account) => std::slice::from_ref(account),
            Held::More(accounts) => accounts,
        }
    }
}
