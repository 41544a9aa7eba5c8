//! Where people are: made-up towns, and how far it is from one place to another.

use frms::Place;

use super::chance::{Chance, cosine};

/// The towns of each currency's country: name, latitude and longitude in hundredths of a degree.
pub(super) const TOWNS: [&[(&str, i32, i32)]; 3] = [
    &[
        ("Arden", -130, 3_680),
        ("Boma", -405, 3_966),
        ("Cantor", -10, 3_475),
        ("Delta", 52, 3_527),
        ("Elim", -68, 3_443),
        ("Fort Ray", -213, 4_012),
        ("Garsen", -227, 4_010),
    ],
    &[
        ("Oster", 5_010, 860),
        ("Pell", 5_252, 1_340),
        ("Quern", 4_814, 1_157),
        ("Rive", 4_886, 235),
        ("Sal", 4_140, 217),
        ("Tarn", 4_545, 919),
    ],
    &[("Upton", 5_148, -13), ("Vale", 5_348, -224), ("Wick", 5_586, -425), ("Yarrow", 5_260, 121)],
];

/// A place in a town, within some kilometres of its middle.
pub(super) fn in_town(chance: &mut Chance, country: usize, town: usize) -> Place {
    let (_, latitude, longitude) = TOWNS[country][town];
    let around = |chance: &mut Chance| (chance.normal() * 2_500.0) as i32;
    Place {
        latitude_e5: latitude * 1_000 + around(chance),
        longitude_e5: longitude * 1_000 + around(chance),
    }
}

/// A place a walk away.
pub(super) fn near(chance: &mut Chance, place: Place) -> Place {
    let step = |chance: &mut Chance| (chance.normal() * 350.0) as i32;
    Place {
        latitude_e5: place.latitude_e5 + step(chance),
        longitude_e5: place.longitude_e5 + step(chance),
    }
}

/// How far it is, in kilometres, on a map that is flat between both: within countries a percent wrong.
pub(super) fn kilometres(from: Place, to: Place) -> f64 {
    const DEGREE: f64 = 111.2 / 100_000.0;
    let middle = (f64::from(from.latitude_e5) + f64::from(to.latitude_e5)) / 200_000.0;
    let north = f64::from(to.latitude_e5 - from.latitude_e5) * DEGREE;
    let east = f64::from(to.longitude_e5 - from.longitude_e5) * DEGREE * cosine(middle);
    (north * north + east * east).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_map() {
        let (oster, pell) = (TOWNS[1][0], TOWNS[1][1]);
        let place = |(_, latitude, longitude): (&str, i32, i32)| Place {
            latitude_e5: latitude * 1_000,
            longitude_e5: longitude * 1_000,
        };
        let far = kilometres(place(oster), place(pell));
        assert!((420.0..445.0).contains(&far), "{far}");
        let mut chance = Chance::of(1, &[]);
        let home = in_town(&mut chance, 1, 0);
        assert!(kilometres(home, place(oster)) < 25.0);
        assert!(kilometres(home, near(&mut chance, home)) < 4.0);
    }
}
