//! From numbers to places on an axis, and to the words beside its ticks.

/// One axis: from which number to which, drawn between two places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) start: f64,
    pub(super) end: f64,
}

impl Scale {
    /// Where a number stands; what lies outside stands at the edge. Tenths keep the page small.
    pub(super) fn place(self, number: f64) -> f64 {
        let share = (number.clamp(self.from, self.to) - self.from) / (self.to - self.from);
        ((self.start + share * (self.end - self.start)) * 10.0).round() / 10.0
    }
}

/// The numbers' range with a little room, never of width 0.
pub(super) fn range(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = numbers
        .filter(|number| number.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
            (low.min(number), high.max(number))
        });
    if low > high {
        return None;
    }
    if high - low <= f64::EPSILON * low.abs().max(high.abs()).max(1.0) {
        let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        return Some((low - room, high + room));
    }
    Some((low, high))
}

/// About `wanted` round numbers within the range, never many more: steps of 1, 2 or 5 times a power of ten.
pub fn ticks(from: f64, to: f64, wanted: usize) -> Vec<f64> {
    let rough = (to - from) / wanted.max(1) as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return vec![from];
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.8)
        .unwrap_or(power * 10.0);
    let first = (from / step - 1e-9).ceil();
    // counting steps, not adding them up, so that 0.3 does not become 0.30000000000000004
    (0..=20)
        .map(|n| (first + f64::from(n)) * step)
        .take_while(|tick| *tick <= to + step * 1e-9)
        .map(|tick| if tick.abs() < step * 1e-9 { 0.0 } else { tick })
        .collect()
}

/// A number in a few characters: `0.693`, `1,200`, `35k`, `1.2M`, `3e-5`.
pub fn short(number: f64) -> String {
    let size = number.abs();
    let text = match size {
        _ if !number.is_finite() => return "–".to_owned(),
        0.0 => return "0".to_owned(),
        s if s >= 999_500_000.0 => format!("{number:.1e}"),
        s if s >= 999_500.0 => format!("{}M", trimmed(number / 1e6, 2)),
        s if s >= 9_999.5 => format!("{}k", trimmed(number / 1e3, 1)),
        s if s >= 999.5 => {
            let whole = format!("{size:.0}");
            let (thousands, rest) = whole.split_at(whole.len() - 3);
            format!("{}{thousands},{rest}", if number < 0.0 { "-" } else { "" })
        }
        s if s >= 99.5 => format!("{number:.0}"),
        s if s >= 9.95 => trimmed(number, 1),
        s if s >= 0.001 => trimmed(number, if s >= 0.995 { 2 } else { 3 }),
        _ => {
            let text = format!("{number:.1e}");
            text.replace(".0e", "e")
        }
    };
    text.replace('-', "−")
}

/// So many decimals at most, without zeros at the end.
fn trimmed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_within_the_range_and_few() {
        for (from, to, expected) in [
            (0.0, 1.0, vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (0.31, 0.70, vec![0.4, 0.5, 0.6, 0.7]),
            (-3.0, 2.0, vec![-3.0, -2.0, -1.0, 0.0, 1.0, 2.0]),
            (
                0.0,
                1234.0,
                vec![0.0, 200.0, 400.0, 600.0, 800.0, 1000.0, 1200.0],
            ),
            (855.0, 945.0, vec![860.0, 880.0, 900.0, 920.0, 940.0]),
        ] {
            let found = ticks(from, to, 5);
            assert_eq!(found.len(), expected.len(), "{from} to {to}: {found:?}");
            for (a, b) in found.iter().zip(&expected) {
                assert!((a - b).abs() < 1e-9, "{found:?}");
            }
        }
        for n in 1..200 {
            let (from, to) = (f64::from(n) * -0.37, f64::from(n * n) * 0.011);
            let found = ticks(from, to, 5);
            assert!((2..=7).contains(&found.len()), "{from} to {to}: {found:?}");
        }
        assert_eq!(ticks(1.0, 1.0, 5), [1.0]);
    }

    #[test]
    fn numbers_are_short_and_keep_what_matters() {
        for (number, expected) in [
            (0.0, "0"),
            (0.692_147, "0.692"),
            (0.5, "0.5"),
            (1.0, "1"),
            (-2.345, "−2.35"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1_234.0, "1,234"),
            (-1_000.0, "−1,000"),
            (35_200.0, "35.2k"),
            (1_250_000.0, "1.25M"),
            (0.000_03, "3e−5"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(short(number), expected);
        }
    }

    #[test]
    fn one_number_alone_has_a_range() {
        assert_eq!(range([0.0].into_iter()), Some((-1.0, 1.0)));
        let (low, high) = range([5.0, 5.0].into_iter()).unwrap();
        assert!(low < 5.0 && 5.0 < high);
        assert_eq!(range([f64::NAN].into_iter()), None);
    }
}
