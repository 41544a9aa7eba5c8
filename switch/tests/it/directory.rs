//! Lookups and routes.

use std::str::FromStr;

use switch::{Command, Currency, Refusal, Rules, Timestamp, View, directory};

use crate::ledger::Ledger;
use crate::table::{name, party};

#[test]
fn the_nearest_registration_wins() {
    let ledger = scheme();
    let held_by = |id: &str, currency: Option<&str>| {
        let currency = currency.map(|code| Currency::from_str(code).unwrap());
        lookup(&ledger, "alfa", id, currency).map(|name| name.to_string())
    };
    assert_eq!(held_by("IBAN/FI2112345", Some("XTS")), Ok("beta".to_owned()), "its currency");
    assert_eq!(held_by("IBAN/FI2112345", Some("XXX")), Ok("alfa".to_owned()), "all currencies");
    assert_eq!(held_by("IBAN/FI2112345", None), Ok("alfa".to_owned()), "all currencies");
    assert_eq!(held_by("IBAN/FI3", None), Ok("beta".to_owned()), "the only registration");
    assert_eq!(held_by("IBAN/FI3", Some("XXX")), Ok("alfa".to_owned()), "another currency: prefix");
    assert_eq!(held_by("IBAN/FI219", None), Ok("beta".to_owned()), "the longest prefix");
    assert_eq!(held_by("IBAN/FI2", None), Ok("alfa".to_owned()), "a shorter prefix");
    assert_eq!(held_by("IBAN/F", None), Err(Refusal::PartyNotFound), "no prefix fits");
    assert_eq!(held_by("MSISDN/FI2", None), Err(Refusal::PartyNotFound), "another kind");
    assert_eq!(held_by("ALIAS/anyone", None), Ok("beta".to_owned()), "the whole kind");
    assert_eq!(held_by("IBAN/Å1", None), Err(Refusal::PartyNotFound), "no panic inside a letter");
}

#[test]
fn lookups_are_refused_in_order() {
    let ledger = scheme();
    let refused = |asker: &str, id: &str| lookup(&ledger, asker, id, None).unwrap_err();
    let unknown = Refusal::RequesterUnknown { name: name("nobody") };
    assert_eq!(refused("nobody", "IBAN/none"), unknown);
    let stopped = Refusal::RequesterUnknown { name: name("gamma") };
    assert_eq!(refused("gamma", "IBAN/none"), stopped);
    assert_eq!(refused("alfa", "IBAN/none"), Refusal::PartyNotFound);
    let inactive = Refusal::DestinationUnknown { name: name("gamma") };
    assert_eq!(refused("alfa", "IBAN/SE1"), inactive);
}

#[test]
fn quotes_go_between_active_participants() {
    let ledger = scheme();
    let route = |from: &str, to: &str| {
        let (from, to) = (name(from), name(to));
        let mut view = View::new();
        load(&ledger, &mut view, directory::route_keys(&from, &to));
        directory::route_quote(&view, &from, &to)
    };
    let payer = |of: &str| Err(Refusal::QuotePayerUnknown { name: name(of) });
    let payee = |of: &str| Err(Refusal::DestinationUnknown { name: name(of) });
    assert_eq!(route("alfa", "beta"), Ok(()));
    assert_eq!(route("nobody", "noone"), payer("nobody"));
    assert_eq!(route("gamma", "noone"), payer("gamma"));
    assert_eq!(route("alfa", "noone"), payee("noone"));
    assert_eq!(route("alfa", "gamma"), payee("gamma"));
}

fn lookup(
    ledger: &Ledger,
    asker: &str,
    id: &str,
    currency: Option<Currency>,
) -> Result<switch::ParticipantName, Refusal> {
    let (asker, party) = (name(asker), party(id));
    let mut view = View::new();
    load(ledger, &mut view, directory::keys(&asker, &party));
    let more = directory::more_keys(&view, &party, currency);
    load(ledger, &mut view, more);
    directory::holder(&view, &asker, &party, currency)
}

fn load(ledger: &Ledger, view: &mut View, keys: Vec<switch::Key>) {
    for key in view.missing(keys) {
        let row = ledger.rows.get(&key).cloned();
        view.insert(key, row);
    }
}

/// Alfa, beta, and gamma, which is stopped; their parties and prefixes.
fn scheme() -> Ledger {
    let mut ledger = Ledger { rules: Rules::default(), ..Ledger::default() };
    let currency = Currency::from_str("XTS").unwrap();
    let hub = |kind| Command::CreateHubAccount { kind, currency };
    let join = |of: &str| Command::CreateParticipant { name: name(of), currency, is_proxy: false };
    let register = |id: &str, currency, of: &str| Command::RegisterParty {
        party: party(id),
        currency,
        participant: name(of),
    };
    let ranges = |of: &str, prefixes: &[&str]| Command::SetPartyRanges {
        kind: party("IBAN/x").kind().clone(),
        participant: name(of),
        prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
    };
    let commands = [
        hub(switch::AccountKind::HubReconciliation),
        hub(switch::AccountKind::HubMultilateralSettlement),
        join("alfa"),
        join("beta"),
        join("gamma"),
        register("IBAN/FI2112345", Some(currency), "beta"),
        register("IBAN/FI2112345", None, "alfa"),
        register("IBAN/FI3", Some(currency), "beta"),
        ranges("alfa", &["FI", "NO"]),
        ranges("beta", &["FI21"]),
        Command::SetPartyRanges {
            kind: party("ALIAS/x").kind().clone(),
            participant: name("beta"),
            prefixes: vec![String::new()],
        },
        ranges("gamma", &["SE"]),
        Command::SetParticipantActive { name: name("gamma"), active: false },
    ];
    let batch: Vec<_> = commands.into_iter().map(|command| (Timestamp(0), command)).collect();
    let decisions = ledger.batch(&batch);
    assert!(decisions.iter().all(|decision| decision.outcome == switch::Outcome::Accepted));
    ledger
}
