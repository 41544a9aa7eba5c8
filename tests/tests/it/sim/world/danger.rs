//! What goes wrong: a store that fails, a process that dies, a clock that steps, a cable that is
//! pulled.

use std::sync::atomic::Ordering;

use switch_store::BatchId;
use switch_store::testing::{Fault, Memory, SharedMemory};

use super::{EACH, Happening, World};
use crate::sim::hub::Hub;
use crate::sim::invariants::Violation;
use crate::sim::ledger::Ledger;
use crate::sim::network::{Address, Chance};

/// How often what goes wrong; 0 for never.
pub struct Dangers {
    pub crash_one_in: u64,
    pub fault_one_in: u64,
    pub down_one_in: u64,
    pub freeze_one_in: u64,
    pub wall_ms: u64,
}

impl Dangers {
    /// Those of a seed.
    pub fn new(chance: &mut Chance) -> Dangers {
        Dangers {
            crash_one_in: chance.pick(&[0, 300, 150, 60]),
            fault_one_in: chance.pick(&[0, 40, 8]),
            down_one_in: chance.pick(&[0, 0, 300]),
            freeze_one_in: chance.pick(&[0, 400, 150]),
            wall_ms: chance.pick(&[0, 300, 20_000]),
        }
    }
}

impl World {
    pub(super) fn endanger_store(&mut self, life: u64) {
        match self.ledger.clone() {
            Ledger::Own(memory) => self.endanger_engine(&memory),
            Ledger::Shared(shared) => self.endanger_server(&shared, life),
        }
    }

    fn endanger_engine(&mut self, memory: &Memory) {
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
            memory.fail_next(fault);
        }
        if self.chance.one_in(self.dangers.down_one_in) {
            memory.set_down(true);
            let down_ms = self.chance.between(50, 4_000);
            self.trace(|| format!("    the store is down for {down_ms} ms"));
            self.put(down_ms, Happening::StoreUp);
        }
    }

    /// A node's cable to the server is pulled, or the server stops for a while.
    fn endanger_server(&mut self, shared: &SharedMemory, life: u64) {
        if self.chance.one_in(self.dangers.fault_one_in * 10) {
            let claimant = self.living(life).and_then(|hub| hub.node.claimant());
            let away_ms = self.chance.pick(&[0, 100, 1_100, 3_000]);
            self.tally.faults += 1;
            self.trace(|| format!("    {claimant:?} is cut off for {away_ms} ms"));
            if let Some(claimant) = claimant {
                shared.set_cut_off(claimant, true);
                self.put(away_ms, Happening::CableIn(life));
            }
        }
        if self.chance.one_in(self.dangers.down_one_in * 3) {
            let power = self.chance.one_in(2);
            let down_ms = self.chance.between(50, 4_000);
            self.tally.faults += 1;
            self.trace(|| format!("    the server is down for {down_ms} ms, power cut: {power}"));
            if power {
                shared.power_cut();
            }
            shared.set_down(true);
            self.put(down_ms, Happening::StoreUp);
        }
    }

    /// A commit on its way never comes, or its sender never hears of its end; tells whether it went no
    /// further.
    pub(super) fn endanger_commit(&mut self, shared: &SharedMemory, commit: BatchId) -> bool {
        if self.network.calm || !self.chance.one_in(self.dangers.fault_one_in * 2) {
            return false;
        }
        self.tally.faults += 1;
        let comes = self.chance.below(3) > 0;
        self.trace(|| format!("    {commit:?} breaks off; it comes: {comes}"));
        shared.disconnect(commit);
        if !comes {
            shared.lose(commit);
        }
        !comes
    }

    /// The process dies or is frozen after a step.
    pub(super) fn endanger_process(&mut self, life: u64) {
        if self.chance.one_in(self.dangers.crash_one_in) {
            return self.crash(life);
        }
        let shared = self.ledger.shared().is_some();
        if shared && self.chance.one_in(self.dangers.freeze_one_in) {
            let (now_ms, for_ms) =
                (self.now_ms, self.chance.pick(&[200, 900, 1_900, 3_000, 8_000]));
            self.trace(|| format!("    life {life} is FROZEN for {for_ms} ms"));
            self.tally.frozen += 1;
            self.seat(life).into_iter().for_each(|seat| seat.frozen_until_ms = now_ms + for_ms);
        }
    }

    /// The process is killed, or the power cut: then what its own engine had not synced is lost.
    pub(super) fn crash(&mut self, life: u64) {
        let index = self.seats.iter().position(|seat| seat.is_living(life));
        let Some(index) = index else { return };
        let seat = &mut self.seats[index];
        (seat.step_at, seat.tick_at, seat.frozen_until_ms) = (u64::MAX, u64::MAX, 0);
        let Some(hub) = seat.hub.take() else { return };
        if let Some(member) = &hub.node.member {
            member.kill();
            self.tally.deposed += u64::from(
                self.ledger.shared().is_some_and(|shared| shared.is_deposed(member.claimant())),
            );
        }
        drop(hub);
        let power = self.chance.one_in(2);
        if let (true, Ledger::Own(memory)) = (power, &self.ledger) {
            memory.crash();
        }
        self.tally.crashes += 1;
        let off_ms = self.chance.pick(&[5, 300, 3_000]);
        self.trace(|| format!("    CRASH of life {life}, power cut: {power}, off for {off_ms} ms"));
        self.put(off_ms, Happening::Restart(index));
    }

    pub(super) fn restart(&mut self, index: usize) -> Result<(), Violation> {
        self.lives += 1;
        match Hub::start(self.lives, &self.scheme, &self.ledger, &self.seats[index].clocks) {
            Ok(hub) => {
                self.takes_seat(index, hub);
                self.trace(|| format!("    seat {index} restarted as life {}", self.lives));
                self.check(true)
            }
            Err(_) => {
                self.put(100, Happening::Restart(index));
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
            let seat = self.any_seat();
            self.seats[seat].clocks.wall_ahead_ms.store(by_ms, Ordering::Relaxed);
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
        self.ledger.set_up();
        let lives = self.seats.iter().filter_map(|seat| seat.hub.as_ref()).map(|hub| hub.life);
        let lives: Vec<u64> = lives.collect();
        lives.iter().for_each(|life| self.cable_in(*life));
        if !lives.is_empty() && self.chance.one_in(3) {
            let life = self.chance.pick(&lives);
            self.crash(life);
        }
    }
}
