//! What single schemes want beyond the rules that hold everywhere.

/// A scheme whose usage rules a file can be held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Swift's cross-border payments.
    CbprPlus,
    /// The instant payments of the Federal Reserve.
    FedNow,
    /// SEPA instant credit transfers.
    SctInst,
    /// The instant payments of The Clearing House.
    Rtp,
    /// Mojaloop hubs.
    Mojaloop,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 5] =
        [Profile::CbprPlus, Profile::FedNow, Profile::Mojaloop, Profile::Rtp, Profile::SctInst];

    /// `cbpr-plus`, `fednow`, `mojaloop`, `rtp` or `sct-inst`.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::CbprPlus => "cbpr-plus",
            Profile::FedNow => "fednow",
            Profile::Mojaloop => "mojaloop",
            Profile::Rtp => "rtp",
            Profile::SctInst => "sct-inst",
        }
    }

    /// The profile of this name.
    pub fn parse(name: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.as_str() == name)
    }
}
