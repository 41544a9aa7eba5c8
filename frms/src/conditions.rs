//! Conditions on accounts, entities and pairs of accounts: block lists and overrides, in the peer's
//! event flow format (EFRuP, frms.md §1.7), and what is ours: `watch`, `review`, and the two that quiet
//! typologies, `snooze` and `allow-pair`.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{CONDITION_TEXT_CHARS_MAX, CONDITIONS_MAX, CONDITIONS_PER_SUBJECT_MAX};
use crate::versions::Versions;
use crate::{AccountKey, Attempt, EntityKey, Party, Pseudonyms};

/// One condition in force, its subject under a pseudonym.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it does.
    pub kind: ConditionKind,
    /// On which side of a payment the subject must be.
    pub perspective: Perspective,
    /// Whose payments it is about.
    pub subject: Subject,
    /// Whether it is about credit transfers (`pacs.008...` or `all`): the event that is screened.
    pub concerns_transfers: bool,
    /// Whether it is about quotes (`pain.001...`), as the peer's semantics ask.
    #[serde(default)]
    pub concerns_quotes: bool,
    /// Whether it is about ends of credit transfers (`pacs.002...`), as the peer's semantics ask.
    #[serde(default)]
    pub concerns_outcomes: bool,
    /// The first instant at which it holds, Unix milliseconds.
    pub from_ms: i64,
    /// The last instant at which it holds; none for good.
    pub until_ms: Option<i64>,
    /// Why, in its author's words.
    pub reason: String,
    /// The typology that it quiets, by its name; none for all. Only of those that quiet.
    #[serde(default)]
    pub typology: Option<Arc<str>>,
}

/// What a condition does, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionKind {
    /// A typology's alerts are counted and not raised, until a time; what it stops stays stopped. Not
    /// of the peer.
    Snooze,
    /// A typology says nothing of payments from the one account to the other. Not of the peer.
    AllowPair,
    /// Is told to rules 034 to 037 and does nothing by itself. Not of the peer.
    Watch,
    /// Somebody looks at the payment first. Not of the peer.
    Review,
    /// Refuses, unless overridden.
    OverridableBlock,
    /// Lets pass what typologies or weaker conditions would stop.
    Override,
    /// Refuses.
    NonOverridableBlock,
}

/// Which of a payment's messages a condition is asked about. Ours are asked about the transfer, whenever
/// that is; in the peer's semantics each message has conditions of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// `pacs.008`
    Transfers,
    /// `pain.001`
    Quotes,
    /// `pacs.002`
    Outcomes,
}

/// On which side of a payment the subject must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Perspective {
    /// It pays.
    Debtor,
    /// It is paid.
    Creditor,
    /// Either.
    Both,
}

/// Whose payments a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// One account.
    Account(AccountKey),
    /// A person or firm with all accounts under the same identifier.
    Entity(EntityKey),
    /// Payments from the first account to the second.
    Pair(AccountKey, AccountKey),
}

/// A condition set or taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionChange {
    /// Which.
    pub name: String,
    /// What holds from now on; none when it is taken back.
    pub condition: Option<Arc<Condition>>,
    /// When, in the order of all changes of the tenant: of one name the highest counts, in whichever
    /// order they arrive. 0 for one that counts as it comes.
    #[serde(default, skip_serializing_if = "is_unnumbered")]
    pub version: u64,
}

fn is_unnumbered(version: &u64) -> bool {
    *version == 0
}

/// The end of a telling of all conditions: what counts has been told under this version or a later one,
/// and whatever else is known counts no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionBook {
    /// In the order of all changes of the tenant.
    pub version: u64,
}

/// What the conditions say of one payment: the strongest of those that match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// The condition.
    pub condition: Arc<Condition>,
    /// The side on which its subject is: never [`Perspective::Both`].
    pub side: Perspective,
}

/// How a condition quiets a typology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet<'c> {
    /// It raises nothing.
    Snoozed(&'c Condition),
    /// It says nothing.
    LetPass(&'c Condition),
}

/// Which parties of a payment are on a watch list (rules 034 to 037).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// The debtor's account.
    pub debtor_account: bool,
    /// The creditor's account.
    pub creditor_account: bool,
    /// The debtor.
    pub debtor: bool,
    /// The creditor.
    pub creditor: bool,
}

/// Why a text is no condition. Its author's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConditionError {
    /// Not JSON of that shape.
    #[error("not an event flow condition: {0}")]
    Shape(String),
    /// None or several of `ntty`, `acct` and `subject`.
    #[error("exactly one of ntty, acct and subject is required")]
    Subject,
    /// A kind that does not go with its subject.
    #[error(
        "snooze needs xprtnDtTm, and a typology if any is meant; allow-pair needs subject.pair; only \
         these two take a typology or a pair"
    )]
    Quiet,
    /// No event type.
    #[error("evtTp names at least one of pacs.008.001.10, pacs.002.001.12, ... or all")]
    EventTypes,
    /// A time that cannot be read, or an end before the beginning.
    #[error(
        "{0} must be a time such as 2026-01-01T00:00:00.000Z, and the end not before the beginning"
    )]
    Time(&'static str),
    /// Empty or too long.
    #[error("{0} must have 1 to {CONDITION_TEXT_CHARS_MAX} characters")]
    Text(&'static str),
}

/// The peer's JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    evt_tp: Vec<String>,
    cond_tp: ConditionKind,
    prsptv: Perspective,
    incptn_dt_tm: String,
    xprtn_dt_tm: Option<String>,
    cond_rsn: String,
    usr: Option<String>,
    #[serde(rename = "forceCret")]
    _force_create: Option<bool>,
    ntty: Option<Entity>,
    acct: Option<AccountName>,
    /// Ours: the subject by its pseudonyms, as events name it.
    subject: Option<Subject>,
    /// Ours.
    typology: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entity {
    id: String,
    schme_nm: Scheme,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountName {
    id: String,
    schme_nm: Scheme,
    agt: Agent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scheme {
    prtry: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Agent {
    fin_instn_id: Institution,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Institution {
    clr_sys_mmb_id: MemberId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MemberId {
    mmb_id: String,
}

impl Condition {
    /// Reads the peer's JSON. Schemes are FSPIOP's party id types, member ids the participants' names.
    ///
    /// # Errors
    /// Another shape, an unknown member, a time that cannot be read.
    pub fn read(
        name: &str,
        json: &[u8],
        pseudonyms: &Pseudonyms,
    ) -> Result<Condition, ConditionError> {
        let body: Body = serde_json::from_slice(json)
            .map_err(|error| ConditionError::Shape(error.to_string()))?;
        let subject = body.subject(pseudonyms)?;
        text("the name", name)?;
        text("condRsn", &body.cond_rsn)?;
        body.usr.as_deref().map_or(Ok(()), |usr| text("usr", usr))?;
        if body.evt_tp.is_empty() {
            return Err(ConditionError::EventTypes);
        }
        let from_ms = time("incptnDtTm", &body.incptn_dt_tm)?;
        let until = body.xprtn_dt_tm.as_deref().map(|until| time("xprtnDtTm", until));
        let until_ms = until.transpose()?;
        if until_ms.is_some_and(|until_ms| until_ms < from_ms) {
            return Err(ConditionError::Time("xprtnDtTm"));
        }
        if !body.is_fit(subject, until_ms) {
            return Err(ConditionError::Quiet);
        }
        let concerns =
            |family: &str| body.evt_tp.iter().any(|it| it == "all" || it.starts_with(family));
        Ok(Condition {
            name: name.to_owned(),
            kind: body.cond_tp,
            perspective: body.prsptv,
            subject,
            concerns_transfers: concerns("pacs.008."),
            concerns_quotes: concerns("pain.001."),
            concerns_outcomes: concerns("pacs.002."),
            from_ms,
            until_ms,
            reason: body.cond_rsn,
            typology: body.typology,
        })
    }

    fn holds(&self, side: Perspective, at_ms: i64) -> bool {
        self.governs(side, at_ms, Concern::Transfers)
    }

    fn governs(&self, side: Perspective, at_ms: i64, concern: Concern) -> bool {
        let on_this_side = self.perspective == side || self.perspective == Perspective::Both;
        on_this_side && self.concerns(concern) && self.is_current(at_ms)
    }

    fn concerns(&self, concern: Concern) -> bool {
        match concern {
            Concern::Transfers => self.concerns_transfers,
            Concern::Quotes => self.concerns_quotes,
            Concern::Outcomes => self.concerns_outcomes,
        }
    }

    fn in_time(&self, at_ms: i64) -> bool {
        self.concerns_transfers && self.is_current(at_ms)
    }

    fn is_current(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && self.until_ms.is_none_or(|until| at_ms <= until)
    }
}

impl Body {
    fn subject(&self, pseudonyms: &Pseudonyms) -> Result<Subject, ConditionError> {
        match (&self.ntty, &self.acct, self.subject) {
            (None, None, Some(subject)) => Ok(subject),
            (Some(entity), None, None) => {
                let scheme = &entity.schme_nm.prtry;
                text("ntty.id", &entity.id)?;
                text("ntty.schmeNm.prtry", scheme)?;
                Ok(Subject::Entity(pseudonyms.entity(scheme, &entity.id)))
            }
            (None, Some(account), None) => {
                let scheme = &account.schme_nm.prtry;
                let agent = &account.agt.fin_instn_id.clr_sys_mmb_id.mmb_id;
                text("acct.id", &account.id)?;
                text("acct.schmeNm.prtry", scheme)?;
                text("acct.agt.finInstnId.clrSysMmbId.mmbId", agent)?;
                Ok(Subject::Account(pseudonyms.account(scheme, &account.id, agent)))
            }
            _ => Err(ConditionError::Subject),
        }
    }

    fn is_fit(&self, subject: Subject, until_ms: Option<i64>) -> bool {
        let is_pair = matches!(subject, Subject::Pair(..));
        let named = self.typology.as_ref().is_none_or(|name| text("typology", name).is_ok());
        match self.cond_tp {
            ConditionKind::Snooze => until_ms.is_some() && named,
            ConditionKind::AllowPair => is_pair && named,
            _ => !is_pair && self.typology.is_none(),
        }
    }
}

fn text(what: &'static str, value: &str) -> Result<(), ConditionError> {
    match value.chars().count() {
        1..=CONDITION_TEXT_CHARS_MAX => Ok(()),
        _ => Err(ConditionError::Text(what)),
    }
}

fn time(what: &'static str, value: &str) -> Result<i64, ConditionError> {
    let at: Result<jiff::Timestamp, _> = value.parse();
    at.map(|at| at.as_millisecond()).map_err(|_| ConditionError::Time(what))
}

/// All conditions of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    by_name: HashMap<String, Arc<Condition>>,
    by_subject: HashMap<Subject, Vec<Arc<Condition>>>,
    pub(crate) versions: Versions,
}

impl Conditions {
    /// Sets or takes back one, unless something newer is known of its name. More than the bounds allow is
    /// not taken.
    pub fn apply(&mut self, change: &ConditionChange) {
        if !self.versions.admits(&change.name, change.version) {
            return;
        }
        self.set(change);
        let is_set = self.by_name.contains_key(&change.name);
        self.versions.note(&change.name, change.version, is_set);
    }

    /// Takes back what was not told under this version or a later one.
    pub fn complete(&mut self, book: ConditionBook) {
        let names = self.by_name.keys();
        let old = names.filter(|name| self.versions.of(name) < book.version);
        let old: Vec<String> = old.cloned().collect();
        for name in old {
            self.set(&ConditionChange { name, condition: None, version: 0 });
        }
        self.versions.complete(book.version);
    }

    /// The last change of a name, as it was kept.
    pub(crate) fn restore_version(&mut self, name: &str, version: u64) {
        self.versions.note(name, version, self.by_name.contains_key(name));
    }

    fn set(&mut self, change: &ConditionChange) {
        if let Some(former) = self.by_name.remove(&change.name)
            && let Some(list) = self.by_subject.get_mut(&former.subject)
        {
            list.retain(|condition| condition.name != change.name);
            if list.is_empty() {
                self.by_subject.remove(&former.subject);
            }
        }
        let Some(condition) = &change.condition else { return };
        let list = self.by_subject.entry(condition.subject).or_default();
        if self.by_name.len() >= CONDITIONS_MAX || list.len() >= CONDITIONS_PER_SUBJECT_MAX {
            return;
        }
        let at = list.partition_point(|other| other.name < condition.name);
        list.insert(at, Arc::clone(condition));
        self.by_name.insert(change.name.clone(), Arc::clone(condition));
    }

    /// Which parties of an attempt are on a watch list.
    pub fn watched(&self, attempt: &Attempt) -> Watched {
        if self.by_name.is_empty() {
            return Watched::default();
        }
        let on = |subject: Subject, side| {
            let conditions = self.by_subject.get(&subject).into_iter().flatten();
            let mut watches = conditions.filter(|one| one.kind == ConditionKind::Watch);
            watches.any(|condition| condition.holds(side, attempt.at_ms))
        };
        let account = |party: Option<Party>, side| {
            party.is_some_and(|party| on(Subject::Account(party.account), side))
        };
        let entity = |party: Option<Party>, side| {
            party.is_some_and(|party| on(Subject::Entity(party.entity), side))
        };
        Watched {
            debtor_account: account(attempt.debtor, Perspective::Debtor),
            creditor_account: account(attempt.creditor, Perspective::Creditor),
            debtor: entity(attempt.debtor, Perspective::Debtor),
            creditor: entity(attempt.creditor, Perspective::Creditor),
        }
    }

    /// All of them, by name.
    pub fn sorted(&self) -> Vec<&Arc<Condition>> {
        let mut all: Vec<_> = self.by_name.values().collect();
        all.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// The strongest condition on an attempt: of equals the creditor's entity's, then its account's,
    /// then the debtor's, by name.
    pub fn flow(&self, attempt: &Attempt, concern: Concern) -> Option<Flow> {
        if self.by_name.is_empty() {
            return None;
        }
        let sides =
            [(Perspective::Creditor, attempt.creditor), (Perspective::Debtor, attempt.debtor)];
        let mut strongest: Option<Flow> = None;
        for (side, party) in sides {
            let conditions = party.iter().flat_map(|party| self.on(party));
            for condition in conditions.filter(|one| one.kind > ConditionKind::Watch) {
                let stronger =
                    strongest.as_ref().is_none_or(|flow| condition.kind > flow.condition.kind);
                if stronger && condition.governs(side, attempt.at_ms, concern) {
                    strongest = Some(Flow { condition: Arc::clone(condition), side });
                }
            }
        }
        strongest
    }

    /// What quiets a typology on an attempt: an allowed pair before a snooze.
    pub fn quiet(&self, attempt: &Attempt, typology: &str) -> Option<Quiet<'_>> {
        if self.by_name.is_empty() {
            return None;
        }
        let pair = attempt.debtor.zip(attempt.creditor);
        let pair = pair.map(|(debtor, creditor)| Subject::Pair(debtor.account, creditor.account));
        let of_pair = pair.and_then(|pair| self.by_subject.get(&pair)).into_iter().flatten();
        let of_pair = of_pair.map(|one| (Perspective::Both, one));
        let sides =
            [(Perspective::Debtor, &attempt.debtor), (Perspective::Creditor, &attempt.creditor)];
        let parties = sides.into_iter().filter_map(|(side, party)| Some((side, party.as_ref()?)));
        let of_parties =
            parties.flat_map(|(side, party)| self.on(party).map(move |one| (side, one)));
        let mut found = of_pair.chain(of_parties).filter(|(side, one)| {
            let named = one.typology.as_deref().is_none_or(|name| name == typology);
            let quiets = one.kind < ConditionKind::Watch;
            let is_pair = *side == Perspective::Both;
            quiets
                && named
                && (is_pair && one.in_time(attempt.at_ms) || one.holds(*side, attempt.at_ms))
        });
        let (_, first) = found.next()?;
        let allowed = found.map(|(_, one)| one).chain([first]);
        let allowed = allowed.into_iter().find(|one| one.kind == ConditionKind::AllowPair);
        Some(allowed.map_or(Quiet::Snoozed(first), |one| Quiet::LetPass(one)))
    }

    fn on(&self, party: &Party) -> impl Iterator<Item = &Arc<Condition>> {
        let subjects = [Subject::Entity(party.entity), Subject::Account(party.account)];
        subjects.into_iter().filter_map(|subject| self.by_subject.get(&subject)).flatten()
    }
}
