//! The table of operations.

use crate::identifiers::enumeration;
use crate::json::{Unfit, Value};
use crate::version::Resource;

enumeration! {
    /// The methods that the API uses.
    Method, "must be GET, POST, PUT, PATCH or DELETE" {
        /// Asks.
        Get = "GET",
        /// Begins.
        Post = "POST",
        /// Answers.
        Put = "PUT",
        /// Notifies.
        Patch = "PATCH",
        /// Takes away.
        Delete = "DELETE",
    }
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];
}

/// An operation of the API; [`super::Route`] is one with its ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are method and resource, as Route documents them")]
pub enum Operation {
    GetParty,
    PutParty,
    PutPartyError,
    GetParticipant,
    PostParticipant,
    DeleteParticipant,
    PutParticipant,
    PutParticipantError,
    PostParticipants,
    PutParticipants,
    PutParticipantsError,
    PostQuote,
    GetQuote,
    PutQuote,
    PutQuoteError,
    PostTransfer,
    GetTransfer,
    PutTransfer,
    PutTransferError,
    PatchTransfer,
}

impl Operation {
    /// The method.
    pub fn method(self) -> Method {
        match self {
            Self::GetParty | Self::GetParticipant | Self::GetQuote | Self::GetTransfer => {
                Method::Get
            }
            Self::PostParticipant | Self::PostParticipants => Method::Post,
            Self::PostQuote | Self::PostTransfer => Method::Post,
            Self::DeleteParticipant => Method::Delete,
            Self::PatchTransfer => Method::Patch,
            Self::PutParty | Self::PutPartyError => Method::Put,
            Self::PutParticipant | Self::PutParticipantError => Method::Put,
            Self::PutParticipants | Self::PutParticipantsError => Method::Put,
            Self::PutQuote | Self::PutQuoteError => Method::Put,
            Self::PutTransfer | Self::PutTransferError => Method::Put,
        }
    }

    /// The resource.
    pub fn resource(self) -> Resource {
        match self {
            Self::GetParty | Self::PutParty | Self::PutPartyError => Resource::Parties,
            Self::GetParticipant | Self::PostParticipant => Resource::Participants,
            Self::DeleteParticipant | Self::PutParticipant => Resource::Participants,
            Self::PutParticipantError | Self::PostParticipants => Resource::Participants,
            Self::PutParticipants | Self::PutParticipantsError => Resource::Participants,
            Self::PostQuote | Self::GetQuote => Resource::Quotes,
            Self::PutQuote | Self::PutQuoteError => Resource::Quotes,
            Self::PostTransfer | Self::GetTransfer | Self::PutTransfer => Resource::Transfers,
            Self::PutTransferError | Self::PatchTransfer => Resource::Transfers,
        }
    }

    /// Whether it is an answer (PUT) or a notification (PATCH), for which no further answer comes.
    pub fn is_callback(self) -> bool {
        matches!(self.method(), Method::Put | Method::Patch)
    }

    /// Whether its body is an ErrorInformationObject.
    pub fn is_error(self) -> bool {
        matches!(
            self,
            Self::PutPartyError
                | Self::PutParticipantError
                | Self::PutParticipantsError
                | Self::PutQuoteError
                | Self::PutTransferError
        )
    }
}

/// One path of one operation.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) operation: Operation,
    pub(super) segments: &'static [Segment],
}

/// What one segment of a path may be.
#[derive(Debug)]
pub(super) enum Segment {
    /// Exactly this.
    Literal(&'static str),
    /// An id, but not the name of a party id type.
    Id,
    /// Anything.
    Any,
}

use Segment::{Any, Id, Literal};

const PARTICIPANTS: Segment = Literal("participants");
const PARTIES: Segment = Literal("parties");
const QUOTES: Segment = Literal("quotes");
const TRANSFERS: Segment = Literal("transfers");
const ERROR: Segment = Literal("error");

macro_rules! patterns {
    ($($operation:ident: $($segment:ident)/+;)+) => {
        &[$(Pattern { operation: Operation::$operation, segments: &[$($segment),+] },)+]
    };
}

/// Every path. The first one that takes a target wins, so that `.../error` stands before `.../{SubId}`.
pub(super) const PATTERNS: &[Pattern] = patterns! {
    GetParty: PARTIES/Any/Any;
    GetParty: PARTIES/Any/Any/Any;
    PutPartyError: PARTIES/Any/Any/ERROR;
    PutPartyError: PARTIES/Any/Any/Any/ERROR;
    PutParty: PARTIES/Any/Any;
    PutParty: PARTIES/Any/Any/Any;
    PostParticipants: PARTICIPANTS;
    PutParticipants: PARTICIPANTS/Id;
    PutParticipantsError: PARTICIPANTS/Id/ERROR;
    GetParticipant: PARTICIPANTS/Any/Any;
    GetParticipant: PARTICIPANTS/Any/Any/Any;
    PostParticipant: PARTICIPANTS/Any/Any;
    PostParticipant: PARTICIPANTS/Any/Any/Any;
    DeleteParticipant: PARTICIPANTS/Any/Any;
    DeleteParticipant: PARTICIPANTS/Any/Any/Any;
    PutParticipantError: PARTICIPANTS/Any/Any/ERROR;
    PutParticipantError: PARTICIPANTS/Any/Any/Any/ERROR;
    PutParticipant: PARTICIPANTS/Any/Any;
    PutParticipant: PARTICIPANTS/Any/Any/Any;
    PostQuote: QUOTES;
    GetQuote: QUOTES/Id;
    PutQuote: QUOTES/Id;
    PutQuoteError: QUOTES/Id/ERROR;
    PostTransfer: TRANSFERS;
    GetTransfer: TRANSFERS/Id;
    PutTransfer: TRANSFERS/Id;
    PutTransferError: TRANSFERS/Id/ERROR;
    PatchTransfer: TRANSFERS/Id;
};
