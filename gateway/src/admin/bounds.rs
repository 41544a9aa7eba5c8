//! Every bound of the admin API.

/// Characters of an endpoint's value.
pub(super) const ENDPOINT_CHARS_MAX: usize = 512;
/// Endpoints that one request may set.
pub(super) const ENDPOINTS_MAX: usize = 64;
/// Characters of the name in a participant's certificate.
pub(super) const IDENTITY_CHARS_MAX: usize = 256;
/// Public keys of one participant.
pub(super) const KEYS_MAX: usize = 16;
/// Characters of a public key in PEM: RSA of 8192 bits has about 1,500.
pub(super) const KEY_CHARS_MAX: usize = 8_192;
/// Versions that a profile may name: three of each of sixteen resources.
pub(super) const VERSIONS_MAX: usize = 48;
/// Characters of an operator's reason and reference.
pub(super) const TEXT_CHARS_MAX: usize = 512;
/// Characters of an operator's name.
pub(super) const OPERATOR_CHARS_MAX: usize = 128;
/// Held transfers of a page, when the operator does not say, and at most: each is read with its
/// message.
pub(super) const HELD_PAGE_ITEMS: (usize, usize) = (100, 1_000);
/// Items of a page, when the operator does not say, and at most.
pub(super) const PAGE_ITEMS: (usize, usize) = (1_000, 10_000);
