//! Whether a transfer says what its ILP packet says (R07): a scheme option, because deployed test
//! collections send packets of other payments.

use fspiop::error::{ErrorCode, Refusal};
use fspiop::ilp::{Claimed, Packet};
use fspiop::transfer::TransfersPost;

/// Compares amount, currency, parties and, where the packet holds it, the condition.
///
/// # Errors
/// 400/3100 naming what differs.
pub fn agree(post: &TransfersPost) -> Result<(), Refusal> {
    let differs =
        |reason: String| Err(Refusal::new(ErrorCode::ValidationError, reason).at("/ilpPacket"));
    let packet = match Packet::from_text(post.ilp_packet.as_str()) {
        Ok(packet) => packet,
        Err(error) => return differs(error.to_string()),
    };
    let claimed = Claimed {
        payer_fsp: post.payer_fsp.as_str(),
        payee_fsp: post.payee_fsp.as_str(),
        money: post.amount,
        condition: post.condition,
    };
    packet.agrees_with(&claimed).or_else(|disagreement| differs(disagreement.to_string()))
}
