//! ILP in FSPIOP: the packet that carries the agreed terms, and the lock (condition) with its key (fulfilment).
//!
//! Only the payee makes packets and fulfilments. A switch checks that SHA-256 of the fulfilment is the condition and,
//! where the scheme asks for it, that the packet's terms are the transfer's. Both packet versions are byte for byte
//! what the reference SDK makes: IlpPayment (type 1) for FSPIOP 1.x, IlpPrepare (type 12) for FSPIOP 2.0 and ISO.
//!
//! * [`Condition`], [`Fulfilment`]: 32 bytes, in text 43 characters of canonical base64url
//! * [`Version`], [`Terms`], [`Secret`]: what a payee makes its [`Sealed`] terms from
//! * [`Packet`]: the codec, for reading what others made, and [`Claimed`]: a transfer held against it

mod agreement;
mod lock;
mod oer;
mod packet;
mod seal;

pub use agreement::{Claimed, Disagreement};
pub use lock::{Condition, Fulfilment, NotALock};
pub use packet::{Packet, PacketError, Prepare};
pub use seal::{SealError, Sealed, Secret, Terms, Version};
