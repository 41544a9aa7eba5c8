//! Which versions of the API a DFSP speaks.

use super::inbox::Received;

/// The versions; what it begins is in the first.
#[derive(Debug)]
pub(super) struct Versions {
    first: String,
    also: Vec<String>,
}

impl Versions {
    pub(super) fn new(first: String, also: Vec<String>) -> Self {
        Self { first, also }
    }

    pub(super) fn first(&self) -> &str {
        &self.first
    }

    pub(super) fn all(&self) -> Vec<String> {
        [&self.first].into_iter().chain(&self.also).cloned().collect()
    }

    /// The `Accept` of a request: its versions exactly, or the major one of who speaks only 1.1.
    pub(super) fn accept(&self, media_type: &str) -> String {
        if self.first == "1.1" && self.also.is_empty() {
            return format!("{media_type};version=1");
        }
        let ranges =
            self.all().into_iter().map(|version| format!("{media_type};version={version}"));
        ranges.collect::<Vec<_>>().join(",")
    }

    /// Whether it reads a message of this version: minor versions take those before them.
    pub(super) fn take(&self, version: &str) -> bool {
        let parts = |version: &str| -> Option<(u8, u8)> {
            let (major, minor) = version.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        };
        let Some((major, minor)) = parts(version) else { return false };
        self.all().iter().filter_map(|own| parts(own)).any(|own| own.0 == major && own.1 >= minor)
    }
}

impl Received {
    /// The version in its Content-Type.
    pub fn version(&self) -> Option<&str> {
        Some(self.header("content-type")?.split_once("version=")?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_takes_and_says_it_takes() {
        let versions = |first: &str, also: &[&str]| {
            Versions::new(first.to_owned(), also.iter().map(|v| (*v).to_owned()).collect())
        };
        assert_eq!(versions("1.1", &[]).accept("m"), "m;version=1");
        assert_eq!(versions("2.0", &["1.1"]).accept("m"), "m;version=2.0,m;version=1.1");
        assert!(versions("1.1", &[]).take("1.0") && !versions("1.0", &[]).take("1.1"));
        assert!(!versions("2.0", &[]).take("1.1") && !versions("1.1", &[]).take("nonsense"));
    }
}
