//! What goes wrong: a store that fails, a process that dies, a clock that steps, a cable that is
//! pulled.

use std::sync::atomic::Ordering;

use switch_store::testing::Fault;

use super::{EACH, Happening, World};
use crate::sim::hub::Hub;
use crate::sim::invariants::Violation;
use crate::sim::network::{Address, Chance};

/// How often what goes wrong; 0 for never.
pub struct Dangers {
    pub crash_one_in: u64,
    pub fault_one_in: u64,
    pub down_one_in: u64,
    pub wall_ms: u64,
}

impl Dangers {
    /// Those of a seed.
    pub fn new(chance: &mut Chance) -> Dangers {
        Dangers {
            crash_one_in: chance.pick(&[0, 800, 200, 60]),
            fault_one_in: chance.pick(&[0, 40, 8]),
            down_one_in: chance.pick(&[0, 0, 300]),
            wall_ms: chance.pick(&[0, 300, 20_000]),
        }
    }
}

impl World {
    pub(super) fn endanger_store(&mut self) {
        if self.chance.one_in(self.dangers.fault_one_in) {
            let faults = [
                Fault::Refused,
                Fault::LostBefore,
                Fault::LostAfter,
                Fault::Overtaken,
                Fault::LostAfter,
                Fault::LostBefore,
            ];
            let fault =
                if self.chance.one_in(40) { Fault::Halts } else { self.chance.pick(&faults) };
            self.tally.faults += 1;
            self.trace(|| format!("    the next write meets {fault:?}"));
            self.memory.fail_next(fault);
        }
        if self.chance.one_in(self.dangers.down_one_in) {
            self.memory.set_down(true);
            let down_ms = self.chance.between(50, 4_000);
            self.trace(|| format!("    the store is down for {down_ms} ms"));
            self.put(down_ms, Happening::StoreUp);
        }
    }

    /// The process is killed, or the power cut: then what was not synced is lost.
    pub(super) fn crash(&mut self) {
        if self.hub.take().is_none() {
            return;
        }
        let power = self.chance.one_in(2);
        if power {
            self.memory.crash();
        }
        self.tally.crashes += 1;
        (self.step_at, self.tick_at) = (u64::MAX, u64::MAX);
        let off_ms = self.chance.pick(&[5, 300, 3_000]);
        self.trace(|| format!("    CRASH, power cut: {power}, off for {off_ms} ms"));
        self.put(off_ms, Happening::Restart);
    }

    pub(super) fn restart(&mut self) -> Result<(), Violation> {
        self.lives += 1;
        match Hub::start(self.lives, &self.scheme, &self.memory, &self.clocks) {
            Ok(hub) => {
                self.hub = Some(hub);
                self.trace(|| "    restarted".to_owned());
                self.check(true)
            }
            Err(_) => {
                self.put(100, Happening::Restart);
                Ok(())
            }
        }
    }

    pub(super) fn weather(&mut self) {
        if self.network.calm {
            return;
        }
        if self.dangers.wall_ms > 0 {
            let by_ms = self.chance.around_ms(self.dangers.wall_ms);
            self.trace(|| format!("    the wall clock is {by_ms} ms off"));
            self.clocks.wall_ahead_ms.store(by_ms, Ordering::Relaxed);
        }
        if self.chance.one_in(3) {
            let number = self.chance.below(EACH as u64);
            let to_bank = self.chance.one_in(2);
            let address = match to_bank {
                true => Address::Bank(format!("bank{number}")),
                false => Address::Dfsp(format!("dfsp{number}")),
            };
            let until_ms = self.now_ms + self.chance.between(500, 12_000);
            self.network.cut_off(address, until_ms);
        }
        let next = self.chance.between(1_000, 9_000);
        self.put(next, Happening::Weather);
    }

    /// From now on all goes well. What is owed must come.
    pub(super) fn calm(&mut self) {
        self.trace(|| "    CALM".to_owned());
        self.network.calm = true;
        self.memory.set_down(false);
        if self.chance.one_in(3) {
            self.crash();
        }
    }
}
