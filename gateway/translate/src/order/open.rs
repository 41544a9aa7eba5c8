//! A bank's message becomes an order, or is refused.

use iso20022::Inbound;

use super::{NotAnOrder, Opened, Opening};

pub(super) fn open(inbound: &Inbound, opening: &Opening<'_>) -> Result<Opened, NotAnOrder> {
    let _ = (inbound, opening);
    unimplemented!()
}
