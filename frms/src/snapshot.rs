//! The state as bytes, and back: who restores it and reads the stream on from there gives the same
//! verdicts as one who has read everything (DESIGN §7). It is written and read piece by piece, so that
//! nobody needs the whole of it twice in memory.
//!
//! `CWFRMS`, a version byte, the pieces, each with its length in front, a length of 0, and SHA-256 of
//! all that. The same state gives the same bytes.
//!
//! * `stored`: attempts and verdicts as they are in there

mod stored;

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{
    SNAPSHOT_BYTES_MAX, SNAPSHOT_PIECE_BYTES_MAX, SNAPSHOT_TEXTS_MAX, SNAPSHOT_UNTOLD_MAX,
    SNAPSHOT_UNTOLD_PER_PIECE,
};
use crate::{
    Account, Catalogue, CatalogueChange, Condition, ConditionChange, Engine, Outcome, PaymentId,
    Point, RuleName, Ruling, SubRuleRef, TermsHash,
};
use stored::{StoredAttempt, StoredVerdict};

const MAGIC: [u8; 6] = *b"CWFRMS";
/// What a piece means; another one is refused. 4 was written for a while, and meant something else than
/// what comes next may: the next is 5.
const VERSION: u8 = 3;
const DIGEST_BYTES: usize = 32;

/// Where on which stream a snapshot was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Which stream: a name that no other one ever had.
    pub stream: String,
    /// The number of the last event that was taken in.
    pub position: u64,
    /// Verdicts that were not known to be on the stream then.
    pub untold: Vec<VerdictKey>,
}

/// What there is one verdict of.
pub type VerdictKey = (PaymentId, TermsHash, Point);

/// Why bytes are no snapshot to go on from: then the stream is read from its beginning.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// It cannot be read or written.
    #[error("it cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// It is none, or one of another version of this program.
    #[error("it is no snapshot of version {VERSION}")]
    Foreign,
    /// It is one of another stream.
    #[error("it is one of the stream {0}")]
    OtherStream(String),
    /// Its bytes are not those that were written.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

/// One piece. Stored: append only, or with a new [`VERSION`].
#[derive(Serialize, Deserialize)]
enum Piece {
    Taken(Taken),
    Account(u64, Account),
    /// Who is tidied up next: after the accounts.
    Sweep(u64),
    Entity(u64, Vec<u64>),
    Condition(Arc<Condition>),
    Open(StoredAttempt),
    Ended(Outcome),
    /// The next text that verdicts name by its number.
    Text(String),
    Verdict(StoredVerdict),
    /// When a typology, by its name's number, raised an alert on an account.
    Raised(u32, u64, i64),
    Ruling(Arc<Ruling>),
    /// What made another catalogue count than the one that it was started with: before what it names.
    Catalogue(Arc<CatalogueChange>),
    /// More verdicts that were not known to be on the stream than [`Piece::Taken`] holds.
    Untold(Vec<VerdictKey>),
    /// The times of the latest events.
    Times(Vec<i64>),
    /// A condition's name and its last change: after the conditions.
    Version(String, u64),
    /// Changes of conditions that are not named were before this one.
    Floor(u64),
    /// The places of the typologies that are snoozed in the verdict that comes next.
    Snoozed(Vec<u32>),
}

impl Engine {
    /// Writes the state.
    ///
    /// # Errors
    /// `into` takes it not, or it is larger than [`SNAPSHOT_BYTES_MAX`].
    pub fn snapshot(&self, taken: &Taken, into: &mut impl Write) -> Result<(), SnapshotError> {
        let mut pieces = Writer { into, digest: Context::new(&SHA256), bytes: 0 };
        pieces.bytes(&MAGIC)?;
        pieces.bytes(&[VERSION])?;
        write_taken(taken, &mut pieces)?;
        if let Some(change) = &self.changed {
            pieces.piece(&Piece::Catalogue(Arc::clone(change)))?;
        }
        let (accounts, entities, sweep) = self.features.kept();
        for (key, account) in accounts {
            pieces.piece(&(PIECE_ACCOUNT, key, &**account))?;
        }
        pieces.piece(&Piece::Sweep(u64::try_from(sweep).unwrap_or(0)))?;
        pieces.piece(&Piece::Times(self.features.times()))?;
        for (entity, accounts) in entities.in_line() {
            pieces.piece(&Piece::Entity(entity, accounts.to_vec()))?;
        }
        for condition in self.conditions.sorted() {
            pieces.piece(&Piece::Condition(Arc::clone(condition)))?;
        }
        self.write_versions(&mut pieces)?;
        for (_, attempt) in self.open.iter() {
            pieces.piece(&Piece::Open(StoredAttempt::of(attempt)))?;
        }
        for (_, outcome) in self.ended.iter() {
            pieces.piece(&Piece::Ended(*outcome))?;
        }
        for ruling in self.rulings.iter().flat_map(|(_, rulings)| rulings) {
            pieces.piece(&Piece::Ruling(Arc::clone(ruling)))?;
        }
        let mut known = Numbers::default();
        self.write_verdicts(&mut pieces, &mut known)?;
        self.write_raised(&mut pieces, &mut known)?;
        pieces.end()
    }

    fn write_versions<W: Write>(&self, pieces: &mut Writer<'_, W>) -> Result<(), SnapshotError> {
        let (floor, versions) = self.conditions.versions.kept();
        for (name, version) in versions {
            pieces.piece(&Piece::Version(name.to_string(), version))?;
        }
        match floor {
            0 => Ok(()),
            floor => pieces.piece(&Piece::Floor(floor)),
        }
    }

    fn write_verdicts<W: Write>(
        &self,
        pieces: &mut Writer<'_, W>,
        known: &mut Numbers,
    ) -> Result<(), SnapshotError> {
        for (_, verdict) in self.verdicts.iter() {
            let stored = StoredVerdict::of(verdict, &mut |text| known.number(text));
            known.write_new(pieces)?;
            let places = (0..).zip(&verdict.typologies);
            let snoozed = places.filter_map(|(place, score)| score.snoozed.then_some(place));
            let snoozed: Vec<u32> = snoozed.collect();
            if !snoozed.is_empty() {
                pieces.piece(&Piece::Snoozed(snoozed))?;
            }
            pieces.piece(&Piece::Verdict(stored))?;
        }
        Ok(())
    }

    fn write_raised<W: Write>(
        &self,
        pieces: &mut Writer<'_, W>,
        known: &mut Numbers,
    ) -> Result<(), SnapshotError> {
        for ((typology, account), at_ms) in self.raised.iter() {
            let Some(typology) = self.catalogue.typologies.get(*typology) else { continue };
            let number = known.number(&typology.id);
            known.write_new(pieces)?;
            pieces.piece(&Piece::Raised(number, *account, *at_ms))?;
        }
        Ok(())
    }

    /// The state that was written, and where to read on.
    ///
    /// # Errors
    /// Bytes that are no snapshot of this stream.
    pub fn restore(
        catalogue: Catalogue,
        stream: &str,
        from: &mut impl Read,
    ) -> Result<(Engine, Taken), SnapshotError> {
        let mut pieces = Reader { from, digest: Context::new(&SHA256), bytes: 0 };
        let mut head = [0; MAGIC.len() + 1];
        pieces.bytes(&mut head)?;
        if head[..MAGIC.len()] != MAGIC || head[MAGIC.len()] != VERSION {
            return Err(SnapshotError::Foreign);
        }
        let Some(Piece::Taken(mut taken)) = pieces.piece()? else {
            return Err(SnapshotError::Damaged("it does not say where it was taken"));
        };
        if taken.stream != stream {
            return Err(SnapshotError::OtherStream(taken.stream));
        }
        let mut restored = Restored {
            engine: Engine::new(catalogue),
            texts: Texts::default(),
            snoozed: Vec::new(),
        };
        while let Some(piece) = pieces.piece()? {
            match piece {
                Piece::Untold(more) => taken.untold.extend(more),
                piece => restored.take(piece)?,
            }
            if taken.untold.len() > SNAPSHOT_UNTOLD_MAX {
                return Err(SnapshotError::Damaged("more verdicts are untold than there may be"));
            }
        }
        pieces.end()?;
        Ok((restored.engine, taken))
    }
}

/// So many verdicts as one piece holds stand in the first one: a program that knows no other reads them.
fn write_taken<W: Write>(taken: &Taken, pieces: &mut Writer<'_, W>) -> Result<(), SnapshotError> {
    if taken.untold.len() > SNAPSHOT_UNTOLD_MAX {
        return Err(SnapshotError::Damaged("more verdicts are untold than there may be"));
    }
    let first = taken.untold.len().min(SNAPSHOT_UNTOLD_PER_PIECE);
    let (untold, more) = taken.untold.split_at(first);
    let (stream, position) = (taken.stream.clone(), taken.position);
    pieces.piece(&Piece::Taken(Taken { stream, position, untold: untold.to_vec() }))?;
    let mut more = more.chunks(SNAPSHOT_UNTOLD_PER_PIECE);
    more.try_for_each(|some| pieces.piece(&Piece::Untold(some.to_vec())))
}

/// [`Piece::Account`]'s number: accounts are written without being copied first.
const PIECE_ACCOUNT: u8 = 1;

struct Writer<'a, W> {
    into: &'a mut W,
    digest: Context,
    bytes: u64,
}

impl<W: Write> Writer<'_, W> {
    fn piece(&mut self, piece: &impl Serialize) -> Result<(), SnapshotError> {
        let bytes = postcard::to_stdvec(piece);
        let bytes = bytes.map_err(|_| SnapshotError::Damaged("a piece cannot be written"))?;
        let length = u32::try_from(bytes.len()).ok();
        let length = length.filter(|_| bytes.len() <= SNAPSHOT_PIECE_BYTES_MAX);
        let length = length.ok_or(SnapshotError::Damaged("a piece is too large"))?;
        self.bytes(&length.to_le_bytes())?;
        self.bytes(&bytes)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.bytes = counted(self.bytes, bytes.len())?;
        self.digest.update(bytes);
        Ok(self.into.write_all(bytes)?)
    }

    fn end(mut self) -> Result<(), SnapshotError> {
        self.bytes(&0_u32.to_le_bytes())?;
        let digest = self.digest.finish();
        self.into.write_all(digest.as_ref())?;
        Ok(self.into.flush()?)
    }
}

/// Texts that are in a snapshot already, and the number of each.
#[derive(Default)]
struct Numbers {
    known: HashMap<String, u32>,
    new: Vec<String>,
}

impl Numbers {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.known.get(text) {
            return *number;
        }
        let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.insert(text.to_owned(), number);
        self.new.push(text.to_owned());
        number
    }

    fn write_new<W: Write>(&mut self, pieces: &mut Writer<'_, W>) -> Result<(), SnapshotError> {
        self.new.drain(..).try_for_each(|text| pieces.piece(&Piece::Text(text)))
    }
}

struct Reader<'a, R> {
    from: &'a mut R,
    digest: Context,
    bytes: u64,
}

impl<R: Read> Reader<'_, R> {
    fn piece(&mut self) -> Result<Option<Piece>, SnapshotError> {
        let mut length = [0; 4];
        self.bytes(&mut length)?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length == 0 {
            return Ok(None);
        }
        if length > SNAPSHOT_PIECE_BYTES_MAX {
            return Err(SnapshotError::Damaged("a piece is too large"));
        }
        let mut bytes = vec![0; length];
        self.bytes(&mut bytes)?;
        let piece = postcard::take_from_bytes(&bytes).ok().filter(|(_, rest)| rest.is_empty());
        let piece = piece.ok_or(SnapshotError::Damaged("a piece cannot be read"))?;
        Ok(Some(piece.0))
    }

    fn bytes(&mut self, bytes: &mut [u8]) -> Result<(), SnapshotError> {
        self.bytes = counted(self.bytes, bytes.len())?;
        self.from.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => SnapshotError::Damaged("it ends too early"),
            _ => SnapshotError::Io(error),
        })?;
        self.digest.update(bytes);
        Ok(())
    }

    fn end(self) -> Result<(), SnapshotError> {
        let found = self.digest.finish();
        let mut expected = Vec::with_capacity(DIGEST_BYTES + 1);
        let most = u64::try_from(DIGEST_BYTES + 1).unwrap_or(u64::MAX);
        self.from.take(most).read_to_end(&mut expected)?;
        match expected == found.as_ref() {
            true => Ok(()),
            false => Err(SnapshotError::Damaged("its digest is another one")),
        }
    }
}

fn counted(bytes: u64, more: usize) -> Result<u64, SnapshotError> {
    let bytes = bytes.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
    match bytes <= SNAPSHOT_BYTES_MAX {
        true => Ok(bytes),
        false => Err(SnapshotError::Damaged("it is too large")),
    }
}

struct Restored {
    engine: Engine,
    texts: Texts,
    /// Of the verdict that comes next.
    snoozed: Vec<u32>,
}

/// What verdicts share.
#[derive(Default)]
struct Texts {
    texts: Vec<Arc<str>>,
    rules: HashMap<(u32, u32), Arc<RuleName>>,
    outcomes: HashMap<u32, SubRuleRef>,
}

impl Texts {
    fn text(&self, number: u32) -> Option<Arc<str>> {
        self.texts.get(usize::try_from(number).ok()?).cloned()
    }

    fn rule(&mut self, (id, cfg): (u32, u32)) -> Option<Arc<RuleName>> {
        if let Some(name) = self.rules.get(&(id, cfg)) {
            return Some(Arc::clone(name));
        }
        let name = Arc::new(RuleName::new(&self.text(id)?, &self.text(cfg)?));
        self.rules.insert((id, cfg), Arc::clone(&name));
        Some(name)
    }

    fn outcome(&mut self, number: u32) -> Option<SubRuleRef> {
        if let Some(outcome) = self.outcomes.get(&number) {
            return Some(outcome.clone());
        }
        let outcome = SubRuleRef::new(&self.text(number)?);
        self.outcomes.insert(number, outcome.clone());
        Some(outcome)
    }
}

impl Restored {
    fn take(&mut self, piece: Piece) -> Result<(), SnapshotError> {
        let engine = &mut self.engine;
        let is_possible = match piece {
            Piece::Taken(_) | Piece::Untold(_) => false,
            Piece::Account(key, account) => engine.features.restore_account(key, account),
            Piece::Sweep(sweep) => {
                engine.features.restore_sweep(usize::try_from(sweep).unwrap_or(0));
                true
            }
            Piece::Times(times) => engine.features.restore_times(times),
            Piece::Entity(entity, accounts) => engine.features.restore_entity(entity, accounts),
            Piece::Condition(condition) => {
                let name = condition.name.clone();
                let condition = Some(condition);
                engine.conditions.apply(&ConditionChange { name, condition, version: 0 });
                true
            }
            Piece::Version(name, version) => {
                engine.conditions.restore_version(&name, version);
                true
            }
            Piece::Floor(floor) => {
                engine.conditions.versions.restore_floor(floor);
                true
            }
            Piece::Open(stored) => {
                let attempt = Arc::new(stored.attempt());
                engine.open.insert(attempt.id, attempt);
                true
            }
            Piece::Ended(outcome) => {
                engine.ended.insert(outcome.id, outcome);
                true
            }
            Piece::Ruling(ruling) => {
                engine.ruling(&ruling);
                true
            }
            Piece::Catalogue(change) => {
                engine.change(&change);
                engine.changed == Some(change)
            }
            Piece::Raised(typology, account, at_ms) => self.raised(typology, account, at_ms),
            Piece::Text(text) => {
                self.texts.texts.push(Arc::from(text));
                self.texts.texts.len() <= SNAPSHOT_TEXTS_MAX
            }
            Piece::Snoozed(places) => {
                self.snoozed = places;
                true
            }
            Piece::Verdict(stored) => self.verdict(stored).is_some(),
        };
        match is_possible {
            true => Ok(()),
            false => Err(SnapshotError::Damaged("a piece that cannot be there")),
        }
    }

    fn verdict(&mut self, stored: StoredVerdict) -> Option<()> {
        let mut verdict = stored.verdict(&mut self.texts)?;
        for place in std::mem::take(&mut self.snoozed) {
            verdict.typologies.get_mut(usize::try_from(place).ok()?)?.snoozed = true;
        }
        let key = (verdict.id, verdict.hash, verdict.point);
        self.engine.verdicts.insert(key, Arc::new(verdict));
        Some(())
    }

    /// An alert; a typology that is no longer configured raises nothing.
    fn raised(&mut self, typology: u32, account: u64, at_ms: i64) -> bool {
        let Some(id) = self.texts.text(typology) else { return false };
        let mut typologies = self.engine.catalogue.typologies.iter();
        if let Some(place) = typologies.position(|known| known.id == id) {
            self.engine.raised.insert((place, account), at_ms);
        }
        true
    }
}
