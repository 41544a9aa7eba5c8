//! What a message becomes on the other side.

use causeway_translate::convert::{self, Answering, Conversion, NotConverted, Setting};
use fspiop::amount::CurrencyList;
use fspiop::raw_request::RawRequest;
use iso20022::Message;

/// A bank's message: what is converted names a target, and the same message gives the same.
pub fn forward(bytes: &[u8]) {
    let Ok(inbound) = iso20022::read(bytes) else { return };
    let currencies = CurrencyList::shipped();
    let setting = Setting { currencies: &currencies, seed: bytes.len() as u64 };
    let converted = || -> Result<Conversion, NotConverted> {
        match inbound.message {
            Message::PaymentStatusReport(_) => convert::answer(&inbound, &setting),
            _ => convert::requests(&inbound, &setting),
        }
    };
    match converted() {
        Ok(conversion) => {
            assert!(conversion.requests.iter().all(|request| request.target.starts_with('/')));
            assert_eq!(converted().as_ref(), Ok(&conversion));
        }
        Err(refused) => assert!(!refused.text.is_empty() && !refused.code.is_empty()),
    }
}

/// An FSPIOP answer to an order: what is written is read again, and valid by its schema.
pub fn back(bytes: &[u8]) {
    let Some(split) = bytes.windows(SEPARATOR.len()).position(|window| window == SEPARATOR) else {
        return;
    };
    let (original, request) = (&bytes[..split], &bytes[split + SEPARATOR.len()..]);
    let (Ok(inbound), Ok(request)) = (iso20022::read(original), RawRequest::parse(request)) else {
        return;
    };
    let currencies = CurrencyList::shipped();
    let answering = Answering {
        method: &request.method,
        target: &request.target,
        headers: &request.headers,
        body: &request.body,
    };
    let setting = Setting { currencies: &currencies, seed: 0 };
    let written = convert::status(&inbound, &answering, &setting).map(|report| report.xml());
    if let Ok(Ok(xml)) = written {
        let verdict = iso20022::inspect(xml.as_bytes());
        assert_eq!(verdict.verdict, iso20022::Verdict::Valid, "{:?}", verdict.findings);
    }
}

/// Between the order and the answer in one input.
const SEPARATOR: &[u8] = b"\n====\n";
