//! What the switch may be asked to do, and which rows each request needs.

use crate::{
    AccountKey, AccountKind, AccountNumber, Condition, Currency, Fulfilment, Hash, Key, Money,
    ParticipantName, PartyId, PartyKind, ReportedError, Timestamp, Transfer, TransferId,
    VerdictReference, View,
};

/// One request to the ledger. Names and amounts in it are already parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Opens the hub's own account of a kind and currency; creates the hub's participant row.
    CreateHubAccount {
        /// `HubReconciliation` or `HubMultilateralSettlement`.
        kind: AccountKind,
        /// The currency.
        currency: Currency,
    },
    /// Creates a participant, or gives one accounts in a further currency. The accounts are born
    /// inactive and open with [`Command::SetInitialPositionAndLimit`], as with the peer.
    CreateParticipant {
        /// Its name.
        name: ParticipantName,
        /// The currency of the new accounts.
        currency: Currency,
        /// Whether it stands for another scheme; only read when the participant is new.
        is_proxy: bool,
    },
    /// Lets a participant pay and be paid, or stops it.
    SetParticipantActive {
        /// Its name.
        name: ParticipantName,
        /// The wish.
        active: bool,
    },
    /// Opens or stops a position account.
    SetAccountActive {
        /// Whose account the caller believes it to be.
        participant: ParticipantName,
        /// The account.
        account: AccountNumber,
        /// The wish.
        active: bool,
    },
    /// Sets position and limit once, and opens the participant's accounts in that currency.
    SetInitialPositionAndLimit {
        /// The participant.
        participant: ParticipantName,
        /// The position to begin with.
        initial_position: Money,
        /// The net debit cap, in the same currency.
        net_debit_cap: Money,
        /// Percent of the cover past which to warn; none means the default.
        alarm_percentage: Option<u8>,
    },
    /// Replaces the limit. It may be below the position: then nothing is admitted.
    SetLimit {
        /// The participant.
        participant: ParticipantName,
        /// The new net debit cap.
        net_debit_cap: Money,
        /// Percent of the cover past which to warn; none leaves it as it is.
        alarm_percentage: Option<u8>,
    },
    /// Records money that came in.
    RecordFundsIn(Box<RecordFundsIn>),
    /// Registers a party in the directory.
    RegisterParty {
        /// The party.
        party: PartyId,
        /// For one currency, or for all others.
        currency: Option<Currency>,
        /// Who holds it.
        participant: ParticipantName,
    },
    /// Takes a registration back; only its holder may.
    DeregisterParty {
        /// The party.
        party: PartyId,
        /// The registration's currency.
        currency: Option<Currency>,
        /// Who asks.
        participant: ParticipantName,
    },
    /// Replaces all prefixes of a kind that lead to a participant.
    SetPartyRanges {
        /// The kind.
        kind: PartyKind,
        /// The participant.
        participant: ParticipantName,
        /// Its prefixes from now on; none takes all back.
        prefixes: Vec<String>,
    },
    /// A payer asks for a transfer: reserves, and sends it on.
    Prepare(Box<Prepare>),
    /// The payee reveals the fulfilment: commits.
    Fulfil(Box<Fulfil>),
    /// The payee says no.
    Abort(Box<Abort>),
    /// The deadline has come. Idempotent; before the deadline it does nothing.
    Expire {
        /// The transfer.
        id: TransferId,
    },
    /// No time was left to send the prepare and no attempt ever left (DESIGN §5).
    NeverSent {
        /// The transfer.
        id: TransferId,
    },
    /// An operator lets a held transfer go on: it is admitted or refused now, as a prepare is.
    Release(Box<Release>),
    /// An operator ends a held transfer: the payer is told that it is blocked, and no more.
    Block {
        /// The transfer.
        id: TransferId,
    },
    /// A party asks for the state (GET). After the deadline this expires the transfer first.
    Inquire {
        /// The transfer.
        id: TransferId,
        /// Its id as the asker wrote it.
        spelling: String,
        /// Who asks.
        by: ParticipantName,
    },
}

/// See [`Command::RecordFundsIn`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFundsIn {
    /// The operator's id for it.
    pub id: TransferId,
    /// The hash of its terms.
    pub hash: Hash,
    /// Whose account.
    pub participant: ParticipantName,
    /// Which account.
    pub account: AccountNumber,
    /// How much.
    pub money: Money,
    /// The operator's reason, opaque here.
    pub reason: String,
    /// The operator's reference, opaque here.
    pub external_reference: String,
}

/// See [`Command::Prepare`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepare {
    /// The transfer's id.
    pub id: TransferId,
    /// The id as the payer wrote it.
    pub spelling: String,
    /// Who sent it (FSPIOP-Source, verified).
    pub source: ParticipantName,
    /// Who pays.
    pub payer: ParticipantName,
    /// Who is paid.
    pub payee: ParticipantName,
    /// How much.
    pub money: Money,
    /// What the fulfilment must hash to.
    pub condition: Condition,
    /// The signed expiration.
    pub expiration: Timestamp,
    /// Our own deadline (DESIGN §5 `own`), on the committer's clock.
    pub expires_at: Timestamp,
    /// With a timeout header: the last instant at which a reservation leaves enough time to send
    /// it on (the deadline less link allowance and floor).
    pub reserve_by: Option<Timestamp>,
    /// Until when a verdict [`Verdict::Hold`] may hold it: our own deadline less what asking the
    /// payee takes at least (DESIGN §3, own - floor).
    pub hold_until: Timestamp,
    /// The hash of the terms.
    pub hash: Hash,
    /// The fraud verdict.
    pub verdict: Verdict,
    /// Where the evidence for the verdict is; kept with the transfer.
    pub verdict_reference: Option<VerdictReference>,
}

/// What screening said of a prepare. Stored by its place in this list: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Verdict {
    /// Nobody was asked.
    NotScreened,
    /// Go on.
    Allowed,
    /// Stop.
    Blocked,
    /// Somebody has to look at it first: [`crate::TransferState::Held`].
    Hold,
}

/// See [`Command::Release`]. The parties and the currency are the held transfer's, so that its rows
/// are locked in their order ([`crate::LockClass`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The transfer.
    pub id: TransferId,
    /// Who pays.
    pub payer: ParticipantName,
    /// Who is paid.
    pub payee: ParticipantName,
    /// The currency.
    pub currency: Currency,
}

impl Release {
    /// The release of a transfer as it is stored.
    pub fn of(transfer: &Transfer) -> Self {
        let (payer, payee) = (transfer.payer.clone(), transfer.payee.clone());
        Self { id: transfer.id, payer, payee, currency: transfer.money.currency() }
    }
}

/// What a payee says of its own side in a fulfil (PUT /transfers/{id}).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum FulfilState {
    /// It has credited its customer.
    Committed,
    /// It waits for the hub's word (PATCH) before it does.
    Reserved,
}

/// See [`Command::Fulfil`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fulfil {
    /// The transfer.
    pub id: TransferId,
    /// Its id as the sender wrote it.
    pub spelling: String,
    /// Who sent it (FSPIOP-Source, verified).
    pub source: ParticipantName,
    /// Whom it names (FSPIOP-Destination).
    pub destination: ParticipantName,
    /// What the payee says of its own side.
    pub state: FulfilState,
    /// What it reveals.
    pub fulfilment: Fulfilment,
    /// The hash of fulfilment and state.
    pub hash: Hash,
    /// The payee's completedTimestamp.
    pub completed_at: Option<Timestamp>,
}

/// See [`Command::Abort`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abort {
    /// The transfer.
    pub id: TransferId,
    /// Its id as the sender wrote it.
    pub spelling: String,
    /// Who sent it (FSPIOP-Source, verified).
    pub source: ParticipantName,
    /// Whom it names (FSPIOP-Destination).
    pub destination: ParticipantName,
    /// The payee's reason.
    pub error: ReportedError,
    /// The hash of the error.
    pub hash: Hash,
}

impl Command {
    /// The first step of finding its rows: those that its own fields name.
    pub fn keys(&self) -> Vec<Key> {
        match self {
            Self::CreateHubAccount { kind, currency } => create_hub_account_keys(*kind, *currency),
            Self::CreateParticipant { name, currency, .. } => create_keys(name, *currency),
            Self::SetParticipantActive { name, .. } => vec![Key::Participant(name.clone())],
            Self::SetAccountActive { participant, account, .. } => {
                vec![Key::AccountNumber(*account), Key::Participant(participant.clone())]
            }
            Self::SetInitialPositionAndLimit { participant, initial_position, .. } => {
                initial_keys(participant, initial_position.currency())
            }
            Self::SetLimit { participant, net_debit_cap, .. } => vec![
                Key::Participant(participant.clone()),
                account(participant, net_debit_cap.currency(), AccountKind::Position),
            ],
            Self::RecordFundsIn(command) => funds_in_keys(command),
            Self::RegisterParty { party, participant, .. }
            | Self::DeregisterParty { party, participant, .. } => {
                vec![Key::Participant(participant.clone()), Key::Party(party.clone())]
            }
            Self::SetPartyRanges { kind, participant, .. } => {
                vec![Key::Participant(participant.clone()), Key::PartyRanges(kind.clone())]
            }
            Self::Prepare(command) => {
                let Prepare { id, payer, payee, money, .. } = &**command;
                admission_keys(*id, payer, payee, money.currency())
            }
            Self::Release(command) => {
                let Release { id, payer, payee, currency } = &**command;
                admission_keys(*id, payer, payee, *currency)
            }
            Self::Fulfil(command) => vec![Key::Transfer(command.id)],
            Self::Abort(command) => vec![Key::Transfer(command.id)],
            Self::Expire { id }
            | Self::NeverSent { id }
            | Self::Block { id }
            | Self::Inquire { id, .. } => vec![Key::Transfer(*id)],
        }
    }

    /// Whether [`Command::keys`] names every row that it needs, whatever those rows hold.
    pub fn names_all_keys(&self) -> bool {
        match self {
            Self::Prepare(_) | Self::Release(_) => true,
            Self::SetAccountActive { .. } | Self::RecordFundsIn(_) => false,
            _ => self.transfer_id().is_none(),
        }
    }

    /// The transfer that it is about.
    pub fn transfer_id(&self) -> Option<TransferId> {
        match self {
            Self::Prepare(command) => Some(command.id),
            Self::Fulfil(command) => Some(command.id),
            Self::Abort(command) => Some(command.id),
            Self::Release(command) => Some(command.id),
            Self::Expire { id }
            | Self::NeverSent { id }
            | Self::Block { id }
            | Self::Inquire { id, .. } => Some(*id),
            _ => None,
        }
    }
}

/// The rows that a command's first rows name.
pub(crate) fn more_keys(view: &View, command: &Command) -> Vec<Key> {
    match command {
        _ if command.names_all_keys() => Vec::new(),
        Command::SetAccountActive { account, .. } => numbered(view, *account),
        Command::RecordFundsIn(command) => numbered(view, command.account),
        _ => {
            let transfer = command.transfer_id().and_then(|id| view.transfer(&id).ok().flatten());
            transfer.map(ending_keys).unwrap_or_default()
        }
    }
}

fn account(participant: &ParticipantName, currency: Currency, kind: AccountKind) -> Key {
    Key::Account(AccountKey { participant: participant.clone(), currency, kind })
}

fn create_hub_account_keys(kind: AccountKind, currency: Currency) -> Vec<Key> {
    let hub = ParticipantName::hub();
    vec![Key::AccountNumbers, account(&hub, currency, kind), Key::Participant(hub)]
}

fn create_keys(name: &ParticipantName, currency: Currency) -> Vec<Key> {
    let hub = ParticipantName::hub();
    vec![
        Key::AccountNumbers,
        Key::Participant(name.clone()),
        account(&hub, currency, AccountKind::HubReconciliation),
        account(&hub, currency, AccountKind::HubMultilateralSettlement),
        account(name, currency, AccountKind::Position),
        account(name, currency, AccountKind::Settlement),
        account(name, currency, AccountKind::InFlight),
    ]
}

fn initial_keys(participant: &ParticipantName, currency: Currency) -> Vec<Key> {
    vec![
        Key::Participant(participant.clone()),
        account(participant, currency, AccountKind::Position),
        account(participant, currency, AccountKind::Settlement),
        account(&ParticipantName::hub(), currency, AccountKind::HubMultilateralSettlement),
    ]
}

fn funds_in_keys(command: &RecordFundsIn) -> Vec<Key> {
    let currency = command.money.currency();
    vec![
        Key::FundsMovement(command.id),
        Key::AccountNumber(command.account),
        Key::Participant(command.participant.clone()),
        account(&ParticipantName::hub(), currency, AccountKind::HubReconciliation),
    ]
}

fn admission_keys(
    id: TransferId,
    payer: &ParticipantName,
    payee: &ParticipantName,
    currency: Currency,
) -> Vec<Key> {
    vec![
        Key::Participant(payer.clone()),
        Key::Participant(payee.clone()),
        Key::Transfer(id),
        account(payer, currency, AccountKind::Position),
        account(payer, currency, AccountKind::Settlement),
        account(payer, currency, AccountKind::InFlight),
        account(payee, currency, AccountKind::Position),
    ]
}

fn ending_keys(transfer: &Transfer) -> Vec<Key> {
    if transfer.state.is_final() {
        return Vec::new();
    }
    let currency = transfer.money.currency();
    vec![
        account(&transfer.payer, currency, AccountKind::Position),
        account(&transfer.payer, currency, AccountKind::InFlight),
        account(&transfer.payee, currency, AccountKind::Position),
    ]
}

fn numbered(view: &View, number: AccountNumber) -> Vec<Key> {
    let entry = view.account_number(&number).ok().flatten();
    entry.map(|entry| Key::Account(entry.account.clone())).into_iter().collect()
}
