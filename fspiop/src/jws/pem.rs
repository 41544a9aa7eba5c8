//! PEM (RFC 7468), only to reach the DER inside. Labels are not believed: what a key is, the key says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// The DER of every block, in order; a block that is not base64 is left out.
pub(super) fn blocks(text: &str) -> Vec<Vec<u8>> {
    text.split(BEGIN).skip(1).filter_map(block).collect()
}

/// One block in lines of 64 characters.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("{BEGIN}{label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str(&format!("{END}{label}-----\n"));
    text
}

fn block(after_begin: &str) -> Option<Vec<u8>> {
    let (_label, rest) = after_begin.split_once("-----")?;
    let (body, _) = rest.split_once(END)?;
    let base64: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(base64).ok()
}
