//! Fixtures and the table reader.

use std::path::PathBuf;
use std::process::Command;

use causeway_translate::BankRecord;
use causeway_translate::order::{Opened, Opening, Order};
use fspiop::amount::CurrencyList;
use iso20022::{Agent, Inbound};

/// When every test begins: 2026-11-20T10:00:00Z.
pub const START_MS: i64 = 1_795_168_800_000;
/// 90 days.
pub const RETENTION_MS: i64 = 90 * 86_400_000;

/// A file or directory of the shared facts. Without it the test skips; with CI=true it fails.
pub fn shared_or_skip(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    skip(&format!("shared/{path} is not there"))
}

/// Says why a test skips; with CI=true nothing may skip.
#[expect(clippy::disallowed_methods, reason = "a test has no gateway to read the environment")]
pub fn skip<T>(why: &str) -> Option<T> {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "may not skip: {why}");
    eprintln!("skipped: {why}");
    None
}

/// The oracle's verdict on an XML text; `None` where it is not there.
pub fn oracle(name: &str, xml: &str) -> Option<String> {
    let tool = shared_or_skip("tools/iso-oracle")?;
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.xml"));
    std::fs::write(&file, xml).unwrap();
    let Ok(output) = Command::new(tool).arg(&file).output() else {
        return skip("shared/tools/iso-oracle does not run");
    };
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Holds an XML text against the published schema.
pub fn assert_valid(name: &str, xml: &str) {
    if let Some(verdict) = oracle(name, xml) {
        assert!(verdict.contains("\"verdict\": \"valid\""), "{verdict}\n{xml}");
    }
}

/// The rows of a table: cells between bars, trimmed; blank lines and lines that begin with # left out.
pub fn rows<const CELLS: usize>(table: &str) -> Vec<[&str; CELLS]> {
    let lines =
        table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cells = |line| str::split(line, '|').map(str::trim).collect::<Vec<_>>();
    lines
        .map(|line| cells(line).try_into().unwrap_or_else(|_| panic!("cells in: {line}")))
        .collect()
}

/// A bank's record with these members added to the minimal ones.
pub fn record(fsp_id: &str, bic: &str, more: &str) -> BankRecord {
    let json = format!(
        r#"{{"fspId":"{fsp_id}","bics":["{bic}"],"url":"http://127.0.0.1:1/iso"{}{more}}}"#,
        if more.is_empty() { "" } else { "," }
    );
    serde_json::from_str(&json).unwrap()
}

/// The bank that the orders of these tests come from.
pub fn bank() -> BankRecord {
    record("bank1", "BNKADEFF", r#""profile":"instant-10s","interimStatuses":false"#)
}

/// A pain.001.001.09: 100.50 EUR from an IBAN to a telephone number.
pub const PAIN_001: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-20T10:59:59+01:00</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>Muster GmbH</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>PMT-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-20</Dt></ReqdExctnDt>
<Dbtr><Nm>Muster GmbH</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></DbtrAgt>
<CdtTrfTxInf><PmtId><InstrId>INSTR-1</InstrId><EndToEndId>E2E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">100.50</InstdAmt></Amt>
<Cdtr><Nm>Ana Payee</Nm></Cdtr><CdtrAcct><Id><Othr><Id>NOTPROVIDED</Id></Othr></Id><Prxy><Tp><Cd>TELE</Cd></Tp><Id>+49-1701234567</Id></Prxy></CdtrAcct>
<RmtInf><Ustrd>Invoice 4711</Ustrd></RmtInf></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>"#;

/// A pacs.008.001.08: 100.50 EUR between two IBANs, the creditor agent known as `dfsp1`.
pub const PACS_008: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>MSG-8</MsgId><CreDtTm>2026-11-20T10:00:00.000Z</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>
<InstgAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></InstgAgt><InstdAgt><FinInstnId><BICFI>HUBBDEFF</BICFI></FinInstnId></InstdAgt></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>INSTR-8</InstrId><EndToEndId>E2E-8</EndToEndId><TxId>TX-8</TxId><UETR>00000000-0000-4000-8000-000000000008</UETR></PmtId>
<IntrBkSttlmAmt Ccy="EUR">100.50</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><AccptncDtTm>2026-11-20T09:59:59.000Z</AccptncDtTm><ChrgBr>SLEV</ChrgBr>
<Dbtr><Nm>Muster GmbH</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><BICFI>DFSPDEFF</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Ana Payee</Nm></Cdtr><CdtrAcct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id></CdtrAcct>
<RmtInf><Ustrd>Invoice 4711</Ustrd></RmtInf></CdtTrfTxInf></FIToFICstmrCdtTrf></Document>"#;

/// Reads a message and makes sure that it is one.
pub fn read(xml: &str) -> Inbound {
    iso20022::read(xml.as_bytes()).unwrap_or_else(|refused| panic!("{refused}\n{xml}"))
}

/// Only `DFSPDEFF` is known, as `dfsp1`.
pub fn resolve(agent: &Agent) -> Option<String> {
    (agent.bicfi.as_deref() == Some("DFSPDEFF")).then(|| "dfsp1".to_owned())
}

/// Opens an order of `bank` at [`START_MS`].
pub fn open_for(bank: &BankRecord, xml: &str) -> Opened {
    open_at(bank, xml, START_MS)
}

/// Opens an order of `bank`.
pub fn open_at(bank: &BankRecord, xml: &str, now_ms: i64) -> Opened {
    open_read(bank, &read(xml), now_ms)
}

/// Opens an order of `bank` that was read.
pub fn open_read(bank: &BankRecord, inbound: &Inbound, now_ms: i64) -> Opened {
    let currencies = CurrencyList::shipped();
    let opening = Opening {
        bank,
        currencies: &currencies,
        resolve: &resolve,
        retention_ms: RETENTION_MS,
        now_ms,
    };
    Order::open(inbound, &opening).unwrap()
}

/// What a crash between two steps does to a document: nothing.
pub fn through_store<T>(document: &T) -> T
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let stored = serde_json::to_vec(document).unwrap();
    let loaded: T = serde_json::from_slice(&stored).unwrap();
    assert_eq!(&loaded, document);
    loaded
}
