//! Compares measurements that were made in turns.

use std::fmt;

/// What one variant took or did, relative to another, from pairs of measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ratio {
    /// The median of the ratios of the pairs.
    pub median: f64,
    /// The lower end of the 95 % interval of the median.
    pub low: f64,
    /// The upper end of the 95 % interval of the median.
    pub high: f64,
}

impl Ratio {
    /// Compares each measurement with the reference of the same round, so that a round in which the machine was busy
    /// changes both.
    ///
    /// # Panics
    ///
    /// Panics if there are no measurements.
    pub fn of_pairs(measured: &[f64], reference: &[f64]) -> Self {
        let ratios = measured.iter().zip(reference).map(|(measured, reference)| measured / reference);
        let mut ratios = ratios.collect::<Vec<_>>();
        ratios.sort_unstable_by(f64::total_cmp);
        let (low, high) = interval(ratios.len());
        Self { median: ratios[ratios.len() / 2], low: ratios[low], high: ratios[high] }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2} to {:.2})", self.median, self.low, self.high)
    }
}

/// The median of some measurements.
///
/// # Panics
///
/// Panics if there are none.
pub fn median(measured: &[f64]) -> f64 {
    Ratio::of_pairs(measured, &vec![1.0; measured.len()]).median
}

/// The ranks of the order statistics that enclose the median with a probability of 95 %. The number of measurements
/// below the median is binomially distributed; its standard deviation is half the root of their number.
fn interval(measurements: usize) -> (usize, usize) {
    let (half, distance) = (measurements as f64 / 2.0, 0.98 * (measurements as f64).sqrt());
    let low = (half - distance).max(0.0) as usize;
    (low, ((half + distance) as usize).min(measurements - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_are_compared_with_the_reference_of_their_round() {
        let ratio = Ratio::of_pairs(&[2.0, 20.0, 300.0], &[1.0, 10.0, 100.0]);
        assert_eq!(ratio, Ratio { median: 2.0, low: 2.0, high: 3.0 });
    }

    #[test]
    fn interval_becomes_narrow_with_more_measurements() {
        let measured = (0..=100).map(f64::from).collect::<Vec<_>>();
        let ratio = Ratio::of_pairs(&measured, &[1.0; 101]);
        assert_eq!(ratio, Ratio { median: 50.0, low: 40.0, high: 60.0 });
    }

    #[test]
    fn one_measurement_is_its_own_interval() {
        assert_eq!(Ratio::of_pairs(&[3.0], &[2.0]).to_string(), "1.50 (1.50 to 1.50)");
    }
}
