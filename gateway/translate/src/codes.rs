//! The code tables: FSPIOP error codes, ISO 20022 external status reasons and the switch's refusals.
//!
//! Source: reference table "FSPIOP | ISO" (ISO 20022 ExternalStatusReason1Code, 2025-05). A code that
//! was carried along (extension `iso20022.reasonCode`, `AddtlInf` "FSPIOP 5104 ...") beats the tables:
//! what has no exact partner on the other side comes back as it was.

use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::transfer::TransferState;
use iso20022::{Coded, StatusCode};
use switch::Refusal;

/// The extension that carries a bank's own reason code through FSPIOP.
pub const REASON_EXTENSION: &str = "iso20022.reasonCode";
/// The extension that carries a bank's own proprietary reason (`Rsn/Prtry`) through FSPIOP.
pub const PROPRIETARY_EXTENSION: &str = "iso20022.reasonProprietary";
/// What `AddtlInf` begins with where an FSPIOP error is carried through ISO 20022.
const CARRIED: &str = "FSPIOP ";
/// The reason for whatever has no closer one: the text says it.
pub const NARRATIVE: &str = "NARR";

/// What is known beside the code, for the rows that depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The creditor was named by an account (IBAN, ACCOUNT_ID), not by an alias.
    pub by_account: bool,
    /// The prepare was on its way to the payee when it happened.
    pub prepare_left: bool,
}

/// What a bank's transaction status means for the transfer that it answers (CONTRACTS §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BankVerdict {
    /// ACCC, ACSC, ACWP, ACCP
    Accepted,
    /// RJCT
    Rejected,
    /// Anything else: wait.
    Interim,
}

/// The ISO external status reason of an FSPIOP error code.
#[rustfmt::skip]
pub fn iso_reason(code: ErrorCode) -> &'static str {
    use ErrorCode as E;
    match code {
        E::CommunicationError => "AB10",
        E::DestinationCommunicationError => "AB08",
        E::ServerError => "AB02",
        E::InternalServerError => "AB02",
        E::NotImplemented => "AG03",
        E::ServiceUnavailable => "ED06",
        E::ServerTimedOut => "AB01",
        E::ServerBusy => "ED06",
        E::PartyResolutionFailed => "AB08",
        E::ClientError => NARRATIVE,
        E::UnacceptableVersion => "FF01",
        E::UnknownUri => NARRATIVE,
        E::AddPartyInformationError => NARRATIVE,
        E::DeletePartyInformationError => NARRATIVE,
        E::ValidationError => "FF01",
        E::MalformedSyntax => "FF01",
        E::MissingElement => "FF01",
        E::TooManyElements => "FF01",
        E::TooLargePayload => "FF01",
        E::InvalidSignature => NARRATIVE,
        E::ModifiedRequest => "AM05",
        E::MissingExtension => "FF01",
        E::IdNotFound => "BE06",
        E::DestinationFspError => "RC04",
        E::PayerFspIdNotFound => "RC03",
        E::PayeeFspIdNotFound => "RC04",
        E::PartyNotFound => "BE23",
        E::QuoteIdNotFound => "AG09",
        E::TransactionRequestIdNotFound => "AG09",
        E::TransactionIdNotFound => "AG09",
        E::TransferIdNotFound => "AG09",
        E::BulkQuoteIdNotFound => "AG09",
        E::BulkTransferIdNotFound => "AG09",
        E::ExpiredError => "AB03",
        E::TransactionRequestExpired => "AB03",
        E::QuoteExpired => "AB01",
        E::TransferExpired => "AB03",
        E::PayerError => "MS03",
        E::PayerFspInsufficientLiquidity => "AM23",
        E::PayerRejection => "MS02",
        E::PayerRejectedTransactionRequest => "MS02",
        E::PayerFspUnsupportedTransactionType => "AG03",
        E::PayerUnsupportedCurrency => "AM03",
        E::PayerLimitError => "AM14",
        E::PayerPermissionError => "AG01",
        E::PayerBlockedError => "AC06",
        E::PayeeError => "MS03",
        E::PayeeFspInsufficientLiquidity => "AM23",
        E::PayeeRejection => "MS03",
        E::PayeeRejectedQuote => "MS02",
        E::PayeeFspUnsupportedTransactionType => "AG03",
        E::PayeeFspRejectedQuote => "MS03",
        E::PayeeRejectedTransaction => "MS02",
        E::PayeeFspRejectedTransaction => "MS03",
        E::PayeeUnsupportedCurrency => "AM03",
        E::PayeeIdentifierNotValid => "BE23",
        E::PayeeLimitError => "AM02",
        E::PayeePermissionError => "AG01",
        E::PayeeBlockedError => "AC06",
        E::SettlementError => "ED05",
        E::ThirdPartyError | E::ThirdPartyTransactionError | E::TransactionFailedValidation
        | E::TransactionUpdateFailed | E::TransactionQuoteFailed | E::AuthorizationRequestFailed
        | E::AuthorizationFailedValidation | E::AuthorizationRejectedByUser
        | E::AuthorizationUnexpected | E::TransactionTransferFailed
        | E::TransactionNotificationFailed | E::AccountLinkingError | E::NoThirdPartyFspFound
        | E::NoAccountsFound | E::NoSupportedAuthChannels | E::NoSupportedScopeActions
        | E::OtpFailedValidation | E::FspOtpValidationError | E::ConsentScopesError
        | E::ConsentRequestValidationError | E::ConsentRequestNoScopes | E::UntrustedCallbackUri
        | E::ConsentUserNotAllowed | E::SignedChallengeMismatch | E::ConsentInvalid
        | E::AccountLinkRegistrationFailed | E::AuthServiceError => NARRATIVE,
    }
}

/// The ISO reason where circumstances make another one right than [`iso_reason`].
pub fn iso_reason_in(code: ErrorCode, circumstances: Circumstances) -> &'static str {
    match code {
        ErrorCode::PartyNotFound if circumstances.by_account => "AC03",
        ErrorCode::PayeeIdentifierNotValid if circumstances.by_account => "AC03",
        ErrorCode::ServerTimedOut if circumstances.prepare_left => "AB05",
        ErrorCode::TransferExpired if circumstances.prepare_left => "AB05",
        _ => iso_reason(code),
    }
}

/// The ISO reason of an error as it came: the bank's own where it was carried along.
pub fn iso_reason_of(error: &ErrorInformation, circumstances: Circumstances) -> Coded {
    let carried = |key: &str, fits: fn(&str) -> bool| {
        let extension = error.extensions.iter().find(|extension| extension.key == key);
        extension.map(|extension| extension.value.clone()).filter(|value| fits(value))
    };
    let code = carried(REASON_EXTENSION, is_reason_code).map(Coded::Code);
    code.or_else(|| carried(PROPRIETARY_EXTENSION, is_proprietary).map(Coded::Proprietary))
        .unwrap_or_else(|| Coded::Code(iso_reason_in(error.code, circumstances).to_owned()))
}

/// The FSPIOP error of a payee bank's rejection, with its reason carried along. An FSPIOP error that was
/// carried in the first `AddtlInf` is itself again.
pub fn fspiop_error(reason: &Coded, text: Option<&str>) -> ErrorInformation {
    let code = match reason {
        Coded::Code(code) => fspiop_code(code),
        Coded::Proprietary(_) => ErrorCode::PayeeError,
    };
    let translated = || match text {
        Some(text) => ErrorInformation::with_detail(code, text),
        None => ErrorInformation::of(code),
    };
    let error = text.and_then(carried_error).unwrap_or_else(translated);
    match reason {
        Coded::Code(code) if is_reason_code(code) => error.with_extension(REASON_EXTENSION, code),
        Coded::Proprietary(own) if is_proprietary(own) => {
            error.with_extension(PROPRIETARY_EXTENSION, own)
        }
        Coded::Code(_) | Coded::Proprietary(_) => error,
    }
}

/// How an FSPIOP error is carried in `AddtlInf`: `FSPIOP 5104 Payee rejected transaction`.
pub fn carried_text(error: &ErrorInformation) -> String {
    format!("{CARRIED}{} {}", error.code, error.description)
}

/// The error that [`carried_text`] made into a text, whose end may have been cut off.
fn carried_error(text: &str) -> Option<ErrorInformation> {
    let (digits, description) = text.strip_prefix(CARRIED)?.split_at_checked(4)?;
    let code = ErrorCode::from_number(digits.parse().ok()?)?;
    match description.strip_prefix(' ') {
        Some("") => Some(ErrorInformation::of(code)),
        Some(said) => {
            let description = crate::party::cut(said, crate::limits::FSPIOP_TEXT_CHARS);
            Some(ErrorInformation { code, description, extensions: Vec::new() })
        }
        None => description.is_empty().then(|| ErrorInformation::of(code)),
    }
}

/// The FSPIOP error code of a payee bank's reason; 5000 for one that has no row.
#[rustfmt::skip]
pub fn fspiop_code(reason: &str) -> ErrorCode {
    use ErrorCode as E;
    match reason {
        "AB01" | "NOAS" => E::ServerTimedOut,
        "AB02" | "AB04" | "AB10" => E::InternalServerError,
        "AB03" | "AB05" | "AB06" | "TM01" => E::TransferExpired,
        "AB07" | "AB08" | "AG10" | "AG11" => E::DestinationCommunicationError,
        "AC01" | "AC03" | "AC04" | "AC07" => E::PayeeIdentifierNotValid,
        "AC02" | "AM04" => E::PayerError,
        "AC06" => E::PayeeBlockedError,
        "AC14" | "AG03" => E::PayeeFspUnsupportedTransactionType,
        "AG01" | "AM07" | "MD01" | "RR04" => E::PayeePermissionError,
        "AG09" => E::TransferIdNotFound,
        "AM01" | "AM06" | "AM12" | "BE04" | "BE17" | "DT01" | "DT04" => E::ValidationError,
        "AM02" | "AM13" | "AM14" | "AM21" => E::PayeeLimitError,
        "AM03" | "AM11" | "CURR" => E::PayeeUnsupportedCurrency,
        "AM05" | "DUPL" => E::ModifiedRequest,
        "AM09" => E::PayeeFspRejectedQuote,
        "AM23" => E::PayeeFspInsufficientLiquidity,
        "BE01" | "BE05" | "DS04" | "FR01" | "FRAD" | "MS03" => E::PayeeFspRejectedTransaction,
        "BE06" | "BE23" | "TK01" | "UCRD" => E::PartyNotFound,
        "CNOR" | "RC04" => E::PayeeFspIdNotFound,
        "CUST" | "DS02" => E::PayerRejection,
        "DNOR" | "RC03" => E::PayerFspIdNotFound,
        "ED05" => E::SettlementError,
        "ED06" => E::ServiceUnavailable,
        "FF01" | "TD03" => E::MalformedSyntax,
        "FF08" => E::MissingElement,
        "MS02" => E::PayeeRejectedTransaction,
        "RC01" => E::DestinationFspError,
        "RR03" => E::MissingExtension,
        "SL12" => E::PayerBlockedError,
        // AB09, NARR, and what the list will yet be given.
        _ => E::PayeeError,
    }
}

/// The ISO transaction status of a transfer's state: RECEIVED is ACTC, RESERVED ACSP, COMMITTED ACSC,
/// ABORTED RJCT. ACCC is only said where the payee's bank said so.
pub fn iso_status(state: TransferState) -> StatusCode {
    match state {
        TransferState::Received => StatusCode::AcceptedTechnicalValidation,
        TransferState::Reserved => StatusCode::AcceptedSettlementInProcess,
        TransferState::Committed => StatusCode::AcceptedSettlementCompleted,
        TransferState::Aborted => StatusCode::Rejected,
    }
}

/// What a bank's status says of the transfer.
pub fn bank_verdict(status: &StatusCode) -> BankVerdict {
    match status {
        StatusCode::AcceptedCreditSettlementCompleted
        | StatusCode::AcceptedSettlementCompleted
        | StatusCode::AcceptedWithoutPosting
        | StatusCode::AcceptedCustomerProfile => BankVerdict::Accepted,
        StatusCode::Rejected => BankVerdict::Rejected,
        _ => BankVerdict::Interim,
    }
}

/// The FSPIOP error code of a refusal of the switch.
#[rustfmt::skip]
pub fn refusal_code(refusal: &Refusal) -> ErrorCode {
    use ErrorCode as E;
    match refusal {
        Refusal::ModifiedRequest | Refusal::ModifiedAnswer => E::ModifiedRequest,
        Refusal::SourceIsNotPayer => E::ValidationError,
        Refusal::AmountIsZero | Refusal::AmountIsNegative => E::ValidationError,
        Refusal::PayerUnknown { .. } | Refusal::PayerInactive { .. } => E::ValidationError,
        Refusal::PayeeUnknown { .. } | Refusal::PayeeInactive { .. } => E::ValidationError,
        Refusal::ExpirationPast => E::ValidationError,
        Refusal::NoTimeLeft => E::TransferExpired,
        Refusal::OnUsTransfer => E::ValidationError,
        Refusal::PayerAccountUnknown { .. } | Refusal::PayerAccountInactive { .. } => E::ValidationError,
        Refusal::PayeeAccountUnknown { .. } | Refusal::PayeeAccountInactive { .. } => E::ValidationError,
        Refusal::InsufficientLiquidity => E::PayerFspInsufficientLiquidity,
        Refusal::NetDebitCap => E::PayerLimitError,
        Refusal::NotScreened => E::InternalServerError,
        // The generic code, MS03 to banks: whom screening stopped and why is the operator's to know.
        Refusal::BlockedByScreening => E::PayerError,
        Refusal::AnsweredTransferUnknown => E::InternalServerError,
        Refusal::SourceIsNotPayee => E::ValidationError,
        Refusal::TransferExpired => E::TransferExpired,
        Refusal::DestinationIsNotPayer => E::ValidationError,
        Refusal::InvalidFulfilment => E::ValidationError,
        Refusal::NotReserved => E::ValidationError,
        Refusal::NeverSent => E::TransferExpired,
        Refusal::TransferUnknown => E::TransferIdNotFound,
        Refusal::NotAParty => E::ClientError,
        Refusal::ParticipantUnknown { .. } => E::IdNotFound,
        Refusal::HubIsReserved => E::ValidationError,
        Refusal::NotAHubAccountKind | Refusal::HubAccountExists => E::AddPartyInformationError,
        Refusal::HubReconciliationMissing => E::AddPartyInformationError,
        Refusal::HubMultilateralSettlementMissing => E::AddPartyInformationError,
        Refusal::CurrencyRegistered => E::ClientError,
        Refusal::AccountUnknown | Refusal::AccountMismatch => E::InternalServerError,
        Refusal::NotAPositionAccount | Refusal::LimitAlreadySet => E::InternalServerError,
        Refusal::LimitNotSet => E::InternalServerError,
        Refusal::LimitIsNegative | Refusal::AlarmPercentage => E::ValidationError,
        Refusal::CurrencyMismatch => E::ValidationError,
        Refusal::AccountInactive | Refusal::NotASettlementAccount => E::InternalServerError,
        Refusal::ParticipantInactive => E::InternalServerError,
        Refusal::PartyTaken | Refusal::DirectoryFull => E::AddPartyInformationError,
        Refusal::PrefixTaken | Refusal::Prefix => E::AddPartyInformationError,
        Refusal::PartyNotRegistered => E::DeletePartyInformationError,
        Refusal::PartyNotFound => E::PartyNotFound,
        Refusal::RequesterUnknown { .. } => E::IdNotFound,
        Refusal::DestinationUnknown { .. } => E::DestinationFspError,
        Refusal::QuotePayerUnknown { .. } => E::PayerFspIdNotFound,
        Refusal::BalanceBound => E::ValidationError,
        Refusal::RowNotLoaded { .. } | Refusal::LedgerInconsistent => E::InternalServerError,
        Refusal::NotHeld => E::ClientError,
    }
}

/// The error that says a refusal of the switch: its code, and its text as the detail.
pub fn error_of_refusal(refusal: &Refusal) -> ErrorInformation {
    let code = refusal_code(refusal);
    let detail = refusal.to_string();
    let said = detail.eq_ignore_ascii_case(code.description());
    if said { ErrorInformation::of(code) } else { ErrorInformation::with_detail(code, &detail) }
}

/// Whether a text has the form of an external code: 1 to 4 capital letters or digits.
pub(crate) fn is_reason_code(text: &str) -> bool {
    (1..=4).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether a text can stand in `Prtry` (Max35Text).
fn is_proprietary(text: &str) -> bool {
    let chars = text.chars().count();
    (1..=crate::limits::MAX35_CHARS).contains(&chars) && !text.chars().any(char::is_control)
}
