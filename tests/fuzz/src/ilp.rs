//! ILP packets.

use fspiop::ilp::Packet;

/// What is read is written back as it was, and its terms are strict JSON or refused.
pub fn packet(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(packet) = Packet::from_text(text)
    {
        again(&packet);
    }
    if let Ok(packet) = Packet::from_octets(bytes) {
        again(&packet);
    }
}

fn again(packet: &Packet) {
    let written = packet.to_octets();
    let read = written.as_ref().ok().map(|octets| Packet::from_octets(octets));
    assert_eq!(read, Some(Ok(packet.clone())), "{written:?}");
    let _ = packet.terms();
}
