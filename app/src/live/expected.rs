//! What the live model expected of a comparison before it was answered. **Computed from what it knew
//! before, shown only once the answer is kept**: then it cannot have swayed it.

use crate::Cx;
use crate::error::Result;
use crate::text::live as text;
use domain::live::features;
use domain::prompt::plain_text;
use domain::{Annotation, Kind};
use std::collections::HashMap;
use store::queue::{Item, ItemResponse};

/// An expectation, and what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The left response, rather than the right one.
    left: bool,
    /// 50 to 99.
    percent: u8,
    /// Whether it came so; none for a tie.
    came: Option<bool>,
}

impl Expected {
    /// What the model expects of this item, and what these annotations say; none where there is nothing to
    /// tell, or the project does not want it told.
    pub(crate) async fn of(cx: &Cx, item: &Item, said: &[Annotation]) -> Result<Option<Self>> {
        let project = cx.project()?;
        let compares = item.task.kinds.contains(&Kind::Preference);
        if !project.settings.tell_expected || !compares {
            return Ok(None);
        }
        let answer = said.iter().find_map(|it| match it {
            Annotation::Preference(it) => Some(it),
            _ => None,
        });
        let ([left, right], Some(answer)) = (item.responses.as_slice(), answer) else {
            return Ok(None);
        };
        let Some(head) = cx.store().live_head(&project.id).await? else {
            return Ok(None);
        };
        let asked = plain_text(&item.messages);
        let shown = [left, right].map(|it| it.shown.id.to_string());
        let vectors = match project.settings.encoder.as_str() {
            "" => HashMap::new(),
            encoder => {
                let wanted = shown.to_vec();
                cx.store()
                    .live_vectors(&project.id, encoder, wanted)
                    .await?
            }
        };
        let of = |side: &ItemResponse| {
            let mut found = features::hashed(&asked, &side.shown.text);
            found.extend(vectors.get(side.shown.id.as_str()).into_iter().flatten());
            found
        };
        let probability = head.probability(&of(left), &of(right));
        let preferred = answer
            .decided()
            .map(|(better, _, _)| *better == left.shown.id);
        Ok(Some(Self::from(probability, preferred)))
    }

    /// From the probability that the left response is preferred, and whether it was.
    fn from(probability: f64, left_preferred: Option<bool>) -> Self {
        let left = probability >= 0.5;
        let sure = if left { probability } else { 1.0 - probability };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 50 and 99"
        )]
        let percent = (sure * 100.0).round().clamp(50.0, 99.0) as u8;
        Self {
            left,
            percent,
            came: left_preferred.map(|it| it == left),
        }
    }

    /// For the address of the next page, e.g. `a71y`.
    pub(crate) fn code(self) -> String {
        let letter = if self.left { 'a' } else { 'b' };
        let came = match self.came {
            Some(true) => 'y',
            Some(false) => 'n',
            None => 't',
        };
        format!("{letter}{}{came}", self.percent)
    }

    /// Back from an address; none when somebody has played with it.
    pub(crate) fn decode(code: &str) -> Option<Self> {
        let rest = code.strip_prefix(['a', 'b'])?;
        let came = match rest.chars().last()? {
            'y' => Some(true),
            'n' => Some(false),
            't' => None,
            _ => return None,
        };
        let percent = rest[..rest.len() - 1].parse().ok()?;
        (50..=99).contains(&percent).then_some(Self {
            left: code.starts_with('a'),
            percent,
            came,
        })
    }

    /// The sentence.
    pub(crate) fn words(self) -> String {
        text::expected(if self.left { 'A' } else { 'B' }, self.percent, self.came)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_it_and_nothing_else_gets_through() {
        for (probability, preferred) in [
            (0.71, Some(true)),
            (0.2, Some(true)),
            (0.5, None),
            (1.0, Some(false)),
        ] {
            let it = Expected::from(probability, preferred);
            assert_eq!(Expected::decode(&it.code()), Some(it));
        }
        assert!(
            Expected::from(0.29, Some(false))
                .words()
                .contains("B, 71 % sure: as you answered")
        );
        for code in [
            "", "a", "a71", "c71y", "a7xy", "a300y", "a71y<b>", "aäy", "ä",
        ] {
            assert_eq!(Expected::decode(code), None, "{code}");
        }
    }
}
