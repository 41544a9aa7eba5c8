//! The closed lists of the data model (section 7.5), in the spelling of the wire.

use crate::json::{Unfit, Value};

/// Defines an enum of which every variant has one spelling on the wire.
macro_rules! enumeration {
    ($(#[$doc:meta])+ $name:ident, $rule:literal { $($(#[$vdoc:meta])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])+ $variant,)+
        }

        impl $name {
            /// Parses the spelling of the wire.
            ///
            /// # Errors
            /// [`Unfit`] for a text that is not in the list.
            pub fn parse(text: &str) -> Result<Self, Unfit> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(Unfit($rule)),
                }
            }

            /// The spelling of the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                Self::from(value.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                text.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use enumeration;

enumeration! {
    /// What kind of identifier a party is known by (section 7.5.6; the last two are of the third-party
    /// API, whose consents and links the directory keeps as parties).
    PartyIdType, "must be a party id type of the API" {
        /// A telephone number.
        Msisdn = "MSISDN",
        /// An e-mail address.
        Email = "EMAIL",
        /// A passport number, for instance; its kind is in the sub-id.
        PersonalId = "PERSONAL_ID",
        /// A business.
        Business = "BUSINESS",
        /// A device of a business.
        Device = "DEVICE",
        /// An account number that is not an IBAN.
        AccountId = "ACCOUNT_ID",
        /// An IBAN.
        Iban = "IBAN",
        /// A name that stands for a party.
        Alias = "ALIAS",
        /// A consent.
        Consent = "CONSENT",
        /// A linked account.
        ThirdPartyLink = "THIRD_PARTY_LINK",
    }
}

enumeration! {
    /// Whether the amount is what the payer sends or what the payee receives (section 7.5.1).
    AmountType, "must be SEND or RECEIVE" {
        /// What leaves the payer, fees included.
        Send = "SEND",
        /// What reaches the payee, fees on top.
        Receive = "RECEIVE",
    }
}

enumeration! {
    /// What a transaction is for (section 7.5.11).
    TransactionScenario, "must be DEPOSIT, WITHDRAWAL, TRANSFER, PAYMENT or REFUND" {
        /// Cash in.
        Deposit = "DEPOSIT",
        /// Cash out.
        Withdrawal = "WITHDRAWAL",
        /// Between persons.
        Transfer = "TRANSFER",
        /// To a business.
        Payment = "PAYMENT",
        /// Of an earlier transaction.
        Refund = "REFUND",
    }
}

enumeration! {
    /// Who began (section 7.5.9).
    TransactionInitiator, "must be PAYER or PAYEE" {
        /// The payer.
        Payer = "PAYER",
        /// The payee.
        Payee = "PAYEE",
    }
}

enumeration! {
    /// What kind of party began (section 7.5.10).
    TransactionInitiatorType, "must be CONSUMER, AGENT, BUSINESS or DEVICE" {
        /// A person.
        Consumer = "CONSUMER",
        /// An agent.
        Agent = "AGENT",
        /// A business.
        Business = "BUSINESS",
        /// A machine.
        Device = "DEVICE",
    }
}
