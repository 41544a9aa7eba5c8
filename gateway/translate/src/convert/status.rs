//! An FSPIOP answer as the bank is told it: pain.002 or pacs.002 to its original message.

use fspiop::error::{ErrorInformation, Refusal};
use fspiop::headers::HeaderList;
use fspiop::json;
use fspiop::jws::signed_uri;
use fspiop::party::PartiesPut;
use fspiop::quote::QuotesPut;
use fspiop::route::{Match, Route};
use fspiop::time::parse_http_date;
use fspiop::transfer::{TransfersPatch, TransfersPut};
use fspiop::version::{Rules, Version};
use iso20022::{Inbound, Message};

use super::forward::{Journey, refused};
use super::{NotConverted, Setting, fsp_of};
use crate::credit;
use crate::order::{Action, Event, Ignored, Names, Stage};
use crate::party::PartyKey;
use crate::status::StatusReport;
use crate::{BankRecord, PaymentId};

/// An FSPIOP request that answers.
#[derive(Debug, Clone, Copy)]
pub struct Answering<'a> {
    /// The method.
    pub method: &'a str,
    /// The target, with a base path or without.
    pub target: &'a str,
    /// Its headers: the Date says when.
    pub headers: &'a HeaderList,
    /// Its body.
    pub body: &'a [u8],
}

/// The status message to `original` that says what the request says: pain.002 to a pain.001, pacs.002 to
/// a pacs.008, in the version that answers the original's.
///
/// Ids are not compared: that the request answers the original is the asker's word.
///
/// # Errors
/// [`NotConverted`]: the request cannot be read or answers nothing, or the original is no order.
pub fn status(
    original: &Inbound,
    request: &Answering<'_>,
    setting: &Setting<'_>,
) -> Result<StatusReport, NotConverted> {
    let rules = Rules::new(Version::V2_0, setting.currencies);
    let target = signed_uri(request.target).unwrap_or(request.target);
    let route = Match::find(request.method, target).and_then(|found| found.route(&rules));
    let route = route.map_err(|refusal| unreadable(&refusal))?;
    let body = json::parse(request.body).map_err(|error| unreadable(&Refusal::from(error)))?;
    let error = || ErrorInformation::parse(&body).map_err(|refusal| unreadable(&refusal));
    let party = |path| PartyKey::of_path(&path);
    let (stage, event) = match route {
        Route::PatchTransfer(_) => {
            let patch = TransfersPatch::parse(&body).map_err(|refusal| unreadable(&refusal))?;
            return confirmation(original, patch, request, setting);
        }
        Route::PutParty(_) => {
            let put = PartiesPut::parse(&body, &rules).map_err(|refusal| unreadable(&refusal))?;
            (Reached::Lookup(None), Event::Party(Box::new(put)))
        }
        Route::PutPartyError(path) => {
            (Reached::Lookup(Some(party(path))), Event::PartyError(error()?))
        }
        Route::PutQuote(_) => {
            let put = QuotesPut::parse(&body, &rules).map_err(|refusal| unreadable(&refusal))?;
            (Reached::Quote, Event::Quote(Box::new(put)))
        }
        Route::PutQuoteError(_) => (Reached::Quote, Event::QuoteError(error()?)),
        Route::PutTransfer(_) => {
            let put = TransfersPut::parse(&body).map_err(|refusal| unreadable(&refusal))?;
            (Reached::Transfer, Event::TransferState(Box::new(put)))
        }
        Route::PutTransferError(_) => (Reached::Transfer, Event::TransferError(error()?)),
        _ => {
            let mend =
                "give PUT /parties, /quotes or /transfers, their errors, or PATCH /transfers";
            return Err(NotConverted::new("request", "3002", mend));
        }
    };
    reported(original, stage, &event, request, setting)
}

/// How far the order is when the answer comes.
enum Reached {
    /// The lookup is out; whom an error must be about.
    Lookup(Option<PartyKey>),
    Quote,
    Transfer,
}

fn reported(
    original: &Inbound,
    reached: Reached,
    event: &Event,
    request: &Answering<'_>,
    setting: &Setting<'_>,
) -> Result<StatusReport, NotConverted> {
    let mut journey = Journey::begin(original, setting)?;
    let unmatched = || NotConverted::new("unmatched", "AG09", "the request is about another party");
    match reached {
        Reached::Lookup(party) => {
            let Some(awaited) = journey.order.awaited_party() else {
                let text = "the creditor's agent is known by its FSP id: no lookup is sent";
                return Err(NotConverted::new("unmatched", "AG09", text));
            };
            if party.is_some_and(|party| party != *awaited) {
                return Err(unmatched());
            }
        }
        Reached::Quote => journey.advance(|stage| matches!(stage, Stage::Quoting { .. }))?,
        Reached::Transfer => {
            journey.advance(|stage| matches!(stage, Stage::Transferring { .. }))?
        }
    }
    let now_ms = journey.now_ms.max(date_ms(request).unwrap_or(journey.now_ms));
    let actions = journey.order.step(event, now_ms);
    if actions.contains(&Action::Ignore(Ignored::OtherParty)) {
        return Err(unmatched());
    }
    Ok(journey.order.report())
}

impl Journey<'_> {
    /// The payee's side agrees until the order is there.
    fn advance(&mut self, is_there: impl Fn(Stage) -> bool) -> Result<(), NotConverted> {
        while !is_there(self.order.stage()) {
            if self.order.is_final() {
                return Err(refused(&self.order));
            }
            self.agree()?;
        }
        Ok(())
    }
}

/// PATCH: what the payee's bank, which was sent the original, is told.
fn confirmation(
    original: &Inbound,
    patch: TransfersPatch,
    request: &Answering<'_>,
    setting: &Setting<'_>,
) -> Result<StatusReport, NotConverted> {
    let (Message::FiToFiCustomerCreditTransfer(message), [transfer]) = (
        &original.message,
        match &original.message {
            Message::FiToFiCustomerCreditTransfer(message) => message.transactions.as_slice(),
            _ => &[],
        },
    ) else {
        let mend =
            "PATCH is for the payee's bank: give the pacs.008 of one payment that it was sent";
        return Err(NotConverted::unsupported(mend));
    };
    let ids = [&transfer.transaction_id, &transfer.uetr, &transfer.instruction_id];
    let id = ids.into_iter().flatten().find_map(|id| PaymentId::parse(id).ok());
    let id = id.or_else(|| PaymentId::of_message_id(&message.message_id)).ok_or_else(|| {
        let mend =
            "the pacs.008 has none of the ids that payments to banks have: give UETR or TxId";
        NotConverted::new("unmatched", "AG09", mend)
    })?;
    let instructed = transfer.instructed_agent.as_ref().or(message.instructed_agent.as_ref());
    let agent = instructed.unwrap_or(&transfer.creditor_agent);
    let bank = fsp_of(agent).and_then(|fsp| BankRecord::assumed(&fsp, agent));
    let bank = bank.ok_or_else(|| {
        let mend = "name the payee's bank in InstdAgt or CdtrAgt by BIC or clearing member id";
        NotConverted::new("unmatched", "RC01", mend)
    })?;
    let now_ms = setting.arrival_ms(message.created);
    let now_ms = now_ms.max(date_ms(request).unwrap_or(now_ms));
    let name = original.name.as_str();
    let answer = bank.answer_version(name).unwrap_or_default();
    let names = Names { order: name, answer };
    let told = credit::confirmation(message, names, id, &bank, patch, now_ms);
    told.ok_or_else(|| {
        let text = "an interim state: the bank is told nothing until the last one";
        NotConverted::new("interim", "NARR", text)
    })
}

fn date_ms(request: &Answering<'_>) -> Option<i64> {
    request.headers.first("Date").and_then(parse_http_date)
}

fn unreadable(refusal: &Refusal) -> NotConverted {
    NotConverted::new("request", refusal.code.digits(), refusal.description())
}
