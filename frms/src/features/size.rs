//! How much memory it takes: what is allocated, used or not, and what an allocation costs by itself.

use std::sync::Arc;

use crate::features::{Account, Features, Places, Side};

/// What an allocator keeps beside each allocation, and rounds up to.
const ALLOCATION_BYTES: usize = 16;
/// What is counted beside each value that may be shared.
const COUNTS_BYTES: usize = 16;
/// A table has this many places for eight that it can hold, and a byte beside each place.
const PLACES_FOR_EIGHT: (usize, usize) = (8, 7);

/// Makes room for one more, and for a quarter more than there are: a vector that doubles by itself keeps
/// twice as much free, in millions of accounts.
pub(super) fn make_room<T>(values: &mut Vec<T>) {
    if values.len() == values.capacity() {
        values.reserve_exact((values.len() / 4).max(1));
    }
}

/// The bytes of a vector's allocation.
pub(super) fn allocated<T>(values: &Vec<T>) -> usize {
    block(values.capacity().saturating_mul(size_of::<T>()))
}

/// The bytes of a table's allocation.
pub(super) fn table<T>(capacity: usize) -> usize {
    let (places, held) = PLACES_FOR_EIGHT;
    block((capacity.saturating_mul(places) / held).saturating_mul(size_of::<T>() + 1))
}

pub(super) fn block(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { bytes.next_multiple_of(ALLOCATION_BYTES) + ALLOCATION_BYTES }
}

impl Account {
    /// The bytes that it takes, with its key.
    pub fn bytes(&self) -> usize {
        let places = self.places.as_ref();
        let places = places.map_or(0, |places| block(size_of::<Places>()) + places.heap());
        let description = self.description.as_ref().map_or(0, |text| block(text.len()));
        let own = size_of::<(u64, Arc<Account>)>() + block(COUNTS_BYTES + size_of::<Account>());
        own + allocated(&self.holders)
            + self.outgoing.heap()
            + self.incoming.heap()
            + self.relations.heap()
            + places
            + description
    }
}

impl Side {
    fn heap(&self) -> usize {
        let amounts: usize = self.amounts.iter().map(super::Amounts::heap).sum();
        let lists = self.recent.heap() + self.days.heap() + self.counterparties.heap();
        lists + allocated(&self.amounts) + amounts
    }
}

impl Features {
    /// The bytes that all of it takes: accounts, their index, entities, and room that is kept free.
    pub fn bytes(&self) -> usize {
        let own = size_of::<(u64, Arc<Account>)>();
        let heaps: usize = self.accounts.iter().map(|(_, account)| account.bytes() - own).sum();
        let index = table::<(u64, u32)>(self.index.capacity());
        allocated(&self.accounts) + heaps + index + self.entities.bytes()
    }

    /// The bytes of each account, in no particular order.
    pub fn bytes_of_each(&self) -> impl Iterator<Item = usize> {
        self.accounts.iter().map(|(_, account)| account.bytes())
    }
}
