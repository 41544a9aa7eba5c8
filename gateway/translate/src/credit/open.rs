//! A prepare becomes a pacs.008, or an error.

use fspiop::transfer::TransfersPost;

use super::{Opened, Opening};

pub(super) fn open(prepare: &TransfersPost, opening: &Opening<'_>) -> Opened {
    let _ = (prepare, opening);
    unimplemented!()
}
