//! SHA-256 over the terms of an order, in a fixed binary form: a reformatted resend under the same ids
//! has the same one. Message ids and creation times are left out (CONTRACTS §3). What is read is taken
//! as it was read; [`Fingerprint::with_all`] adds the message's canonical form, which has all terms.

use aws_lc_rs::digest::{Context, SHA256};
use iso20022::{
    Account, AccountId, Agent, Amount, Coded, Date, DateOrDateTime, DateTime, OtherId, Party,
    PartyId, PaymentType, PostalAddress,
};

/// Takes one term after the other; each with its length, an absent one unlike an empty one.
pub(super) struct Fingerprint(Context);

impl Fingerprint {
    pub(super) fn new(family: &str) -> Self {
        let mut print = Self(Context::new(&SHA256));
        print.text(Some(family));
        print
    }

    pub(super) fn hexadecimal(self) -> String {
        let digest = self.0.finish();
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The same with all terms, be they read or not.
    pub(super) fn with_all(hash: &str, terms: &[u8]) -> String {
        let mut print = Self(Context::new(&SHA256));
        print.text(Some(hash));
        print.0.update(terms);
        print.hexadecimal()
    }

    pub(super) fn text(&mut self, text: Option<&str>) {
        match text {
            None => self.0.update(&[0]),
            Some(text) => {
                self.0.update(&[1]);
                self.0.update(&(text.len() as u64).to_be_bytes());
                self.0.update(text.as_bytes());
            }
        }
    }

    pub(super) fn texts<'t>(&mut self, texts: impl IntoIterator<Item = Option<&'t String>>) {
        texts.into_iter().for_each(|text| self.text(text.map(String::as_str)));
    }

    /// A list and its length.
    pub(super) fn each<T>(&mut self, items: &[T], put: impl Fn(&mut Self, &T)) {
        self.0.update(&(items.len() as u64).to_be_bytes());
        items.iter().for_each(|item| put(self, item));
    }

    pub(super) fn optional<T>(&mut self, item: Option<&T>, put: impl Fn(&mut Self, &T)) {
        self.0.update(&[u8::from(item.is_some())]);
        if let Some(item) = item {
            put(self, item);
        }
    }

    pub(super) fn amount(&mut self, amount: &Amount) {
        self.0.update(&amount.units().to_be_bytes());
        self.text(Some(amount.currency().as_str()));
    }

    /// The instant: how its offset was written does not matter.
    pub(super) fn date_time(&mut self, time: &DateTime) {
        self.0.update(&time.unix_ms().to_be_bytes());
    }

    pub(super) fn date(&mut self, date: &Date) {
        self.text(Some(&date.to_string()));
    }

    pub(super) fn date_or_time(&mut self, time: &DateOrDateTime) {
        match time {
            DateOrDateTime::Date(date) => self.date(date),
            DateOrDateTime::DateTime(time) => self.date_time(time),
        }
    }

    pub(super) fn coded(&mut self, coded: &Coded) {
        let (kind, text) = match coded {
            Coded::Code(code) => ("Cd", code),
            Coded::Proprietary(text) => ("Prtry", text),
        };
        self.text(Some(kind));
        self.text(Some(text));
    }

    fn other(&mut self, other: &OtherId) {
        self.text(Some(&other.id));
        self.optional(other.scheme.as_ref(), Self::coded);
        self.text(other.issuer.as_deref());
    }

    pub(super) fn agent(&mut self, agent: &Agent) {
        self.texts([agent.bicfi.as_ref(), agent.lei.as_ref(), agent.name.as_ref()]);
        self.optional(agent.clearing_member.as_ref(), |print, member| {
            print.optional(member.system.as_ref(), Self::coded);
            print.text(Some(&member.member_id));
        });
        self.optional(agent.other.as_ref(), Self::other);
    }

    pub(super) fn account(&mut self, account: &Account) {
        self.optional(account.id.as_ref(), |print, id| match id {
            AccountId::Iban(iban) => print.text(Some(iban)),
            AccountId::Other(other) => print.other(other),
        });
        self.optional(account.kind.as_ref(), Self::coded);
        self.texts([account.currency.as_ref(), account.name.as_ref()]);
        self.optional(account.proxy.as_ref(), |print, proxy| {
            print.optional(proxy.kind.as_ref(), Self::coded);
            print.text(Some(&proxy.id));
        });
    }

    pub(super) fn party(&mut self, party: &Party) {
        self.texts([party.name.as_ref(), party.country_of_residence.as_ref()]);
        self.optional(party.address.as_ref(), Self::address);
        self.optional(party.id.as_ref(), |print, id| match id {
            PartyId::Organisation { any_bic, lei, other } => {
                print.texts([any_bic.as_ref(), lei.as_ref()]);
                print.each(other, Self::other);
            }
            // The birth is among `all_terms`: here it would make strangers of orders that were kept before.
            PartyId::Private { other, .. } => print.each(other, Self::other),
        });
    }

    fn address(&mut self, address: &PostalAddress) {
        self.texts([
            address.street.as_ref(),
            address.building_number.as_ref(),
            address.post_code.as_ref(),
            address.town.as_ref(),
            address.country_subdivision.as_ref(),
            address.country.as_ref(),
        ]);
        self.each(&address.lines, |print, line| print.text(Some(line)));
    }

    pub(super) fn payment_type(&mut self, kind: &PaymentType) {
        self.text(kind.instruction_priority.as_deref());
        self.each(&kind.service_levels, Self::coded);
        self.optional(kind.local_instrument.as_ref(), Self::coded);
        self.optional(kind.category_purpose.as_ref(), Self::coded);
    }
}
