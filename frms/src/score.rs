//! Scores as they are written down. With the peer's semantics one can be infinite or not a number, for
//! which JSON has no number: these are the texts that JavaScript's `Number` reads.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const INFINITE: &str = "Infinity";
const NEGATIVE: &str = "-Infinity";
const NOT_A_NUMBER: &str = "NaN";

/// A score in JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Text(String),
    /// As releases before wrote what JSON has no number for.
    Nothing,
}

/// Forms without texts have all floats.
pub fn serialize<S: Serializer>(score: &f64, into: S) -> Result<S::Ok, S::Error> {
    let text = match *score {
        score if !into.is_human_readable() || score.is_finite() => return score.serialize(into),
        score if score.is_nan() => NOT_A_NUMBER,
        score if score.is_sign_negative() => NEGATIVE,
        _ => INFINITE,
    };
    into.serialize_str(text)
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    if !from.is_human_readable() {
        return f64::deserialize(from);
    }
    match Written::deserialize(from)? {
        Written::Number(score) => Ok(score),
        Written::Nothing => Ok(f64::NAN),
        Written::Text(text) => match text.as_str() {
            INFINITE => Ok(f64::INFINITY),
            NEGATIVE => Ok(f64::NEG_INFINITY),
            NOT_A_NUMBER => Ok(f64::NAN),
            _ => Err(D::Error::custom("a score is a number, Infinity, -Infinity or NaN")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Scored(#[serde(with = "super")] f64);

    #[test]
    fn every_score_comes_back_bit_for_bit() {
        let scores = [0.0, -0.0, 150.0, 0.1, f64::MAX, f64::MIN_POSITIVE];
        let odd = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        for score in scores.into_iter().chain(odd) {
            let json = serde_json::to_string(&Scored(score)).unwrap();
            let read: Scored = serde_json::from_str(&json).unwrap();
            assert_eq!(read.0.to_bits(), score.to_bits(), "{json}");
            let value = serde_json::to_value(Scored(score)).unwrap();
            let read: Scored = serde_json::from_value(value).unwrap();
            assert_eq!(read.0.to_bits(), score.to_bits());
            let bytes = postcard::to_stdvec(&Scored(score)).unwrap();
            let read: Scored = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(read.0.to_bits(), score.to_bits());
        }
        let json = |score| serde_json::to_string(&Scored(score)).unwrap();
        assert_eq!(odd.map(json), ["\"Infinity\"", "\"-Infinity\"", "\"NaN\""]);
        assert_eq!(json(150.0), "150.0", "a number as ever");
    }

    #[test]
    fn what_releases_before_wrote_is_read_and_other_texts_are_not() {
        let read: Scored = serde_json::from_str("null").unwrap();
        assert!(read.0.is_nan());
        let read: Scored = serde_json::from_str("150").unwrap();
        assert_eq!(read.0.to_bits(), 150.0_f64.to_bits());
        for json in ["\"150\"", "\"inf\"", "true", "[]"] {
            assert!(serde_json::from_str::<Scored>(json).is_err(), "{json}");
        }
    }
}
