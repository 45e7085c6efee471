//! What a new project may start from. Everything can be changed afterwards.

use crate::text::projects as text;
use domain::{Kind, project::Settings};

/// The starting points, in the order in which they are offered.
pub(super) const ALL: [(&str, &str); 4] = [
    ("compare", text::TEMPLATE_COMPARE),
    ("critique", text::TEMPLATE_CRITIQUE),
    ("grade", text::TEMPLATE_GRADE),
    ("everything", text::TEMPLATE_EVERYTHING),
];

fn list(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|&entry| entry.to_owned()).collect()
}

/// The settings of a starting point.
pub(super) fn settings(name: &str) -> Option<Settings> {
    let usual = Settings::default();
    Some(match name {
        "compare" => Settings {
            guidelines: text::GUIDE_COMPARE.into(),
            kinds: vec![Kind::Preference],
            ..usual
        },
        "critique" => Settings {
            guidelines: text::GUIDE_CRITIQUE.into(),
            kinds: vec![Kind::Critique, Kind::Refinement],
            optional: vec![Kind::Refinement],
            aspects: list(&text::ASPECTS),
            ..usual
        },
        "grade" => Settings {
            guidelines: text::GUIDE_GRADE.into(),
            kinds: vec![Kind::Grade],
            error_types: Vec::new(),
            check_refinements: false,
            skip_reasons: list(&text::GRADE_SKIP_REASONS),
            ..usual
        },
        "everything" => Settings {
            guidelines: text::GUIDE_EVERYTHING.into(),
            kinds: vec![Kind::Preference, Kind::Critique, Kind::Refinement],
            optional: vec![Kind::Critique, Kind::Refinement],
            aspects: list(&text::ASPECTS),
            overlap: 2,
            ..usual
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_starting_point_is_a_form_without_mistakes() {
        for (name, _) in ALL {
            let settings = settings(name).unwrap();
            assert_eq!(
                Settings::parse(&settings.to_fields()),
                Ok(settings),
                "{name}"
            );
        }
    }
}
