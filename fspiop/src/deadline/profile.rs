//! The scheme's tables, as data.

use TimedResource::*;

use crate::error::ErrorCode;

/// What a time budget is spent on: the rows of the scheme tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimedResource {
    /// `/participants` and oracle lookups.
    Participants,
    /// `/parties` and `/services`.
    Parties,
    /// `/transactionRequests`.
    TransactionRequests,
    /// `/quotes`.
    Quotes,
    /// `/fxQuotes`.
    FxQuotes,
    /// `/authorizations` and `/thirdpartyRequests/authorizations`: a human answers.
    Authorizations,
    /// `/transfers`.
    Transfers,
    /// `/fxTransfers`.
    FxTransfers,
    /// `/bulkQuotes`.
    BulkQuotes,
    /// `/bulkTransfers`.
    BulkTransfers,
    /// The other third-party resources: consents, consentRequests, accounts, linking, verifications, transactions.
    ThirdParty,
    /// GET of a resource by its id. A GET that another party answers (parties, participants, services, accounts,
    /// authorizations) is not one of these.
    Get,
}

impl TimedResource {
    /// The row for a request, by its method and its path from the resource's segment on (`/quotes/...`).
    pub fn of(method: &str, path: &str) -> Option<TimedResource> {
        let mut segments = path.split(['/', '?']).filter(|segment| !segment.is_empty());
        // These are asked for by GET: the answer comes from another party, not from what the hub knows.
        let row = match segments.next()? {
            "participants" => return Some(Participants),
            "parties" | "services" => return Some(Parties),
            "accounts" => return Some(ThirdParty),
            "authorizations" => return Some(Authorizations),
            "transactionRequests" => TransactionRequests,
            "quotes" => Quotes,
            "fxQuotes" => FxQuotes,
            "transfers" => Transfers,
            "fxTransfers" => FxTransfers,
            "bulkQuotes" => BulkQuotes,
            "bulkTransfers" => BulkTransfers,
            "thirdpartyRequests" if segments.next() == Some("authorizations") => Authorizations,
            "thirdpartyRequests" | "consents" | "consentRequests" | "linking" => ThirdParty,
            "transactions" => Get,
            _ => return None,
        };
        Some(if method == "GET" { Get } else { row })
    }

    /// Transfers proper: their budget is also the ledger's expiry.
    pub fn is_transfer(self) -> bool {
        matches!(self, Transfers | FxTransfers)
    }

    /// The FSPIOP error code that says that this resource's time is over.
    pub fn expired_code(self) -> ErrorCode {
        match self {
            Transfers | FxTransfers | BulkTransfers => ErrorCode::TransferExpired,
            Quotes | FxQuotes | BulkQuotes => ErrorCode::QuoteExpired,
            TransactionRequests => ErrorCode::TransactionRequestExpired,
            Participants | Parties | Authorizations | ThirdParty | Get => ErrorCode::ExpiredError,
        }
    }

    /// The code of the callback to a peer that knows nothing of timeouts and sent what had expired already.
    pub(super) fn stale_code(self) -> ErrorCode {
        match self {
            Quotes | FxQuotes | BulkQuotes => ErrorCode::QuoteExpired,
            _ => ErrorCode::ValidationError,
        }
    }
}

/// One row of a scheme table, all milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The budget where no header came in.
    pub default_ms: u64,
    /// The most that a header may ask for.
    pub max_ms: u64,
    /// What a hop keeps to answer upstream (`reserve_up` in the tables).
    pub answer_margin_ms: u64,
    /// Allowed for the way to the next hop and back.
    pub link_ms: u64,
    /// Below this the next hop is not asked at all.
    pub floor_ms: u64,
}

/// The budget of a bank's order over lookup, quote and transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JourneyRow {
    /// The budget where the scheme sets none for the bank.
    pub default_ms: u64,
    /// The most a bank may be given.
    pub max_ms: u64,
}

/// A scheme's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// As it is named in the configuration.
    pub name: &'static str,
    /// A bank's order, all stages together.
    pub journey: JourneyRow,
    rows: &'static [(TimedResource, Row)],
}

impl Profile {
    /// The two shipped profiles.
    pub const ALL: [&'static Profile; 2] = [&Profile::FSPIOP_DEFAULT, &Profile::INSTANT_10S];

    /// Finds a shipped profile by name.
    pub fn named(name: &str) -> Option<&'static Profile> {
        Self::ALL.into_iter().find(|profile| profile.name == name)
    }

    /// The row of a resource; `None` where the scheme does not offer the resource.
    pub fn row(&self, resource: TimedResource) -> Option<&Row> {
        self.rows.iter().find(|(of, _)| *of == resource).map(|(_, row)| row)
    }

    /// `fspiop-default`: human-scale mobile money.
    pub const FSPIOP_DEFAULT: Profile = Profile {
        name: "fspiop-default",
        journey: JourneyRow { default_ms: 30_000, max_ms: 60_000 },
        rows: &[
            (Participants, row(5_000, 10_000, 500, 100, 300)),
            (Parties, row(10_000, 30_000, 1_000, 150, 500)),
            (TransactionRequests, row(15_000, 60_000, 1_000, 150, 500)),
            (Quotes, row(10_000, 60_000, 1_000, 150, 500)),
            (FxQuotes, row(10_000, 60_000, 1_000, 150, 500)),
            (Authorizations, row(120_000, 300_000, 3_000, 250, 10_000)),
            (Transfers, row(30_000, 120_000, 2_000, 250, 1_000)),
            (FxTransfers, row(30_000, 120_000, 2_000, 250, 1_000)),
            (BulkQuotes, row(60_000, 600_000, 5_000, 500, 5_000)),
            (BulkTransfers, row(300_000, 3_600_000, 10_000, 500, 10_000)),
            (ThirdParty, row(30_000, 120_000, 2_000, 250, 1_000)),
            (Get, row(5_000, 10_000, 500, 100, 300)),
        ],
    };

    /// `instant-10s`: a ten-second instant payment scheme; it has no bulk.
    pub const INSTANT_10S: Profile = Profile {
        name: "instant-10s",
        journey: JourneyRow { default_ms: 10_000, max_ms: 10_000 },
        rows: &[
            (Participants, row(2_000, 3_000, 300, 100, 200)),
            (Parties, row(3_000, 5_000, 500, 100, 300)),
            (TransactionRequests, row(5_000, 10_000, 500, 100, 500)),
            (Quotes, row(3_000, 5_000, 500, 100, 300)),
            (FxQuotes, row(3_000, 5_000, 500, 100, 300)),
            (Authorizations, row(120_000, 300_000, 3_000, 250, 10_000)),
            (Transfers, row(10_000, 10_000, 2_500, 250, 1_500)),
            (FxTransfers, row(10_000, 10_000, 2_500, 250, 1_500)),
            (ThirdParty, row(30_000, 120_000, 2_000, 250, 1_000)),
            (Get, row(2_000, 3_000, 300, 100, 200)),
        ],
    };
}

const fn row(
    default_ms: u64,
    max_ms: u64,
    answer_margin_ms: u64,
    link_ms: u64,
    floor_ms: u64,
) -> Row {
    Row { default_ms, max_ms, answer_margin_ms, link_ms, floor_ms }
}
