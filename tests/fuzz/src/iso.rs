//! ISO 20022 files.

use iso20022::{Message, Verdict};

/// What is read was valid by its schema; what is refused says where and why; and neither depends on
/// anything but the bytes.
pub fn read(bytes: &[u8]) {
    let inspection = iso20022::inspect(bytes);
    for finding in &inspection.findings {
        assert!(!finding.text.is_empty() && !finding.rule.is_empty(), "{finding:?}");
    }
    match iso20022::read(bytes) {
        Ok(inbound) => {
            assert_eq!(inspection.verdict, Verdict::Valid, "{:?}", inspection.findings);
            assert_eq!(iso20022::read(bytes).as_ref().ok().map(name), Some(name(&inbound)));
        }
        Err(refused) => assert!(!refused.to_string().is_empty()),
    }
}

fn name(inbound: &iso20022::Inbound) -> (String, &'static str) {
    let kind = match inbound.message {
        Message::CustomerCreditTransferInitiation(_) => "pain.001",
        Message::FiToFiCustomerCreditTransfer(_) => "pacs.008",
        _ => "status",
    };
    (inbound.name.as_str().to_owned(), kind)
}
