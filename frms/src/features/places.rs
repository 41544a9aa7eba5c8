//! Where an account's holder was when paying.

#![allow(clippy::float_arithmetic, reason = "distances on earth")]

use serde::{Deserialize, Serialize};

use crate::Place;
use crate::features::size::make_room;
use crate::limits::PLACES_MAX;

/// The earth's radius, as the peer's first code had it.
const EARTH_KM: f64 = 6_371.0;
/// A hundred-thousandth of a degree.
const RADIANS_PER_E5: f64 = std::f64::consts::PI / 180.0 / 100_000.0;
/// A place is far from the one before it from here on.
const FAR_KM: f64 = 30.0;
/// Places nearer to each other than about a hundred metres are one.
const GRAIN_E5: i32 = 100;

/// The latest place, and how often it was at each; at most [`PLACES_MAX`], the least visited one makes
/// room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// The latest place, and when: Unix milliseconds.
    pub last: Option<(Place, i64)>,
    visited: Vec<(Place, u32)>,
    /// How often there was a place before, and how often it was far away.
    steps: u32,
    far: u32,
}

impl Places {
    /// The bytes of its allocations.
    pub(super) fn heap(&self) -> usize {
        super::size::allocated(&self.visited)
    }

    /// How many payments were made within so many kilometres of a place.
    pub fn within(&self, place: Place, radius_km: f64) -> u64 {
        // Most are told by their latitudes alone, with room for what rounding does.
        let far_e5 = (radius_km * 1.001 + 0.001) / (EARTH_KM * RADIANS_PER_E5);
        let north_e5 = |known: Place| place.latitude_e5.abs_diff(known.latitude_e5);
        let near = |&&(known, _): &&(Place, u32)| {
            f64::from(north_e5(known)) <= far_e5 && distance_km(place, known) <= radius_km
        };
        self.visited.iter().filter(near).map(|(_, times)| u64::from(*times)).sum()
    }

    /// How often a payment was made after another one, and which part of these was made far from there.
    pub fn scatter(&self) -> (u32, f64) {
        (self.steps, f64::from(self.far) / f64::from(self.steps.max(1)))
    }

    pub(super) fn been(&mut self, place: Place, at_ms: i64) {
        if let Some((last, _)) = self.last {
            self.steps = self.steps.saturating_add(1);
            self.far = self.far.saturating_add(u32::from(distance_km(last, place) > FAR_KM));
        }
        if self.last.is_none_or(|(_, last_ms)| last_ms <= at_ms) {
            self.last = Some((place, at_ms));
        }
        let coarse = |e5: i32| (e5 - e5.rem_euclid(GRAIN_E5)).saturating_add(GRAIN_E5 / 2);
        let place = Place {
            latitude_e5: coarse(place.latitude_e5),
            longitude_e5: coarse(place.longitude_e5),
        };
        if let Some((_, times)) = self.visited.iter_mut().find(|(known, _)| *known == place) {
            *times = times.saturating_add(1);
        } else if self.visited.len() < PLACES_MAX {
            make_room(&mut self.visited);
            self.visited.push((place, 1));
        } else if let Some(least) = self.visited.iter_mut().min_by_key(|(_, times)| *times) {
            *least = (place, 1);
        }
    }
}

/// The distance between two places in kilometres, on a sphere: the haversine formula. Sine and cosine
/// are not the machine's own, which differ from one to the next in the last bit: a replay must not.
pub fn distance_km(one: Place, other: Place) -> f64 {
    let radians = |e5: f64| e5 * RADIANS_PER_E5;
    let north = f64::from(other.latitude_e5) - f64::from(one.latitude_e5);
    let east = f64::from(other.longitude_e5) - f64::from(one.longitude_e5);
    let half = |e5: f64| libm::sin(radians(e5) / 2.0);
    let cosine = |place: Place| libm::cos(radians(f64::from(place.latitude_e5)));
    let across = cosine(one) * cosine(other);
    let (north, east) = (half(north), half(east));
    let haversine = (north * north + across * east * east).clamp(0.0, 1.0);
    2.0 * EARTH_KM * libm::asin(haversine.sqrt())
}
