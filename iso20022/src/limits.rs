//! Every bound of this crate, named. What exceeds one is refused before it costs anything.

/// Largest message text read, in bytes (the bank channel's body limit).
pub const MESSAGE_BYTES: usize = 5 * 1024 * 1024;
/// Deepest nesting of elements, the root being 1.
pub const DEPTH: usize = 64;
/// Most elements in one message.
pub const ELEMENTS: usize = 262_144;
/// Most attributes on one element, namespace declarations included.
pub const ATTRIBUTES: usize = 32;
/// Most namespace declarations in scope at one place.
pub const NAMESPACES_IN_SCOPE: usize = 128;
/// Longest element, attribute or processing instruction name, prefix included, in bytes.
pub const NAME_BYTES: usize = 256;
/// Longest namespace name, in bytes. Names are compared, and long ones that differ late cost time.
pub const NAMESPACE_BYTES: usize = 256;
/// Longest attribute value, in bytes.
pub const ATTRIBUTE_VALUE_BYTES: usize = 4096;
/// Longest character data of one element, in bytes. The longest text type of the served schemas is
/// admi.002's Max20000Text; signatures and supplementary data may be longer.
pub const TEXT_BYTES: usize = 256 * 1024;
/// Longest header that answers repeat, in bytes of XML; to a longer one they are bare. A header with all
/// members and full addresses has some 6 KiB.
pub const REPEATED_HEADER_BYTES: usize = 16 * 1024;
/// Most findings reported for one message.
pub const FINDINGS: usize = 100;
/// Longest path in a finding, in characters: admi.002 carries it as ErrLctn, a Max350Text.
pub const PATH_CHARS: usize = 350;
/// Longest piece of the input that a finding's text repeats, in characters.
pub const ECHO_CHARS: usize = 40;
