//! Translations and journeys.
