//! What a simulation begins with: the scheme, everybody's accounts, and what its participants will
//! want.

use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use causeway_translate::BankRecord;
use causeway_translate::record::CreditsOn;
use switch::{
    AccountKind, AccountNumber, Command, Currency, Hash, Money, Outcome, ParticipantName,
    RecordFundsIn, TransferId,
};
use switch_store::testing::SharedMemory;
use switch_store::{Progress, Submission};

use super::{CALM_FROM_MS, EACH, Happening, World};
use crate::sim::bank::{self, Bank, bic};
use crate::sim::dfsp::{self, number_of};
use crate::sim::hub::Hub;
use crate::sim::invariants::Violation;

/// What each participant may owe.
const CAP: i128 = 150;

impl World {
    /// The first life, with everybody's accounts.
    pub(super) fn onboard(&mut self) -> Result<(), Violation> {
        self.lives = 1;
        let clocks = Arc::clone(&self.seats[0].clocks);
        let mut hub = Hub::start(1, &self.scheme, &self.ledger, &clocks).unwrap();
        let node = Rc::clone(&hub.node);
        let names = self.banks.iter().map(|bank| &bank.name);
        let names = names.chain(self.dfsps.iter().map(|dfsp| &dfsp.name));
        let commands = onboarding(names.map(String::as_str));
        hub.spawn(async move {
            let submission = Submission { commands, ..Submission::default() };
            let committed = node.committer.submit(submission).await.unwrap();
            let accepted = |decision: &switch::Decision| decision.outcome == Outcome::Accepted;
            assert!(committed.decisions.iter().all(accepted));
        });
        assert_eq!(hub.step().0, Poll::Ready(Progress::Worked));
        assert!(!hub.is_busy());
        self.takes_seat(0, hub);
        for index in 1..self.seats.len() {
            self.restart(index)?;
        }
        self.ledger.shared().into_iter().for_each(SharedMemory::pace);
        Ok(())
    }

    /// What the participants will want, and when what goes wrong begins and ends.
    pub(super) fn plan(&mut self) {
        let payments = self.chance.between(6, 16);
        for number in 0..payments {
            let at = self.chance.below(CALM_FROM_MS * 3 / 4);
            let happening = self.wanted(number);
            self.put(at, happening);
        }
        if self.dangers.wall_ms > 0 || self.chance.one_in(2) {
            self.put(500, Happening::Weather);
        }
        self.put(CALM_FROM_MS, Happening::Calm);
        self.put(CALM_FROM_MS + 1_000, Happening::Look);
    }

    fn wanted(&mut self, number: u64) -> Happening {
        let id = self.uuid_bits();
        let chance = &mut self.chance;
        // Amounts are told apart by their cents, which do not end with 0.
        let cents = 10 * (number / 9) + number % 9 + 1;
        let amount = format!("{}.{cents:02}", chance.between(5, 45));
        let from = usize::try_from(chance.below(EACH as u64)).unwrap();
        let to = usize::try_from(chance.below(EACH as u64)).unwrap();
        let to_bank = chance.one_in(2);
        let by_bank = chance.below(5) < 3;
        let to = if to == from && to_bank == by_bank { (to + 1) % EACH } else { to };
        let (payee_fsp, payee) = match to_bank {
            true => (format!("bank{to}"), format!("7{to}001")),
            false => (format!("dfsp{to}"), number_of(&format!("dfsp{to}"))),
        };
        if by_bank {
            let interbank = chance.below(3) < 2;
            let agent = (to_bank && chance.one_in(2)).then_some(to);
            let wish = bank::Wish { number, id, interbank, agent, payee, amount };
            return Happening::Order { bank: from, wish };
        }
        let wish = dfsp::Wish { id, payee_fsp, payee, amount };
        Happening::Pay { dfsp: from, wish }
    }

    /// A UUID, mostly of version 4.
    fn uuid_bits(&mut self) -> u128 {
        let high = u128::from(self.chance.below(u64::MAX));
        let drawn = high << 64 | u128::from(self.chance.below(u64::MAX));
        drawn & !(0xF << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62
    }
}

/// A bank as the operator has registered it.
pub(super) fn record(bank: &Bank, instant: bool) -> BankRecord {
    let number = bank.name.trim_start_matches("bank");
    let profile = if instant { "instant-10s" } else { "fspiop-default" };
    let on = match bank.credits_on {
        CreditsOn::Confirmation => "confirmation",
        CreditsOn::OwnAcceptance => "ownAcceptance",
    };
    let json = format!(
        r#"{{"fspId":"{}","bics":["{}"],"url":"http://{}","profile":"{profile}",
        "creditsOn":"{on}","honoursTimeout":{},"interimStatuses":true,
        "accounts":[{{"accountPrefix":"7{number}"}}]}}"#,
        bank.name,
        bic(number.parse().unwrap()),
        bank.name,
        number == "0",
    );
    serde_json::from_str(&json).unwrap()
}

/// The hub's accounts, and for each participant a cap and cover.
fn onboarding<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Command> {
    let currency: Currency = "EUR".parse().unwrap();
    let units = |whole: i128| Money::from_units(whole * 10_000, currency).unwrap();
    let kinds = [AccountKind::HubReconciliation, AccountKind::HubMultilateralSettlement];
    let mut commands: Vec<Command> =
        kinds.map(|kind| Command::CreateHubAccount { kind, currency }).into();
    for (index, name) in names.enumerate() {
        let participant: ParticipantName = name.parse().unwrap();
        let name = participant.clone();
        commands.push(Command::CreateParticipant { name, currency, is_proxy: false });
        commands.push(Command::SetInitialPositionAndLimit {
            participant: participant.clone(),
            initial_position: units(0),
            net_debit_cap: units(CAP),
            alarm_percentage: None,
        });
        commands.push(Command::RecordFundsIn(Box::new(RecordFundsIn {
            id: TransferId(u128::MAX - index as u128),
            hash: Hash([3; 32]),
            participant,
            // Two accounts of the hub, then three a participant: the second one is settlement's.
            account: AccountNumber(4 + 3 * index as u64),
            money: units(1_000),
            reason: String::new(),
            external_reference: String::new(),
        })));
    }
    commands
}
