//! The Octet Encoding Rules (ITU-T X.696), as far as ILP packets need them.

use super::packet::PacketError;

/// A length of 128 or more stands after one octet that says in how many octets.
const LONG_FORM: u8 = 0x80;

/// Appends a variable-length octet string: length determinant, then the octets.
pub(super) fn put_octet_string(out: &mut Vec<u8>, octets: &[u8]) {
    let length = octets.len().to_be_bytes();
    let significant =
        length.iter().position(|byte| *byte != 0).map_or(&length[..0], |at| &length[at..]);
    match significant {
        [] => out.push(0),
        [short] if *short < LONG_FORM => out.push(*short),
        // At most 8 octets: the sum stays below 0x89.
        long => {
            out.push(LONG_FORM + long.len() as u8);
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(octets);
}

/// Reads octets from the front of a slice.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], PacketError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(PacketError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PacketError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(PacketError::Truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    /// A variable-length octet string whose length is written in the fewest octets.
    pub(super) fn octet_string(&mut self) -> Result<&'a [u8], PacketError> {
        let [first] = self.array()?;
        if first < LONG_FORM {
            return self.take(usize::from(first));
        }
        let octets = self.take(usize::from(first - LONG_FORM))?;
        let length = match octets {
            [] | [0, ..] => return Err(PacketError::LengthNotCanonical),
            [short] if *short < LONG_FORM => return Err(PacketError::LengthNotCanonical),
            _ if octets.len() > 4 => return Err(PacketError::Truncated),
            _ => octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)),
        };
        self.take(length)
    }
}
