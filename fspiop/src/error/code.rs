//! The table of error codes: FSPIOP 1.1 section 7.6, with the codes that deployed hubs added.

use std::fmt;

macro_rules! error_codes {
    ($($name:ident = $number:literal, $status:literal, $description:literal;)+) => {
        /// An error code that the hub knows, third-party codes (7xxx) included.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum ErrorCode {
            $(#[doc = $description] $name = $number,)+
        }

        impl ErrorCode {
            /// Every code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code of that number, if it is known.
            pub fn from_number(number: u16) -> Option<Self> {
                match number {
                    $($number => Some(Self::$name),)+
                    _ => None,
                }
            }

            /// The standard description, without any detail.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$name => $description,)+
                }
            }

            /// The HTTP status when the code is the synchronous answer.
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)+
                }
            }
        }
    };
}

error_codes! {
    CommunicationError = 1000, 503, "Communication error";
    DestinationCommunicationError = 1001, 503, "Destination communication error";
    ServerError = 2000, 500, "Generic server error";
    InternalServerError = 2001, 500, "Internal server error";
    NotImplemented = 2002, 501, "Not implemented";
    ServiceUnavailable = 2003, 503, "Service currently unavailable";
    ServerTimedOut = 2004, 500, "Server timed out";
    ServerBusy = 2005, 500, "Server busy";
    PartyResolutionFailed = 2006, 503, "Temporary party resolution failed, try again";
    ClientError = 3000, 400, "Generic client error";
    UnacceptableVersion = 3001, 406, "Unacceptable version requested";
    UnknownUri = 3002, 404, "Unknown URI";
    AddPartyInformationError = 3003, 400, "Add Party information error";
    DeletePartyInformationError = 3040, 400, "Delete Party information error";
    ValidationError = 3100, 400, "Generic validation error";
    MalformedSyntax = 3101, 400, "Malformed syntax";
    MissingElement = 3102, 400, "Missing mandatory element";
    TooManyElements = 3103, 400, "Too many elements";
    TooLargePayload = 3104, 400, "Too large payload";
    InvalidSignature = 3105, 400, "Invalid signature";
    ModifiedRequest = 3106, 400, "Modified request";
    MissingExtension = 3107, 400, "Missing mandatory extension parameter";
    IdNotFound = 3200, 400, "Generic ID not found";
    DestinationFspError = 3201, 400, "Destination FSP Error";
    PayerFspIdNotFound = 3202, 400, "Payer FSP ID not found";
    PayeeFspIdNotFound = 3203, 400, "Payee FSP ID not found";
    PartyNotFound = 3204, 400, "Party not found";
    QuoteIdNotFound = 3205, 400, "Quote ID not found";
    TransactionRequestIdNotFound = 3206, 400, "Transaction request ID not found";
    TransactionIdNotFound = 3207, 400, "Transaction ID not found";
    TransferIdNotFound = 3208, 400, "Transfer ID not found";
    BulkQuoteIdNotFound = 3209, 400, "Bulk quote ID not found";
    BulkTransferIdNotFound = 3210, 400, "Bulk transfer ID not found";
    ExpiredError = 3300, 400, "Generic expired error";
    TransactionRequestExpired = 3301, 400, "Transaction request expired";
    QuoteExpired = 3302, 400, "Quote expired";
    TransferExpired = 3303, 400, "Transfer expired";
    PayerError = 4000, 400, "Generic Payer error";
    PayerFspInsufficientLiquidity = 4001, 400, "Payer FSP insufficient liquidity";
    PayerRejection = 4100, 400, "Generic Payer rejection";
    PayerRejectedTransactionRequest = 4101, 400, "Payer rejected transaction request";
    PayerFspUnsupportedTransactionType = 4102, 400, "Payer FSP unsupported transaction type";
    PayerUnsupportedCurrency = 4103, 400, "Payer unsupported currency";
    PayerLimitError = 4200, 400, "Payer limit error";
    PayerPermissionError = 4300, 400, "Payer permission error";
    PayerBlockedError = 4400, 400, "Generic Payer blocked error";
    PayeeError = 5000, 400, "Generic Payee error";
    PayeeFspInsufficientLiquidity = 5001, 400, "Payee FSP insufficient liquidity";
    PayeeRejection = 5100, 400, "Generic Payee rejection";
    PayeeRejectedQuote = 5101, 400, "Payee rejected quote";
    PayeeFspUnsupportedTransactionType = 5102, 400, "Payee FSP unsupported transaction type";
    PayeeFspRejectedQuote = 5103, 400, "Payee FSP rejected quote";
    PayeeRejectedTransaction = 5104, 400, "Payee rejected transaction";
    PayeeFspRejectedTransaction = 5105, 400, "Payee FSP rejected transaction";
    PayeeUnsupportedCurrency = 5106, 400, "Payee unsupported currency";
    PayeeIdentifierNotValid = 5107, 400, "Payee identifier no-longer valid";
    PayeeLimitError = 5200, 400, "Payee limit error";
    PayeePermissionError = 5300, 400, "Payee permission error";
    PayeeBlockedError = 5400, 400, "Generic Payee blocked error";
    SettlementError = 6000, 400, "Generic Settlement Error";
    ThirdPartyError = 7000, 400, "Generic Thirdparty error";
    ThirdPartyTransactionError = 7100, 400, "Generic Thirdparty transaction error";
    TransactionFailedValidation = 7101, 400, "Transaction request failed DFSP validation";
    TransactionUpdateFailed = 7102, 400, "Transaction request PUT update send to PISP failed";
    TransactionQuoteFailed = 7103, 400, "Transaction request quote send to payee DFSP failed";
    AuthorizationRequestFailed = 7104, 400, "Transaction request for user authorization send to PISP failed";
    AuthorizationFailedValidation = 7105, 400, "Authorization received from PISP failed DFSP validation";
    AuthorizationRejectedByUser = 7106, 400, "DFSP received reject by user authorization, so transaction cancelled";
    AuthorizationUnexpected = 7107, 400, "DFSP received unexpected authorization responseType";
    TransactionTransferFailed = 7108, 400, "Transaction request transfer failed";
    TransactionNotificationFailed = 7109, 400, "Transaction request notification failed";
    AccountLinkingError = 7200, 400, "Generic Thirdparty account linking error";
    NoThirdPartyFspFound = 7201, 400, "No thirdparty enabled FSP found";
    NoAccountsFound = 7202, 400, "No accounts found for generic ID";
    NoSupportedAuthChannels = 7203, 400, "FSP does not support any requested authentication channels";
    NoSupportedScopeActions = 7204, 400, "FSP does not support any requested scope actions";
    OtpFailedValidation = 7205, 400, "OTP failed validation";
    FspOtpValidationError = 7206, 400, "FSP failed to validate OTP";
    ConsentScopesError = 7207, 400, "FSP failed retrieve scopes for consent request";
    ConsentRequestValidationError = 7208, 400, "FSP failed to validate consent request";
    ConsentRequestNoScopes = 7209, 400, "FSP does not find scopes suitable";
    UntrustedCallbackUri = 7210, 400, "FSP does not trust PISP callback URI";
    ConsentUserNotAllowed = 7211, 400, "FSP does not allow consent requests for specified username";
    SignedChallengeMismatch = 7212, 400, "Signed challenge does not match derived challenge";
    ConsentInvalid = 7213, 400, "Consent is invalid";
    AccountLinkRegistrationFailed = 7214, 400, "Failed to register account links with oracle";
    AuthServiceError = 7300, 400, "Generic Thirdparty auth service error";
}

impl ErrorCode {
    /// The number, for instance 3100.
    pub fn number(self) -> u16 {
        self as u16
    }

    /// The four digits as they stand in `errorCode`.
    pub fn digits(self) -> String {
        self.number().to_string()
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{}", self.number())
    }
}
