//! The gradebook: one question at a time, its rubric, equal answers graded together, the class, one student's page.
//!
//! **Names are hidden unless the teacher asks for them** with `?names=show`; until then students are numbered. The
//! queue (`queue?prompt=…`) is where answers are graded one by one.

mod class;
mod group;
mod overview;
mod question;
mod rubric;
mod student;

use crate::Cx;
use crate::access::Access;
use crate::agreement::Asked;
use crate::error::Result;
use crate::routes::{Route, get, post};
use crate::text::grade as text;
use domain::annotation::Criterion;
use domain::project::Settings;
use domain::{Fields, Provenance, Right};
use leptos::prelude::*;
use std::collections::BTreeMap;
use store::reports::gradebook::{GradedQuestion, StudentAnswer};

/// The addresses.
pub fn routes() -> Vec<Route> {
    let review = Access::Project(Right::Review);
    vec![
        get("/projects/{project}/grades", review, overview::show),
        get("/projects/{project}/grades/class", review, class::show),
        get("/projects/{project}/grades/class.csv", review, class::csv),
        get(
            "/projects/{project}/grades/students/{source}",
            review,
            student::show,
        ),
        get(
            "/projects/{project}/grades/students/{source}/csv",
            review,
            student::csv,
        ),
        get(
            "/projects/{project}/grades/questions/{prompt}",
            review,
            question::show,
        ),
        post(
            "/projects/{project}/grades/questions/{prompt}/rubric",
            review,
            rubric::add,
        ),
        post(
            "/projects/{project}/grades/questions/{prompt}/rubric/{criterion}",
            review,
            rubric::change,
        ),
        post(
            "/projects/{project}/grades/questions/{prompt}/group",
            review,
            group::confirm,
        ),
        post(
            "/projects/{project}/grades/questions/{prompt}/group/apply",
            review,
            group::apply,
        ),
    ]
}

/// What the address asks for, and students by the names that this page may show.
pub(crate) struct Names {
    shown: bool,
    asked: Asked,
    numbers: BTreeMap<String, usize>,
}

impl Names {
    /// Loads the whole gradebook. Numbers follow the identifiers, which tell nothing about a student, so that they are
    /// the same on every page.
    async fn load(cx: &Cx, query: &Fields) -> Result<(Vec<GradedQuestion>, Self)> {
        let asked = Asked::from(query);
        let provenances = asked.provenances();
        let book = cx
            .store()
            .gradebook(&cx.project()?.id, None, &provenances)
            .await?;
        let answers = book.iter().flat_map(|q| &q.answers);
        let mut ids: Vec<&str> = answers.map(|a| a.student.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let numbers = ids.into_iter().map(str::to_owned).zip(1..).collect();
        let shown = query.get("names") == Some("show");
        Ok((
            book,
            Self {
                shown,
                asked,
                numbers,
            },
        ))
    }
    fn of(&self, answer: &StudentAnswer) -> String {
        if self.shown {
            answer.name.clone()
        } else {
            text::student(
                self.numbers
                    .get(answer.student.as_str())
                    .copied()
                    .unwrap_or_default(),
            )
        }
    }
    /// What to put behind an address so that the next page shows what this one does.
    fn query(&self) -> String {
        self.with(self.shown)
    }
    fn with(&self, shown: bool) -> String {
        let names = if shown { "show" } else { "hide" };
        format!("?names={names}&provenance={}", self.asked.provenance_name())
    }
    /// The link that shows or hides them.
    fn toggle(&self, here: &str) -> impl IntoView + use<> {
        let words = if self.shown {
            text::HIDE_NAMES
        } else {
            text::SHOW_NAMES
        };
        let href = format!("{here}{}", self.with(!self.shown));
        view! { <a class="button quiet" href=href>{words}</a> }
    }
    /// Which grades count, and a way to count the others.
    fn counted(&self, here: &str, book: &[GradedQuestion]) -> impl IntoView + use<> {
        let grades = book.iter().flat_map(|q| &q.answers).flat_map(|a| &a.grades);
        let mut left: BTreeMap<Provenance, usize> = BTreeMap::new();
        for grade in grades.filter(|g| !g.counts) {
            *left.entry(grade.provenance).or_default() += 1;
        }
        let names = if self.shown { "show" } else { "hide" };
        let others = left.into_iter().map(|(provenance, count)| {
            let href = format!("{here}?names={names}&provenance={}", provenance.name());
            view! { " " <a href=href>{text::count_others(count, crate::text::agreement::provenance(provenance))}</a> }
        });
        let others = others.collect_view();
        let words = text::counted(self.asked.provenance);
        let people = (self.asked.provenance != Some(Provenance::Person)).then(|| {
            let href = format!("{here}?names={names}");
            view! { " " <a href=href>{text::COUNT_PEOPLE}</a> }
        });
        view! { <p class="muted">{words} {others} {people}</p> }
    }
}

/// The pages of the gradebook.
fn tabs(cx: &Cx, current: &str, names: &Names) -> impl IntoView + use<> {
    let pages = [("grades", text::QUESTIONS), ("grades/class", text::CLASS)];
    let items = pages.map(|(page, words)| {
        let href = format!("{}{}", cx.at(page), names.query());
        view! { <li><a href=href aria-current=(page == current).then_some("page")>{words}</a></li> }
    });
    view! { <ul class="tabs">{items.collect_view()}</ul> }
}

/// What a grade is, in a few words: label, points, or both.
fn summary(answer: &StudentAnswer, rubric: &[Criterion], settings: &Settings) -> Option<String> {
    let given = answer.counting()?;
    let points = (settings.grade_points.is_some() || !rubric.is_empty())
        .then(|| given.grade.points(rubric))
        .flatten()
        .map(text::points);
    Some(match (given.grade.label.clone(), points) {
        (Some(label), Some(points)) => format!("{label} · {points}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => text::GRADED.into(),
    })
}
