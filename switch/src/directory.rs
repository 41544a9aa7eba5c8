//! Who holds a party, and where a lookup or a quote goes. Pure reads: no row is changed here.

use crate::{Currency, Key, Participant, ParticipantName, Party, PartyId, Refusal, View};

/// The rows that [`holder`] needs first. Load them, then those of [`more_keys`].
pub fn keys(asker: &ParticipantName, party: &PartyId) -> Vec<Key> {
    vec![
        Key::Participant(asker.clone()),
        Key::Party(party.clone()),
        Key::PartyRanges(party.kind().clone()),
    ]
}

/// The participants that the first rows name.
pub fn more_keys(view: &View, party: &PartyId, currency: Option<Currency>) -> Vec<Key> {
    let found = find(view, party, currency).ok().flatten();
    found.map(Key::Participant).into_iter().collect()
}

/// The active participant that holds `party` for `currency`: a registration for the currency,
/// then one for all currencies, then the longest prefix. Without a currency, the registration for
/// all currencies, or else the oldest one.
///
/// # Errors
/// In order: [`Refusal::RequesterUnknown`] (3200), [`Refusal::PartyNotFound`] (3204),
/// [`Refusal::DestinationUnknown`] (3201).
pub fn holder(
    view: &View,
    asker: &ParticipantName,
    party: &PartyId,
    currency: Option<Currency>,
) -> Result<ParticipantName, Refusal> {
    active(view, asker, |name| Refusal::RequesterUnknown { name })?;
    let name = find(view, party, currency)?.ok_or(Refusal::PartyNotFound)?;
    active(view, &name, |name| Refusal::DestinationUnknown { name })?;
    Ok(name)
}

/// The rows that [`route_quote`] needs.
pub fn route_keys(source: &ParticipantName, destination: &ParticipantName) -> Vec<Key> {
    vec![Key::Participant(source.clone()), Key::Participant(destination.clone())]
}

/// Whether a quote may go from `source` to `destination`: both are there and active.
///
/// # Errors
/// In order: [`Refusal::QuotePayerUnknown`] (3202), [`Refusal::DestinationUnknown`] (3201).
pub fn route_quote(
    view: &View,
    source: &ParticipantName,
    destination: &ParticipantName,
) -> Result<(), Refusal> {
    active(view, source, |name| Refusal::QuotePayerUnknown { name })?;
    active(view, destination, |name| Refusal::DestinationUnknown { name })?;
    Ok(())
}

fn active<'a>(
    view: &'a View,
    name: &ParticipantName,
    refusal: impl Fn(ParticipantName) -> Refusal,
) -> Result<&'a Participant, Refusal> {
    let row = view.participant(name)?.filter(|row| row.active);
    row.ok_or_else(|| refusal(name.clone()))
}

fn find(
    view: &View,
    party: &PartyId,
    currency: Option<Currency>,
) -> Result<Option<ParticipantName>, Refusal> {
    let registered = view.party(party)?.and_then(|row| registered(row, currency));
    match registered {
        Some(name) => Ok(Some(name.clone())),
        None => by_longest_prefix(view, party),
    }
}

fn registered(party: &Party, currency: Option<Currency>) -> Option<&ParticipantName> {
    let with = |wish| party.holders.iter().find(|holder| holder.currency == wish);
    let any = || if currency.is_none() { party.holders.first() } else { None };
    let holder = with(currency).or_else(|| with(None)).or_else(any);
    holder.map(|holder| &holder.participant)
}

fn by_longest_prefix(view: &View, party: &PartyId) -> Result<Option<ParticipantName>, Refusal> {
    let Some(row) = view.party_ranges(party.kind())? else {
        return Ok(None);
    };
    let identifier = party.identifier();
    let ends = identifier.char_indices().map(|(at, char)| at + char.len_utf8());
    let prefixes = ends.rev().chain([0]).filter_map(|end| identifier.get(..end));
    Ok(prefixes.into_iter().find_map(|prefix| row.ranges.get(prefix)).cloned())
}
