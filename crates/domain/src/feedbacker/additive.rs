//! What a model's overall strength predicts: value = difficulty of the prompt + strength of the model + residual, by
//! least squares. With every model on every prompt this is the two-way table of means; where some are missing, the
//! two are fitted in turn, so that a model that was only asked easy prompts does not look strong.

/// One value: a score, or a share of comparisons won.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The model, by number.
    pub model: usize,
    /// The prompt (or node), by number.
    pub prompt: usize,
    /// Higher is better.
    pub value: f64,
}

/// The fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Additive {
    /// Of each model, relative to the mean of all; `None` without a value.
    pub strengths: Vec<Option<f64>>,
    /// Of each prompt: the value that a model of mean strength is expected to reach.
    pub levels: Vec<Option<f64>>,
    /// Value less prediction, in the order of the observations.
    pub residuals: Vec<f64>,
}

/// Rounds of fitting at most; with every model on every prompt, two are enough.
const ROUNDS: usize = 500;

/// Fits; values that are not finite must have been left out. Models and prompts are numbered below `models` and
/// `prompts`.
pub fn fit(models: usize, prompts: usize, observations: &[Observation]) -> Additive {
    let (mut strengths, mut levels) = (vec![0.0; models], vec![0.0; prompts]);
    let (mut of_model, mut of_prompt) = (vec![0_usize; models], vec![0_usize; prompts]);
    for it in observations {
        of_model[it.model] += 1;
        of_prompt[it.prompt] += 1;
    }
    let present = of_model.iter().filter(|n| **n > 0).count().max(1) as f64;
    let spread = observations
        .iter()
        .map(|it| it.value.abs())
        .fold(1e-300, f64::max);
    for _ in 0..ROUNDS {
        levels.fill(0.0);
        for it in observations {
            levels[it.prompt] += (it.value - strengths[it.model]) / of_prompt[it.prompt] as f64;
        }
        let mut next = vec![0.0; models];
        for it in observations {
            next[it.model] += (it.value - levels[it.prompt]) / of_model[it.model] as f64;
        }
        let mean = next.iter().sum::<f64>() / present;
        for (next, n) in next.iter_mut().zip(&of_model).filter(|(_, n)| **n > 0) {
            let _ = n;
            *next -= mean;
        }
        let moved = next
            .iter()
            .zip(&strengths)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        strengths = next;
        if moved < 1e-12 * spread {
            break;
        }
    }
    levels.fill(0.0);
    for it in observations {
        levels[it.prompt] += (it.value - strengths[it.model]) / of_prompt[it.prompt] as f64;
    }
    let residuals = observations
        .iter()
        .map(|it| it.value - strengths[it.model] - levels[it.prompt])
        .collect();
    let known = |values: Vec<f64>, counts: &[usize]| -> Vec<Option<f64>> {
        values
            .into_iter()
            .zip(counts)
            .map(|(v, n)| (*n > 0).then_some(v))
            .collect()
    };
    Additive {
        strengths: known(strengths, &of_model),
        levels: known(levels, &of_prompt),
        residuals,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_do_not_bend_the_strengths() {
        // strengths −1, 0, 1; levels 10, 20, 30; the strongest was only asked the hardest and one to link them
        let table = [
            [9.0, 19.0, 29.0],
            [10.0, 20.0, 30.0],
            [11.0, f64::NAN, f64::NAN],
        ];
        let mut observations = Vec::new();
        for (model, row) in table.iter().enumerate() {
            for (prompt, &value) in row.iter().enumerate().filter(|(_, v)| v.is_finite()) {
                observations.push(Observation {
                    model,
                    prompt,
                    value,
                });
            }
        }
        let fit = fit(4, 3, &observations);
        for (ours, truth) in fit.strengths.iter().zip([-1.0, 0.0, 1.0]) {
            assert!((ours.unwrap() - truth).abs() < 1e-9);
        }
        assert_eq!(fit.strengths[3], None);
        for (ours, truth) in fit.levels.iter().zip([10.0, 20.0, 30.0]) {
            assert!((ours.unwrap() - truth).abs() < 1e-9);
        }
        assert!(fit.residuals.iter().all(|r| r.abs() < 1e-9));
    }
}
