//! A map that forgets its oldest entries.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A map of at most so many entries: the oldest one makes room for a new one.
#[derive(Clone, Debug)]
pub struct Bounded<K, V> {
    entries: HashMap<K, (u64, V)>,
    order: VecDeque<(u64, K)>,
    stamp: u64,
    most: usize,
}

impl<K: Hash + Eq + Copy, V> Bounded<K, V> {
    pub fn new(most: usize) -> Bounded<K, V> {
        Bounded { entries: HashMap::new(), order: VecDeque::new(), stamp: 0, most: most.max(1) }
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    pub fn insert(&mut self, key: K, value: V) {
        self.stamp = self.stamp.wrapping_add(1);
        self.entries.insert(key, (self.stamp, value));
        self.order.push_back((self.stamp, key));
        while self.entries.len() > self.most {
            let Some((stamp, oldest)) = self.order.pop_front() else { break };
            if self.is_current(stamp, &oldest) {
                self.entries.remove(&oldest);
            }
        }
        // What was removed or replaced leaves its place in the order behind.
        if self.order.len() > self.most.saturating_mul(2) {
            let entries = &self.entries;
            self.order.retain(|(stamp, key)| entries.get(key).is_some_and(|(at, _)| at == stamp));
        }
    }

    /// All entries, the oldest first: put into an empty map in this order, they are the same map.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let entries = self.order.iter().filter(|(stamp, key)| self.is_current(*stamp, key));
        entries.filter_map(|(_, key)| self.entries.get(key).map(|(_, value)| (key, value)))
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// Makes of every entry another one, or none, in their order.
    pub fn remake(&mut self, other: impl Fn(K, V) -> Option<(K, V)>) {
        let former = std::mem::replace(self, Bounded::new(self.most));
        let Bounded { mut entries, order, .. } = former;
        for (stamp, key) in order {
            let current = entries.get(&key).is_some_and(|(at, _)| *at == stamp);
            let value = if current { entries.remove(&key) } else { None };
            if let Some((key, value)) = value.and_then(|(_, value)| other(key, value)) {
                self.insert(key, value);
            }
        }
    }

    fn is_current(&self, stamp: u64, key: &K) -> bool {
        self.entries.get(key).is_some_and(|(at, _)| *at == stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_makes_room_and_removals_leave_nothing_behind() {
        let mut map = Bounded::new(2);
        map.insert(1, 'a');
        map.insert(2, 'b');
        map.insert(1, 'c');
        map.insert(3, 'd');
        assert_eq!((map.get(&1), map.get(&2), map.get(&3)), (Some(&'c'), None, Some(&'d')));
        for key in 0..1_000 {
            map.insert(key, 'x');
            map.remove(&key);
        }
        assert!(map.order.len() <= 5, "{}", map.order.len());
        assert!(map.entries.len() <= 2);
    }
}
