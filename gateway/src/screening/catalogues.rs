//! Rules and typologies as supervisors have made them live, one number after the other; none is ever
//! taken away. The scorer hears of each over the stream. Number 0 is what the configuration names.

use std::sync::Arc;

use bytes::Bytes;
use frms::{Catalogue, CatalogueChange, CatalogueError, Event, Semantics};
use serde::{Deserialize, Serialize};
use switch_store::{DocumentKey, DocumentWrite, Expected, Store, StoreError};

/// The kind of catalogues that were made live; the key is their number.
pub const CATALOGUE: &str = "screening-catalogue";

/// Numbers that are read at once.
const PAGE: usize = 1_000;

/// A catalogue that was made live.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promotion {
    /// Its number, from 1.
    pub number: u64,
    /// When: Unix milliseconds.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// The number whose catalogue this is again, where it was rolled back to.
    pub again: Option<u64>,
    /// The file as text; empty for what the configuration names.
    pub json: String,
}

/// What counts now.
#[derive(Debug, Clone)]
pub struct Live {
    /// The number; 0 for what the configuration names.
    pub number: u64,
    /// Rules and typologies.
    pub catalogue: Arc<Catalogue>,
}

impl Promotion {
    /// What the stream is told; how the file is read is configured.
    pub fn event(&self, semantics: Semantics) -> Event {
        let (name, json) = (self.number.to_string(), self.json.clone());
        Event::Catalogue(Arc::new(CatalogueChange { name, json, semantics }))
    }

    /// Written once, never changed.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn document(&self) -> Result<DocumentWrite, serde_json::Error> {
        let body = Some(Bytes::from(serde_json::to_vec(self)?));
        let (key, expected) = (key(self.number), Expected::Absent);
        Ok(DocumentWrite { key, expected, body, deadline: None })
    }

    /// What it makes live, read as configured; `first` is what the configuration names.
    ///
    /// # Errors
    /// With these semantics it is no catalogue: it was made live with others.
    pub fn live(
        &self,
        first: &Arc<Catalogue>,
        semantics: Semantics,
    ) -> Result<Live, CatalogueError> {
        let catalogue = match self.json.is_empty() {
            true => Arc::clone(first),
            false => Arc::new(Catalogue::read(self.json.as_bytes(), semantics)?),
        };
        Ok(Live { number: self.number, catalogue })
    }
}

/// The name of a number's catalogue.
pub fn key(number: u64) -> DocumentKey {
    DocumentKey::new(CATALOGUE, Bytes::copy_from_slice(&number.to_be_bytes()))
}

/// All that were made live, the oldest first.
///
/// # Errors
/// The store does not answer.
pub async fn stored(store: &dyn Store) -> Result<Vec<Promotion>, StoreError> {
    let mut found: Vec<Promotion> = Vec::new();
    loop {
        let after = found.last().map(|last| last.number.to_be_bytes());
        let after = after.as_ref().map(<[u8; 8]>::as_slice);
        let page = store.documents(CATALOGUE, after, PAGE).await?;
        let count = page.len();
        for (_, document) in page {
            match serde_json::from_slice(&document.body) {
                Ok(promotion) => found.push(promotion),
                Err(error) => tracing::error!(%error, "a catalogue cannot be read"),
            }
        }
        if count < PAGE {
            return Ok(found);
        }
    }
}
