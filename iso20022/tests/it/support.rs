use std::path::{Path, PathBuf};
use std::process::Command;

use iso20022::{
    Account, AccountId, Agent, Amount, Coded, Currency, OtherId, Party, PartyId, Proxy,
};

use crate::messages::is_of_2009;

/// A path in ../shared, or nothing when it is not there; with CI=true that is a failure.
pub fn shared_or_skip(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    skip(&format!("{} is absent", path.display()));
    None
}

/// Whether xmllint can be run; without it with CI=true is a failure.
pub fn xmllint_or_skip() -> bool {
    let present = Command::new("xmllint").arg("--version").output().is_ok();
    if !present {
        skip("xmllint is absent");
    }
    present
}

#[expect(clippy::disallowed_methods, reason = "a test has no gateway to read the environment")]
fn skip(why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "CI may not skip: {why}");
    eprintln!("skipped: {why}");
}

/// A whole message inside a Document of this version.
pub fn document(name: &str, body: &str) -> String {
    format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{name}\">{body}</Document>")
}

/// A minimal pacs.008.001.08, the text of whose amount is `amount`.
pub fn pacs008(amount: &str) -> String {
    let agent = |name: &str, bic: &str| {
        format!("<{name}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{name}>")
    };
    let body = format!(
        "<FIToFICstmrCdtTrf><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-20T10:00:00Z</CreDtTm>\
<NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>\n\
<CdtTrfTxInf><PmtId><EndToEndId>E1</EndToEndId></PmtId>\n\
<IntrBkSttlmAmt Ccy=\"EUR\">{amount}</IntrBkSttlmAmt><ChrgBr>SLEV</ChrgBr>\
<Dbtr><Nm>Alice</Nm></Dbtr>{}{}<Cdtr><Nm>Bob</Nm></Cdtr></CdtTrfTxInf></FIToFICstmrCdtTrf>",
        agent("DbtrAgt", "BANKDEFF"),
        agent("CdtrAgt", "BANKFRPP")
    );
    document("pacs.008.001.08", &body)
}

/// Text beyond ASCII and everything that XML escapes.
pub const UNICODE: &str = "Zoë & <Ængström> \"'ﷺ'\" \u{1F4B6}\u{10FFFF} ]]> é\u{301}";

pub fn eur(text: &str) -> Amount {
    Amount::parse(text, Currency::parse("EUR").unwrap()).unwrap()
}

/// As far as this version can say it.
pub fn agent_with_everything(version: &str) -> Agent {
    Agent {
        bicfi: Some("BANKDEFFXXX".to_owned()),
        clearing_member: Some(iso20022::ClearingMember {
            system: Some(Coded::Code("DEBLZ".to_owned())),
            member_id: "37040044".to_owned(),
        }),
        lei: lei(version),
        name: Some(UNICODE.to_owned()),
        other: Some(OtherId {
            id: "bank-1".to_owned(),
            scheme: Some(Coded::Proprietary("FSPID".to_owned())),
            issuer: Some("hub".to_owned()),
        }),
    }
}

fn lei(version: &str) -> Option<String> {
    let has = !is_of_2009(version) && version != "head.001.001.01";
    has.then(|| "529900T8BM49AURSDO55".to_owned())
}

/// As far as this version can say it.
pub fn party_with_everything(version: &str, organisation: bool) -> Party {
    let other = vec![OtherId {
        id: "4711".to_owned(),
        scheme: Some(Coded::Code("CUST".to_owned())),
        issuer: None,
    }];
    let id = if organisation {
        PartyId::Organisation { any_bic: Some("CORPDEFF".to_owned()), lei: lei(version), other }
    } else {
        let birth = iso20022::DateAndPlaceOfBirth {
            date: "1949-11-22".to_owned(),
            province: Some("HE".to_owned()),
            city: "Frankfurt".to_owned(),
            country: "DE".to_owned(),
        };
        PartyId::Private { birth: Some(birth), other }
    };
    Party {
        name: Some(UNICODE.to_owned()),
        address: Some(iso20022::PostalAddress {
            street: Some("Große Straße".to_owned()),
            building_number: Some("1a".to_owned()),
            post_code: Some("60311".to_owned()),
            town: Some("Frankfurt".to_owned()),
            country_subdivision: Some("HE".to_owned()),
            country: Some("DE".to_owned()),
            lines: vec!["line 1".to_owned(), UNICODE.to_owned()],
        }),
        id: Some(id),
        country_of_residence: Some("DE".to_owned()),
    }
}

/// As far as this version can say it.
pub fn account_with_everything(version: &str) -> Account {
    Account {
        id: Some(AccountId::Other(OtherId {
            id: "0001".to_owned(),
            scheme: Some(Coded::Code("BBAN".to_owned())),
            issuer: Some("bank".to_owned()),
        })),
        kind: Some(Coded::Code("CACC".to_owned())),
        currency: Some("EUR".to_owned()),
        name: Some(UNICODE.to_owned()),
        proxy: (!is_of_2009(version)).then(|| Proxy {
            kind: Some(Coded::Code("TELE".to_owned())),
            id: "+49-30123456".to_owned(),
        }),
    }
}
