//! An HTTP/1.1 request as it stands in a file: what was on the wire, or what somebody typed.
//!
//! Lines end with CRLF or LF; `Host` need not be there. Where a body ends is what RFC 9112 §6.3 says,
//! but for a file without Content-Length and Transfer-Encoding: there, all that follows is the body.
//! A body that is longer or shorter than its Content-Length is refused, never cut: the bytes are what
//! is signed.

use crate::headers::HeaderList;
use crate::limits::{BODY_BYTES, HEADER_BLOCK_BYTES, HEADER_LINES, TARGET_BYTES};
use crate::route::origin_form;

/// Bytes of a file with one request: a body in chunks is at most twice as long as what it holds here.
pub const FILE_BYTES: usize = 2 * BODY_BYTES + HEADER_BLOCK_BYTES + TARGET_BYTES;

/// A request, nothing decoded but chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRequest {
    /// The method as it stands.
    pub method: String,
    /// Path and query as they stand; of an absolute target, what follows scheme and authority.
    pub target: String,
    /// All header lines in their order.
    pub headers: HeaderList,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// Why a file is no request, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {mend}")]
pub struct NoRequest {
    /// `request line`, the header's name, or the line's number.
    pub place: String,
    /// What is wrong and what to do about it.
    pub mend: &'static str,
}

impl RawRequest {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`NoRequest`] says where it is none, and what to do about it.
    pub fn parse(file: &[u8]) -> Result<RawRequest, NoRequest> {
        let mut lines = Lines { rest: file, number: 0 };
        let (method, target) = request_line(&mut lines)?;
        let headers = header_lines(&mut lines)?;
        let body = body(&headers, lines.rest)?;
        if body.len() > BODY_BYTES {
            return Err(at("body", "it must not exceed 5242880 bytes"));
        }
        Ok(RawRequest { method, target, headers, body })
    }
}

/// The lines of the head, and what follows them.
struct Lines<'f> {
    rest: &'f [u8],
    number: usize,
}

impl<'f> Lines<'f> {
    /// The next line without its end; `None` where the file ends inside of it.
    fn next(&mut self) -> Result<&'f str, NoRequest> {
        self.number += 1;
        let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') else {
            let mend = "an empty line must end the headers";
            return Err(at(format!("line {}", self.number), mend));
        };
        let (line, rest) = (&self.rest[..end], &self.rest[end + 1..]);
        self.rest = rest;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line).ok().filter(|text| !text.contains(is_forbidden));
        text.ok_or_else(|| {
            self.at("control characters and bytes that are no UTF-8 must not be here")
        })
    }

    fn at(&self, mend: &'static str) -> NoRequest {
        at(format!("line {}", self.number), mend)
    }
}

/// What no line of a request may hold: a lone CR, NUL, and other controls but the tabulator.
fn is_forbidden(c: char) -> bool {
    c.is_control() && c != '\t'
}

fn request_line(lines: &mut Lines<'_>) -> Result<(String, String), NoRequest> {
    let mut line = lines.next()?;
    // RFC 9112 §2.2: empty lines before a request are not looked at.
    while line.is_empty() {
        line = lines.next()?;
    }
    let mut parts = line.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1"), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(at("request line", "it must be METHOD target HTTP/1.1 with single spaces"));
    };
    if !is_token(method) {
        return Err(at("request line", "the method must be an HTTP token"));
    }
    if target.is_empty() || target.len() > TARGET_BYTES || target.contains('#') {
        return Err(at("request line", "the target must have 1 to 8192 bytes and no fragment"));
    }
    Ok((method.to_owned(), origin_form(target).unwrap_or(target).to_owned()))
}

fn header_lines(lines: &mut Lines<'_>) -> Result<HeaderList, NoRequest> {
    let mut headers = HeaderList::new();
    let mut bytes = 0;
    loop {
        let line = lines.next()?;
        if line.is_empty() {
            return Ok(headers);
        }
        bytes += line.len() + 2;
        if bytes > HEADER_BLOCK_BYTES || headers.len() == HEADER_LINES {
            return Err(lines.at("the headers must not exceed 65536 bytes and 128 lines"));
        }
        if line.starts_with([' ', '\t']) {
            return Err(lines.at("a header must stand on one line: folding is obsolete"));
        }
        let Some((name, value)) = line.split_once(':') else {
            return Err(lines.at("a header must be Name: value"));
        };
        if !is_token(name) {
            return Err(
                lines.at("a header's name must be an HTTP token, the colon right behind it")
            );
        }
        headers.push(name, value.trim_matches([' ', '\t']));
    }
}

fn body(headers: &HeaderList, rest: &[u8]) -> Result<Vec<u8>, NoRequest> {
    let codings: Vec<&str> = headers.all("transfer-encoding").collect();
    match codings.as_slice() {
        [] => sized(headers, rest).map(<[u8]>::to_vec),
        // RFC 9112 §6.3: it overrides a Content-Length.
        [coding] if coding.eq_ignore_ascii_case("chunked") => chunked(rest),
        _ => Err(at("Transfer-Encoding", "only chunked is taken, once")),
    }
}

fn sized<'f>(headers: &HeaderList, rest: &'f [u8]) -> Result<&'f [u8], NoRequest> {
    let lengths: Vec<&str> = headers.all("content-length").collect();
    let length = match lengths.as_slice() {
        [] => return Ok(rest),
        [length] => *length,
        _ => return Err(at("Content-Length", "it must be there once")),
    };
    let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    match length.parse::<usize>() {
        Ok(length) if digits && length == rest.len() => Ok(rest),
        Ok(length) if digits && length > rest.len() => {
            Err(at("Content-Length", "the body is shorter: the file is not the whole request"))
        }
        Ok(_) if digits => Err(at(
            "Content-Length",
            "the body is longer: end the file with the last byte that was signed",
        )),
        _ => Err(at("Content-Length", "it must be a number of bytes")),
    }
}

/// RFC 9112 §7.1. Trailers are refused: nothing that is signed may come after the body.
fn chunked(mut rest: &[u8]) -> Result<Vec<u8>, NoRequest> {
    let broken = || at("body", "it is not chunked as Transfer-Encoding says");
    let mut body = Vec::new();
    // One kind of line end in one body: what ends a line for one reader would be content for another.
    let first = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let end: &[u8] = if first.ends_with(b"\r") { b"\r\n" } else { b"\n" };
    loop {
        let (line, after) = chunk_line(rest, end).ok_or_else(broken)?;
        let size = line.split(';').next().unwrap_or_default().trim_end_matches([' ', '\t']);
        let digits = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = usize::from_str_radix(size, 16).ok().filter(|_| digits).ok_or_else(broken)?;
        if size == 0 {
            return match chunk_line(after, end) {
                Some(("", [])) => Ok(body),
                _ => Err(at("body", "nothing may follow the last chunk, no trailers either")),
            };
        }
        let (chunk, after) = after.split_at_checked(size).ok_or_else(broken)?;
        body.extend_from_slice(chunk);
        rest = match chunk_line(after, end) {
            Some(("", after)) => after,
            _ => return Err(broken()),
        };
    }
}

fn chunk_line<'a>(rest: &'a [u8], end: &[u8]) -> Option<(&'a str, &'a [u8])> {
    let at = rest.windows(end.len()).position(|bytes| bytes == end)?;
    Some((std::str::from_utf8(&rest[..at]).ok()?, &rest[at + end.len()..]))
}

/// A token (RFC 9110 §5.6.2).
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

fn at(place: impl Into<String>, mend: &'static str) -> NoRequest {
    NoRequest { place: place.into(), mend }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body_of(head: &str, rest: &str) -> Result<String, String> {
        let file = format!("PUT /quotes/1 HTTP/1.1\r\n{head}\r\n{rest}");
        let read = RawRequest::parse(file.as_bytes()).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(read.body).unwrap())
    }

    #[test]
    fn either_line_end_is_read_and_the_body_is_left_alone() {
        let crlf =
            "POST /base/quotes?a=1 HTTP/1.1\r\nDate:  x \r\nfspiop-source: A\r\n\r\n{}\r\n\n";
        let head_only = |text: &str| text.replacen("\r\n", "\n", 4);
        let read = RawRequest::parse(crlf.as_bytes()).unwrap();
        assert_eq!(RawRequest::parse(head_only(crlf).as_bytes()).unwrap(), read);
        assert_eq!((read.method.as_str(), read.target.as_str()), ("POST", "/base/quotes?a=1"));
        let lines: Vec<_> = read.headers.iter().collect();
        assert_eq!(lines, [("Date", "x"), ("fspiop-source", "A")]);
        assert_eq!(read.body, b"{}\r\n\n");
    }

    #[test]
    fn an_absolute_target_is_its_path_and_query() {
        let file = b"GET http://hub.example:80/a/parties/MSISDN/1?x HTTP/1.1\n\n";
        assert_eq!(RawRequest::parse(file).unwrap().target, "/a/parties/MSISDN/1?x");
    }

    #[test]
    fn the_body_ends_where_the_headers_say_or_the_file_does() {
        assert_eq!(body_of("", "{}\n").unwrap(), "{}\n");
        assert_eq!(body_of("Content-Length: 2\r\n", "{}").unwrap(), "{}");
        assert_eq!(body_of("Content-Length: 0\r\n", "").unwrap(), "");
        for (length, wanted) in [
            ("3", "shorter"),
            ("1", "longer"),
            ("0", "longer"),
            ("+2", "number"),
            ("2,2", "number"),
            ("", "number"),
            ("99999999999999999999999", "number"),
        ] {
            let refused = body_of(&format!("Content-Length: {length}\r\n"), "{}").unwrap_err();
            assert!(refused.contains(wanted), "{length}: {refused}");
        }
        let twice = "Content-Length: 2\r\ncontent-length: 2\r\n";
        assert!(body_of(twice, "{}").unwrap_err().contains("once"));
    }

    #[test]
    fn chunks_are_put_together() {
        let head = "Transfer-Encoding: Chunked\r\nContent-Length: 999\r\n";
        assert_eq!(
            body_of(head, "1\r\n{\r\n0A;x=y\r\n\"a\":\"b\\n\"}\r\n0\r\n\r\n").unwrap(),
            "{\"a\":\"b\\n\"}"
        );
        for broken in ["", "2\r\n{}", "2\r\n{}\r\n", "3\r\n{}\r\n0\r\n\r\n", "-1\r\n", "x\r\n"] {
            assert!(body_of(head, broken).is_err(), "{broken:?}");
        }
        for trailing in ["0\r\nDate: x\r\n\r\n", "0\r\n\r\n\n", "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"] {
            assert!(body_of(head, trailing).unwrap_err().contains("follow"), "{trailing:?}");
        }
        assert!(body_of("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n").is_err());
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for (file, wanted) in [
            ("", "line 1"),
            ("POST /quotes HTTP/1.1", "line 1"),
            ("POST /quotes HTTP/1.1\r\nA: b\r\n", "line 3"),
            ("POST  /quotes HTTP/1.1\r\n\r\n", "request line"),
            ("POST /quotes HTTP/2\r\n\r\n", "request line"),
            ("POST /quotes\r\n\r\n", "request line"),
            ("PO ST /quotes HTTP/1.1\r\n\r\n", "request line"),
            ("P{ST /quotes HTTP/1.1\r\n\r\n", "request line"),
            ("POST /quotes#x HTTP/1.1\r\n\r\n", "request line"),
            ("POST /quotes HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "line 3"),
            ("POST /quotes HTTP/1.1\r\nA : b\r\n\r\n", "line 2"),
            ("POST /quotes HTTP/1.1\r\nA\r\n\r\n", "line 2"),
            ("POST /quotes HTTP/1.1\r\n: b\r\n\r\n", "line 2"),
            ("POST /quotes HTTP/1.1\r\nA: b\rc\r\n\r\n", "line 2"),
            ("POST /quotes HTTP/1.1\r\nA: b\0\r\n\r\n", "line 2"),
        ] {
            let refused = RawRequest::parse(file.as_bytes()).unwrap_err();
            assert_eq!(refused.place, wanted, "{file:?}: {refused}");
        }
        let latin = b"POST /quotes HTTP/1.1\r\nA: \xe9\r\n\r\n";
        assert_eq!(RawRequest::parse(latin).unwrap_err().place, "line 2");
    }
}
