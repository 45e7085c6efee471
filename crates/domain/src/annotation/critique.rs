//! Critique: remarks in free words, each with polarity, aspect, error type and, if it is about a part, the
//! part it quotes.

use super::{Context, Reading, text_of};
use crate::{Fields, Invalid, ids::ResponseId, signal::Signal};
use serde::{Deserialize, Serialize};

/// How many remarks one critique may hold.
pub const MAX_REMARKS: usize = 50;

/// What a person wrote about one or more responses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Critique {
    /// At least one.
    pub remarks: Vec<Remark>,
}

/// One remark about one response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The response it is about.
    pub response: ResponseId,
    /// The words.
    pub text: String,
    /// Problem, praise, or neither.
    pub polarity: Polarity,
    /// The aspect it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<String>,
    /// The type of error it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The part of the response it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
}

/// A part of a response. `text` is what stands from `start` to `end`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// First character (Unicode scalar values, from 0).
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The quoted text.
    pub text: String,
}

/// Whether a remark praises or blames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// Something is wrong.
    Problem,
    /// Neither good nor bad: a question, a note.
    Note,
    /// Something is good.
    Praise,
}

impl Polarity {
    /// All of them, the most frequent first.
    pub const ALL: [Self; 3] = [Self::Problem, Self::Praise, Self::Note];
    /// The name in forms and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Problem => "problem",
            Self::Note => "note",
            Self::Praise => "praise",
        }
    }
    /// The polarity of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }
    /// −1, 0 or 1.
    pub fn sign(self) -> i8 {
        match self {
            Self::Problem => -1,
            Self::Note => 0,
            Self::Praise => 1,
        }
    }
}

impl Quote {
    /// Finds `text` in the response. `near` is where the browser saw it start; among several places the
    /// nearest to it counts. `None` when the response does not hold the text.
    pub fn locate(response: &str, text: &str, near: Option<usize>) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(at) = response[from..].find(text) {
            let byte = from + at;
            places.push(response[..byte].chars().count());
            from = byte + text.chars().next().map_or(1, char::len_utf8);
        }
        let start = places
            .into_iter()
            .min_by_key(|&place| place.abs_diff(near.unwrap_or(0)))?;
        Some(Self {
            start,
            end: start + text.chars().count(),
            text: text.to_owned(),
        })
    }
}

impl Critique {
    /// Fields of remark `n` (from 0): `critique.n.text`, `.response` (identifier; may be left out when
    /// the task shows one response), `.polarity`, `.aspect`, `.error`, `.quote`, `.start`.
    pub(super) fn parse(
        fields: &Fields,
        context: Context<'_>,
    ) -> Result<Option<Self>, Vec<Invalid>> {
        let (mut remarks, mut wrong) = (Vec::new(), Vec::new());
        for n in 0..MAX_REMARKS {
            match remark(n, fields, context) {
                Ok(Some(remark)) => remarks.push(remark),
                Ok(None) => {}
                Err(problems) => wrong.extend(problems),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok((!remarks.is_empty()).then_some(Self { remarks }))
    }

    pub(super) fn to_fields(&self) -> Fields {
        let mut fields = Fields::default();
        for (n, remark) in self.remarks.iter().enumerate() {
            let mut set =
                |name: &str, value: &str| fields.set(format!("critique.{n}.{name}"), value);
            set("text", &remark.text);
            set("response", remark.response.as_str());
            set("polarity", remark.polarity.name());
            set("aspect", remark.aspect.as_deref().unwrap_or_default());
            set("error", remark.error.as_deref().unwrap_or_default());
            if let Some(quote) = &remark.quote {
                set("quote", &quote.text);
                set("start", &quote.start.to_string());
            }
        }
        fields
    }

    pub(super) fn visit_ids(&mut self, response: &mut dyn FnMut(&mut ResponseId)) {
        for remark in &mut self.remarks {
            response(&mut remark.response);
        }
    }

    pub(super) fn signals(&self) -> Vec<Signal> {
        self.remarks
            .iter()
            .map(|remark| Signal::Critique {
                response: remark.response.clone(),
                text: remark.text.clone(),
                polarity: remark.polarity.sign(),
                aspect: remark.aspect.clone(),
            })
            .collect()
    }

    /// Whether the critique finds a problem at all: the only thing free text lets one compare.
    pub(super) fn readings(&self) -> Vec<Reading> {
        let problem = self
            .remarks
            .iter()
            .any(|remark| remark.polarity == Polarity::Problem);
        vec![Reading {
            question: "finds a problem".into(),
            value: f64::from(u8::from(problem)),
            category: if problem { "yes" } else { "no" }.into(),
        }]
    }
}

fn remark(n: usize, fields: &Fields, context: Context<'_>) -> Result<Option<Remark>, Vec<Invalid>> {
    let name = |part: &str| format!("critique.{n}.{part}");
    let (text, quoted) = (fields.get(&name("text")), fields.get(&name("quote")));
    let Some(text) = text else {
        return match quoted {
            Some(_) => Err(vec![Invalid::other(
                name("text"),
                "says nothing about the quoted part yet",
            )]),
            None => Ok(None),
        };
    };
    let mut wrong = Vec::new();
    let text = text_of(&name("text"), text)
        .map_err(|p| wrong.push(p))
        .unwrap_or_default();
    let shown = match (fields.get(&name("response")), context.responses) {
        (Some(id), all) => all.iter().find(|shown| shown.id.as_str() == id),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    if shown.is_none() {
        wrong.push(Invalid::other(
            name("response"),
            "choose the response that this is about",
        ));
    }
    let polarity = match fields.get(&name("polarity")) {
        None => Some(Polarity::Problem),
        Some(given) => Polarity::parse(given).or_else(|| {
            wrong.push(Invalid::unknown(name("polarity"), given));
            None
        }),
    };
    let mut one_of = |part: &str, allowed: &[String]| {
        let given = fields.get(&name(part))?;
        if !allowed.iter().any(|a| a == given) {
            wrong.push(Invalid::unknown(name(part), given));
        }
        Some(given.to_owned())
    };
    let aspect = one_of("aspect", &context.settings.aspects);
    let error = one_of("error", &context.settings.error_types);
    let quote = match (quoted, shown) {
        (Some(quoted), Some(shown)) => {
            let near = fields.get(&name("start")).and_then(|s| s.parse().ok());
            let quote = Quote::locate(&shown.text, &quoted.replace("\r\n", "\n"), near);
            if quote.is_none() {
                wrong.push(Invalid::other(
                    name("quote"),
                    "does not stand in the response word for word",
                ));
            }
            quote
        }
        _ => None,
    };
    match (shown, polarity) {
        (Some(shown), Some(polarity)) if wrong.is_empty() => Ok(Some(Remark {
            response: shown.id.clone(),
            text,
            polarity,
            aspect,
            error,
            quote,
        })),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shown;
    use super::*;
    use crate::project::Settings;
    use proptest::prelude::*;

    fn parse(text: &str, pairs: &[(&str, &str)]) -> Result<Option<Critique>, Vec<Invalid>> {
        let settings = Settings {
            aspects: vec!["clarity".into()],
            ..Settings::default()
        };
        let responses = [Shown {
            id: "r".into(),
            text: text.into(),
        }];
        let context = Context {
            responses: &responses,
            settings: &settings,
            criteria: &[],
        };
        Critique::parse(&pairs.iter().copied().collect(), context)
    }

    #[test]
    fn a_quote_remembers_where_it_stands_even_when_the_words_stand_twice() {
        let said = [
            ("critique.0.text", "wrong"),
            ("critique.0.quote", "né"),
            ("critique.0.start", "5"),
        ];
        let critique = parse("né — né", &said).unwrap().unwrap();
        let quote = critique.remarks[0].quote.clone().unwrap();
        assert_eq!((quote.start, quote.end), (5, 7));
    }

    #[test]
    fn what_is_wrong_names_its_field() {
        let said = [
            ("critique.3.text", "so"),
            ("critique.3.quote", "absent"),
            ("critique.3.aspect", "odd"),
        ];
        let fields: Vec<_> = parse("text", &said)
            .unwrap_err()
            .into_iter()
            .map(|p| p.field)
            .collect();
        assert_eq!(fields, ["critique.3.aspect", "critique.3.quote"]);
    }

    proptest! {
        #[test]
        fn a_located_quote_is_what_stands_there(text in "\\PC{1,40}", a in 0usize..40, b in 0usize..40) {
            let chars: Vec<char> = text.chars().collect();
            let (start, end) = (a.min(b) % chars.len(), (a.max(b) % chars.len()) + 1);
            prop_assume!(start < end);
            let part: String = chars[start..end].iter().collect();
            let quote = Quote::locate(&text, &part, Some(start)).unwrap();
            prop_assert_eq!(quote.start, start);
            let there: String = chars[quote.start..quote.end].iter().collect();
            prop_assert_eq!(there, part);
        }
    }
}
