//! Who holds a party, and where a lookup or a quote goes. Pure reads: no row is changed here.

use crate::{Currency, Key, ParticipantName, PartyId, Refusal, View};

/// The rows that [`holder`] needs first. Load those it returns, then those of [`more_keys`].
pub fn keys(asker: &ParticipantName, party: &PartyId) -> Vec<Key> {
    let _ = (asker, party);
    unimplemented!()
}

/// The participants that the first rows name.
pub fn more_keys(view: &View, party: &PartyId) -> Vec<Key> {
    let _ = (view, party);
    unimplemented!()
}

/// The active participant that holds `party` for `currency`: a registration for the currency,
/// then one for all currencies, then the longest prefix. Without a currency, the registration for
/// all currencies, or else the first one.
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
    let _ = (view, asker, party, currency);
    unimplemented!()
}

/// Whether a quote may go from `source` to `destination`. Needs both participants' rows.
///
/// # Errors
/// In order: [`Refusal::QuotePayerUnknown`] (3202), [`Refusal::DestinationUnknown`] (3201).
pub fn route_quote(
    view: &View,
    source: &ParticipantName,
    destination: &ParticipantName,
) -> Result<(), Refusal> {
    let _ = (view, source, destination);
    unimplemented!()
}
