//! Student's t distribution, by the incomplete beta function (Press et al., Numerical recipes, § 6.4).

/// The distribution with these degrees of freedom, which need not be whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudentT {
    /// Above 0.
    pub freedom: f64,
}

impl StudentT {
    /// The probability of a value up to `t`.
    pub fn below(self, t: f64) -> f64 {
        let tail = 0.5 * incomplete_beta(self.freedom / 2.0, t * t / (self.freedom + t * t));
        if t > 0.0 { 1.0 - tail } else { tail }
    }
    /// The value with this probability below it, for probabilities between 0 and 1.
    pub fn quantile(self, probability: f64) -> f64 {
        let (mut low, mut high) = (-1.0, 1.0);
        while self.below(low) > probability && low > -1e300 {
            low *= 2.0;
        }
        while self.below(high) < probability && high < 1e300 {
            high *= 2.0;
        }
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            let end = if self.below(middle) < probability {
                &mut low
            } else {
                &mut high
            };
            *end = middle;
        }
        0.5 * (low + high)
    }
}

/// `I_x(a, ½)` for x = 1 − y, by Lentz's continued fraction on the side where it converges.
fn incomplete_beta(a: f64, y: f64) -> f64 {
    if y <= 0.0 || y >= 1.0 {
        return 1.0 - y.clamp(0.0, 1.0);
    }
    let ln_beta = 0.5 * std::f64::consts::PI.ln() - ln_gamma_step(a);
    let front = (a * (-y).ln_1p() + 0.5 * y.ln() - ln_beta).exp();
    if 1.0 - y < (a + 1.0) / (a + 2.5) {
        front * fraction(a, 0.5, 1.0 - y) / a
    } else {
        1.0 - front * fraction(0.5, a, y) / 0.5
    }
}

/// ln Γ(a + ½) − ln Γ(a); for large a by its series, where the two would cancel.
fn ln_gamma_step(a: f64) -> f64 {
    if a < 100.0 {
        return ln_gamma(a + 0.5) - ln_gamma(a);
    }
    0.5 * a.ln() - 1.0 / (8.0 * a) + 1.0 / (192.0 * a.powi(3)) - 1.0 / (640.0 * a.powi(5))
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let bounded = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let (mut up, mut down) = (1.0, 1.0 / bounded(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = down;
    for step in 1..10_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            down = 1.0 / bounded(1.0 + term * down);
            up = bounded(1.0 + term / up);
            value *= down * up;
        }
        if (down * up - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0 (Lanczos, g = 7, 9 terms; 15 digits).
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let base = x + 7.5;
    let series: f64 = TERMS[1..]
        .iter()
        .enumerate()
        .map(|(i, term)| term / (x + i as f64 + 1.0))
        .sum();
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * base.ln() - base + (TERMS[0] + series).ln()
}
