//! The lookup directory: who registers, who takes back.

use super::Scene;
use super::accounts::known;
use crate::limits::{PARTY_HOLDERS_MAX, PARTY_IDENTIFIER_CHARS_MAX, PARTY_RANGES_MAX};
use crate::{
    Currency, Decision, Outcome, ParticipantName, Party, PartyHolder, PartyId, PartyKind,
    PartyRanges, Refusal, Row,
};

pub(super) fn register(
    scene: &Scene<'_>,
    id: &PartyId,
    currency: Option<Currency>,
    participant: &ParticipantName,
) -> Result<Decision, Refusal> {
    known(scene, participant)?;
    let mut party = stored(scene, id)?;
    if let Some(holder) = party.holders.iter().find(|holder| holder.currency == currency) {
        let taken = holder.participant != *participant;
        let resent = Decision::only(Outcome::Resent);
        return if taken { Err(Refusal::PartyTaken) } else { Ok(resent) };
    }
    if party.holders.len() >= PARTY_HOLDERS_MAX {
        return Err(Refusal::DirectoryFull);
    }
    party.holders.push(PartyHolder { currency, participant: participant.clone() });
    Ok(Decision { writes: vec![Row::Party(party)], ..Decision::only(Outcome::Accepted) })
}

pub(super) fn deregister(
    scene: &Scene<'_>,
    id: &PartyId,
    currency: Option<Currency>,
    participant: &ParticipantName,
) -> Result<Decision, Refusal> {
    known(scene, participant)?;
    let mut party = stored(scene, id)?;
    let registration = PartyHolder { currency, participant: participant.clone() };
    if !party.holders.contains(&registration) {
        return Err(Refusal::PartyNotRegistered);
    }
    party.holders.retain(|holder| *holder != registration);
    Ok(Decision { writes: vec![Row::Party(party)], ..Decision::only(Outcome::Accepted) })
}

pub(super) fn set_ranges(
    scene: &Scene<'_>,
    kind: &PartyKind,
    participant: &ParticipantName,
    prefixes: &[String],
) -> Result<Decision, Refusal> {
    known(scene, participant)?;
    let ranges = scene.view.party_ranges(kind)?.map(|row| row.ranges.clone());
    let mut ranges = ranges.unwrap_or_default();
    ranges.retain(|_, holder| holder != participant);
    for prefix in prefixes {
        // An empty prefix is the whole kind.
        if prefix.chars().count() > PARTY_IDENTIFIER_CHARS_MAX {
            return Err(Refusal::Prefix);
        }
        if ranges.get(prefix).is_some_and(|holder| holder != participant) {
            return Err(Refusal::PrefixTaken);
        }
        ranges.insert(prefix.clone(), participant.clone());
    }
    if ranges.len() > PARTY_RANGES_MAX {
        return Err(Refusal::DirectoryFull);
    }
    let row = Row::PartyRanges(PartyRanges { kind: kind.clone(), ranges });
    Ok(Decision { writes: vec![row], ..Decision::only(Outcome::Accepted) })
}

fn stored(scene: &Scene<'_>, id: &PartyId) -> Result<Party, Refusal> {
    let known = scene.view.party(id)?.cloned();
    Ok(known.unwrap_or_else(|| Party { id: id.clone(), holders: Vec::new() }))
}
