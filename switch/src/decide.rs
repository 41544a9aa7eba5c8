//! The one function that moves money. One file a family of commands, each in its order of checks.

mod abort;
mod accounts;
mod draft;
mod expire;
mod fulfil;
mod funds;
mod hold;
mod inquire;
mod parties;
mod prepare;
mod tell;

use crate::{Command, Decision, Outcome, Refusal, Rules, Timestamp, View};

/// Decides one command on the rows of `view` at the batch's time. Nothing is changed; lay the
/// decision over the view with [`View::apply`] before the next command of the batch.
///
/// The pre-check of DESIGN §2 is this function, too: a prepare without a verdict under
/// [`crate::Screening::Required`] passes every other check first, so that any outcome but
/// [`Refusal::NotScreened`] is final and that one means "screen it".
///
/// Every decision's postings sum to zero per currency. A refusal that is the hub's own fault
/// ([`crate::Fault::Us`]) writes nothing and tells nobody.
pub fn decide(view: &View, command: &Command, rules: &Rules, now: Timestamp) -> Decision {
    let scene = Scene { view, rules, now };
    let decided = match command {
        Command::CreateHubAccount { kind, currency } => {
            accounts::create_hub_account(&scene, *kind, *currency)
        }
        Command::CreateParticipant { name, currency, is_proxy } => {
            accounts::create_participant(&scene, name, *currency, *is_proxy)
        }
        Command::SetParticipantActive { name, active } => {
            accounts::set_participant_active(&scene, name, *active)
        }
        Command::SetAccountActive { participant, account, active } => {
            accounts::set_account_active(&scene, participant, *account, *active)
        }
        Command::SetInitialPositionAndLimit {
            participant,
            initial_position,
            net_debit_cap,
            alarm_percentage,
        } => {
            let (position, cap) = (*initial_position, *net_debit_cap);
            funds::set_initial(&scene, participant, position, cap, *alarm_percentage)
        }
        Command::SetLimit { participant, net_debit_cap, alarm_percentage } => {
            funds::set_limit(&scene, participant, *net_debit_cap, *alarm_percentage)
        }
        Command::RecordFundsIn(command) => funds::record_in(&scene, command),
        Command::RegisterParty { party, currency, participant } => {
            parties::register(&scene, party, *currency, participant)
        }
        Command::DeregisterParty { party, currency, participant } => {
            parties::deregister(&scene, party, *currency, participant)
        }
        Command::SetPartyRanges { kind, participant, prefixes } => {
            parties::set_ranges(&scene, kind, participant, prefixes)
        }
        Command::Prepare(command) => prepare::decide(&scene, command),
        Command::Fulfil(command) => fulfil::decide(&scene, command),
        Command::Abort(command) => abort::decide(&scene, command),
        Command::Expire { id } => expire::decide(&scene, *id),
        Command::NeverSent { id } => expire::never_sent(&scene, *id),
        Command::Release(command) => hold::release(&scene, command),
        Command::Block { id } => hold::block(&scene, *id),
        Command::Inquire { id, spelling, by } => inquire::decide(&scene, *id, spelling, by),
    };
    decided.unwrap_or_else(|refusal| Decision::only(Outcome::Refused(refusal)))
}

/// What every command is decided on.
struct Scene<'a> {
    view: &'a View,
    rules: &'a Rules,
    now: Timestamp,
}

impl Scene<'_> {
    /// A refusal that its sender hears of by a callback and that changes nothing.
    fn refuse(
        &self,
        to: &crate::ParticipantName,
        id: crate::TransferId,
        spelling: &str,
        refusal: Refusal,
    ) -> Decision {
        let effect = tell::error(to, id, spelling, refusal.clone());
        Decision { effects: vec![effect], ..Decision::only(Outcome::Refused(refusal)) }
    }
}
