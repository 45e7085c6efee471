//! The fields of a submitted form: names with values, in order, names may repeat.

use crate::{Invalid, Problem};
use serde::{Deserialize, Serialize};

/// A form as it was sent. Serialises as a list of pairs, which is also how a draft is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a field, trimmed; `None` when absent or blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.raw(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }
    /// The first value of a field exactly as typed.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
    /// Every non-blank value of a repeated field, trimmed.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }
    /// Whether a checkbox was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
    /// Sets a field, replacing what stood there.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.0.retain(|(n, _)| *n != name);
        self.0.push((name, value.into()));
    }
    /// Adds one more value under a name.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }
    /// A number, if one was given.
    ///
    /// # Errors
    /// Names the field when what stands there is not a number.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Invalid> {
        self.get(name)
            .map(|value| {
                value
                    .parse()
                    .map_err(|_| Invalid::other(name, format!("“{value}” is not a number")))
            })
            .transpose()
    }
    /// A number in a range, `usual` where none was given; what is wrong is added to `wrong`.
    pub fn within(
        &self,
        name: &str,
        (min, max): (f64, f64),
        usual: f64,
        wrong: &mut Vec<Invalid>,
    ) -> f64 {
        let value = match self.number::<f64>(name) {
            Ok(value) => value.unwrap_or(usual),
            Err(problem) => {
                wrong.push(problem);
                return usual;
            }
        };
        if !(min..=max).contains(&value) {
            let range = format!("{min} to {max}");
            wrong.push(Invalid::new(name, Problem::OutOfRange { range }));
            return usual;
        }
        value
    }
    /// As [`Fields::within`], for whole numbers of a range that is not negative.
    pub fn whole_within(
        &self,
        name: &str,
        range: (f64, f64),
        usual: f64,
        wrong: &mut Vec<Invalid>,
    ) -> usize {
        let value = self.within(name, range, usual, wrong);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is not negative, and what is outside was replaced"
        )]
        let whole = value as usize;
        whole
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(k, v)| (k.into(), v.into()))
                .collect(),
        )
    }
}
