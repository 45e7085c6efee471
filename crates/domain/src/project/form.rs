//! The settings as a form: parsed whole, with everything that is wrong; and back.

use super::Settings;
use crate::live::Order;
use crate::{Fields, Invalid, Kind, Problem};

/// The most entries of a list, e.g. of aspects.
const MAX_ENTRIES: usize = 30;
/// The most characters of one entry.
const MAX_ENTRY: usize = 60;
/// The most characters of a model's name.
const MAX_NAME: usize = 300;
/// The most characters of the guidelines.
const MAX_GUIDELINES: usize = 50_000;

/// The kinds that a project can ask for. [`Kind::Incorporation`] is not among them: it is asked about
/// refinements, when [`Settings::check_refinements`] says so.
pub const CHOICES: [Kind; 4] = [
    Kind::Preference,
    Kind::Critique,
    Kind::Refinement,
    Kind::Grade,
];

impl Settings {
    /// Reads the settings' form.
    ///
    /// # Errors
    /// Everything that is wrong, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut take = |result: Result<Vec<String>, Invalid>| {
            result.unwrap_or_else(|invalid| {
                wrong.push(invalid);
                Vec::new()
            })
        };
        let aspects = take(list(fields, "aspects"));
        let error_types = take(list(fields, "error_types"));
        let grade_labels = take(list(fields, "grade_labels"));
        let skip_reasons = take(list(fields, "skip_reasons"));
        let mut kinds_of = |name: &str| {
            for given in fields.all(name) {
                if !CHOICES.iter().any(|kind| kind.name() == given) {
                    wrong.push(Invalid::unknown(name, given));
                }
            }
            CHOICES
                .into_iter()
                .filter(|kind| fields.all(name).any(|given| given == kind.name()))
                .collect::<Vec<_>>()
        };
        let kinds = kinds_of("kinds");
        // what is not asked cannot be optional
        let mut optional = kinds_of("optional");
        optional.retain(|kind| kinds.contains(kind));
        let mut number = |name: &str, usual: u32, low: u32, high: u32| match fields.number(name) {
            Ok(None) => usual,
            Ok(Some(value)) if (low..=high).contains(&value) => value,
            Ok(Some(_)) => {
                let range = format!("{low} to {high}");
                wrong.push(Invalid::new(name, Problem::OutOfRange { range }));
                usual
            }
            Err(invalid) => {
                wrong.push(invalid);
                usual
            }
        };
        let usual = Self::default();
        let overlap = number("overlap", usual.overlap, 1, 50);
        let gold_percent = number("gold_percent", usual.gold_percent, 0, 100);
        let lease_minutes = number("lease_minutes", usual.lease_minutes, 1, 1440);
        let points = number("grade_points", 0, 0, 1000);
        let queue_order = match fields.get("queue_order") {
            None => usual.queue_order,
            Some(name) => Order::parse(name).unwrap_or_else(|| {
                wrong.push(Invalid::unknown("queue_order", name));
                usual.queue_order
            }),
        };
        let settings = Self {
            guidelines: fields
                .raw("guidelines")
                .unwrap_or_default()
                .replace("\r\n", "\n"),
            kinds,
            optional,
            aspects,
            preference_per_aspect: fields.ticked("preference_per_aspect"),
            ask_reason: fields.ticked("ask_reason"),
            error_types,
            overlap,
            blind: fields.ticked("blind"),
            check_refinements: fields.ticked("check_refinements"),
            grade_labels,
            grade_points: (points > 0).then_some(points),
            gold_percent,
            skip_reasons,
            lease_minutes,
            queue_order,
            tell_expected: fields.ticked("tell_expected"),
            learn_simulated: fields.ticked("learn_simulated"),
            encoder: fields.get("encoder").unwrap_or_default().to_owned(),
        };
        wrong.extend(settings.contradictions());
        if wrong.is_empty() {
            Ok(settings)
        } else {
            Err(wrong)
        }
    }

    /// What does not go together.
    fn contradictions(&self) -> Vec<Invalid> {
        let mut wrong = Vec::new();
        if self.kinds.is_empty() {
            wrong.push(Invalid::other("kinds", "choose at least one"));
        }
        if self.guidelines.chars().count() > MAX_GUIDELINES {
            let max = MAX_GUIDELINES;
            wrong.push(Invalid::new("guidelines", Problem::TooLong { max }));
        }
        if self.encoder.chars().count() > MAX_NAME {
            wrong.push(Invalid::new("encoder", Problem::TooLong { max: MAX_NAME }));
        }
        if self.preference_per_aspect && self.aspects.is_empty() {
            wrong.push(Invalid::other(
                "aspects",
                "name at least one, since a preference per aspect is asked for",
            ));
        }
        let grades = self.kinds.contains(&Kind::Grade);
        if self.grade_labels.len() == 1 {
            wrong.push(Invalid::other(
                "grade_labels",
                "one label says nothing: give two or more",
            ));
        } else if grades && self.grade_labels.is_empty() && self.grade_points.is_none() {
            wrong.push(Invalid::other(
                "grade_labels",
                "a grade needs labels or points",
            ));
        }
        wrong
    }

    /// The form that says these settings.
    pub fn to_fields(&self) -> Fields {
        let mut fields = Fields::default();
        fields.push("guidelines", &self.guidelines);
        for kind in &self.kinds {
            fields.push("kinds", kind.name());
        }
        for kind in &self.optional {
            fields.push("optional", kind.name());
        }
        for (name, list) in [
            ("aspects", &self.aspects),
            ("error_types", &self.error_types),
            ("grade_labels", &self.grade_labels),
            ("skip_reasons", &self.skip_reasons),
        ] {
            fields.push(name, list.join("\n"));
        }
        for (name, ticked) in [
            ("preference_per_aspect", self.preference_per_aspect),
            ("ask_reason", self.ask_reason),
            ("blind", self.blind),
            ("check_refinements", self.check_refinements),
            ("tell_expected", self.tell_expected),
            ("learn_simulated", self.learn_simulated),
        ] {
            if ticked {
                fields.push(name, "on");
            }
        }
        for (name, number) in [
            ("overlap", Some(self.overlap)),
            ("grade_points", self.grade_points),
            ("gold_percent", Some(self.gold_percent)),
            ("lease_minutes", Some(self.lease_minutes)),
        ] {
            fields.push(name, number.map_or(String::new(), |n| n.to_string()));
        }
        fields.push("queue_order", self.queue_order.name());
        fields.push("encoder", &self.encoder);
        fields
    }
}

/// One entry a line.
fn list(fields: &Fields, name: &str) -> Result<Vec<String>, Invalid> {
    let mut entries: Vec<String> = Vec::new();
    let lines = fields.raw(name).unwrap_or_default().lines();
    for entry in lines.map(str::trim).filter(|entry| !entry.is_empty()) {
        if entry.chars().count() > MAX_ENTRY {
            let sentence = format!("“{entry}” is longer than {MAX_ENTRY} characters");
            return Err(Invalid::other(name, sentence));
        }
        if entries
            .iter()
            .any(|other| other.to_lowercase() == entry.to_lowercase())
        {
            return Err(Invalid::other(
                name,
                format!("“{entry}” stands there twice"),
            ));
        }
        entries.push(entry.to_owned());
    }
    if entries.len() > MAX_ENTRIES {
        return Err(Invalid::other(name, format!("at most {MAX_ENTRIES} lines")));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    fn entries() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::btree_set("[a-zäß][a-zäß0-9 ,.'-]{0,20}[a-z]", 0..6)
            .prop_map(|set| set.into_iter().collect())
    }

    fn settings() -> impl Strategy<Value = Settings> {
        let kinds = subsequence(CHOICES.to_vec(), 1..=4).prop_flat_map(|kinds| {
            let most = kinds.len();
            (Just(kinds.clone()), subsequence(kinds, 0..=most))
        });
        let lists = (entries(), entries(), entries(), entries());
        let flags = any::<(bool, bool, bool, bool, bool, bool)>();
        let order = proptest::sample::select(Order::ALL.to_vec());
        let numbers = (1..=50_u32, 0..=100_u32, 1..=1440_u32, 0..=1000_u32);
        let model = "([a-z][a-z/-]{0,20}[a-z])?";
        (kinds, lists, flags, numbers, order, model, "[^\r]{0,200}").prop_map(
            |((kinds, optional), lists, flags, numbers, queue_order, encoder, guidelines)| {
                let mut grade_labels = lists.2;
                if grade_labels.len() < 2 {
                    grade_labels = vec!["right".into(), "wrong".into()];
                }
                Settings {
                    guidelines,
                    kinds,
                    optional,
                    preference_per_aspect: flags.0 && !lists.0.is_empty(),
                    aspects: lists.0,
                    ask_reason: flags.1,
                    error_types: lists.1,
                    overlap: numbers.0,
                    blind: flags.2,
                    check_refinements: flags.3,
                    grade_labels,
                    grade_points: (numbers.3 > 0).then_some(numbers.3),
                    gold_percent: numbers.1,
                    skip_reasons: lists.3,
                    lease_minutes: numbers.2,
                    queue_order,
                    tell_expected: flags.4,
                    learn_simulated: flags.5,
                    encoder,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn a_form_says_the_settings_it_was_made_from(settings in settings()) {
            prop_assert_eq!(Settings::parse(&settings.to_fields()), Ok(settings));
        }

        #[test]
        fn whatever_is_typed_what_is_accepted_survives_another_round(
            pairs in proptest::collection::vec((
                proptest::sample::select(vec!["kinds", "optional", "aspects", "grade_labels", "overlap", "grade_points", "blind", "lease_minutes", "guidelines", "queue_order"]),
                prop_oneof!["[0-9]{1,6}", "(preference|grade|critique)", "\\PC{0,40}", "(\\PC{0,8}\r?\n){0,4}"],
            ), 0..12),
        ) {
            if let Ok(settings) = Settings::parse(&pairs.into_iter().collect()) {
                prop_assert_eq!(Settings::parse(&settings.to_fields()), Ok(settings));
            }
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let fields: Fields = [
            ("kinds", "essay"),
            ("aspects", "Tone\ntone"),
            ("grade_labels", "only one"),
            ("overlap", "0"),
            ("lease_minutes", "soon"),
        ]
        .into_iter()
        .collect();
        let wrong = Settings::parse(&fields).unwrap_err();
        let mut names: Vec<_> = wrong.iter().map(|invalid| invalid.field.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "aspects",
                "grade_labels",
                "kinds",
                "kinds",
                "lease_minutes",
                "overlap"
            ]
        );
    }
}
