//! Which accounts somebody holds, as far as payments have shown.

use std::collections::HashMap;

use crate::features::Pseudonymous;
use crate::limits::{ACCOUNTS_MAX, ACCOUNTS_PER_ENTITY_MAX};
use crate::{AccountKey, EntityKey};

/// Entities and their accounts.
#[derive(Clone, Debug, Default)]
pub struct Entities(HashMap<u64, Held, Pseudonymous>);

/// Most hold one account: that one needs no list.
#[derive(Clone, Debug)]
enum Held {
    One(u64),
    More(Vec<u64>),
}

impl Entities {
    /// The bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        let lists = self.0.values().map(|held| match held {
            Held::One(_) => 0,
            Held::More(accounts) => super::size::allocated(accounts),
        });
        super::size::table::<(u64, Held)>(self.0.capacity()) + lists.sum::<usize>()
    }

    /// The accounts of an entity that are known, short ([`AccountKey::short`]); at most
    /// [`ACCOUNTS_PER_ENTITY_MAX`].
    pub fn of(&self, entity: EntityKey) -> &[u64] {
        self.0.get(&entity.short()).map_or(&[], Held::accounts)
    }

    /// Every entity with its accounts, in the order of their keys.
    pub(crate) fn sorted(&self) -> Vec<(u64, &[u64])> {
        let mut all: Vec<_> = self.0.iter().map(|(key, held)| (*key, held.accounts())).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    /// Puts an entity back; false for one that cannot have been there.
    pub(crate) fn restore(&mut self, entity: u64, accounts: Vec<u64>) -> bool {
        let held = match accounts.as_slice() {
            [] => return false,
            [one] => Held::One(*one),
            _ => Held::More(accounts),
        };
        self.0.len() < ACCOUNTS_MAX && self.0.insert(entity, held).is_none()
    }

    pub(super) fn holds(&mut self, entity: EntityKey, account: AccountKey) {
        let account = account.short();
        let room = self.0.len() < ACCOUNTS_MAX;
        match self.0.get_mut(&entity.short()) {
            None if room => {
                self.0.insert(entity.short(), Held::One(account));
            }
            None => {}
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
