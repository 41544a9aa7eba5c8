//! Finds the business header and the document in whatever envelope carries them.

use std::fmt;

use crate::{Coded, DateTime, Finding, OtherId};

/// The name of a message version: `pacs.008.001.08`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageName([u8; 15]);

impl MessageName {
    /// The whole name: `pacs.008.001.08`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The family: `pacs.008`.
    pub fn family(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }

    /// The version within the family: `001.08`.
    pub fn version(&self) -> &str {
        self.as_str().get(9..).unwrap_or_default()
    }
}

impl fmt::Display for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The business application header (`AppHdr`, head.001), as far as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessHeader {
    /// The header's own version.
    pub name: MessageName,
    /// `Fr`
    pub from: HeaderParty,
    /// `To`
    pub to: HeaderParty,
    /// `BizMsgIdr`
    pub business_message_id: String,
    /// `MsgDefIdr`: must name the document's version.
    pub message_definition: String,
    /// `BizSvc`
    pub business_service: Option<String>,
    /// `CreDt`
    pub created: Option<DateTime>,
    /// `PssblDplct`
    pub possible_duplicate: bool,
}

/// Who sent or is to receive a message (`OrgId` | `FIId`), by whichever identification is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderParty {
    /// `FIId/FinInstnId/BICFI` or `OrgId/Id/OrgId/AnyBIC`
    pub bic: Option<String>,
    /// `FIId/FinInstnId/ClrSysMmbId/MmbId`
    pub member_id: Option<String>,
    /// `FIId/FinInstnId/ClrSysMmbId/ClrSysId`
    pub clearing_system: Option<Coded>,
    /// `LEI`
    pub lei: Option<String>,
    /// `Othr`, the first one.
    pub other: Option<OtherId>,
}

/// Findings of level rule on what the header says against what the document says.
pub fn disagreements(
    header: &BusinessHeader,
    name: MessageName,
    message_id: &str,
    instructing_bic: Option<&str>,
) -> Vec<Finding> {
    let _ = (header, name, message_id, instructing_bic);
    unimplemented!()
}
