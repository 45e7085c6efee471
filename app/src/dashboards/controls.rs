//! The leaderboard's other scores: with length or style held equal, and against a baseline. They are computed from single
//! verdicts and kept ([`store::evaluation::derived`]), and say of when they are.

use super::asked::Asked;
use super::saved::{Sheet, count};
use crate::Cx;
use crate::agreement::encode;
use crate::error::Result;
use crate::text::{controls as text, dashboards as common};
use crate::ui::chart::{Whisker, intervals};
use crate::ui::interval::{Axis, drawing};
use crate::ui::{Select, time};
use domain::Fields;
use domain::stats::Interval;
use leptos::prelude::*;
use std::cmp::Ordering;
use store::evaluation::{AgainstAll, Controlled, ControlledScore, Derived, What};
use store::reports::standings::{Board, Standing};

/// Odds of seven to one either way.
const AXIS: Axis = Axis {
    from: -2.0,
    to: 2.0,
    marks: &[0.0],
};

/// Which scores an address asks for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scores {
    Plain,
    Length,
    Style,
    /// Against this entrant.
    Against(i64),
}

impl Scores {
    /// The scores that are asked for; plain ones where nothing was compared.
    pub(super) fn asked(fields: &Fields, board: &Board) -> Self {
        if board.basis.comparisons == 0 {
            return Self::Plain;
        }
        match fields.get("scores") {
            Some("length") => Self::Length,
            Some("style") => Self::Style,
            Some("against") => baseline(fields, board).map_or(Self::Plain, Self::Against),
            _ => Self::Plain,
        }
    }

    pub(super) fn lead(self) -> &'static str {
        match self {
            Self::Plain => common::LEAD_BOARD,
            Self::Length => text::LEAD_LENGTH,
            Self::Style => text::LEAD_STYLE,
            Self::Against(_) => text::LEAD_AGAINST,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Length => "length",
            Self::Style => "style",
            Self::Against(_) => "against",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Plain => text::PLAIN,
            Self::Length => text::LENGTH,
            Self::Style => text::STYLE,
            Self::Against(_) => text::AGAINST,
        }
    }
}

/// The named baseline, else the model that met the others most often: in an evaluation against one, that is it.
fn baseline(fields: &Fields, board: &Board) -> Option<i64> {
    let named = fields
        .get("baseline")
        .and_then(|n| n.parse::<i64>().ok())
        .filter(|n| board.lines.iter().any(|line| line.entrant == *n));
    named.or_else(|| {
        let most = board.lines.iter().max_by_key(|line| line.n)?;
        Some(most.entrant)
    })
}

/// The choice between them, beside judge and aspect.
pub(super) fn choices(scores: Scores, board: &Board) -> impl IntoView + use<> {
    if board.basis.comparisons == 0 {
        return None;
    }
    let kinds = [
        ("", text::PLAIN),
        ("length", text::LENGTH),
        ("style", text::STYLE),
        ("against", text::AGAINST),
    ];
    let kinds = kinds.map(|(name, words)| (name.to_owned(), words.to_owned()));
    let against = match scores {
        Scores::Against(entrant) => {
            let mut models: Vec<_> = board
                .lines
                .iter()
                .map(|line| (line.entrant.to_string(), line.name.clone()))
                .collect();
            models.sort_by(|a, b| a.1.cmp(&b.1));
            Some(
                view! { <Select name="baseline" label=text::BASELINE choices=models chosen=entrant.to_string() /> },
            )
        }
        _ => None,
    };
    Some(view! {
        <Select name="scores" label=text::SCORES choices=kinds.to_vec() chosen=scores.name() />
        {against}
    })
}

/// What was computed.
enum Found {
    Controlled(Controlled),
    Against(AgainstAll),
}

/// A board with other scores: its file, and what stands on the page.
pub(super) struct Shown<'a> {
    board: &'a Board,
    scores: Scores,
    found: Option<Found>,
    /// When it was computed, and whether newer verdicts wait.
    of: Option<(i64, bool)>,
}

impl<'a> Shown<'a> {
    pub(super) async fn read(
        cx: &Cx,
        asked: &Asked,
        board: &'a Board,
        scores: Scores,
    ) -> Result<Option<Self>> {
        let Some(of) = asked.of(cx) else {
            return Ok(None);
        };
        let what = match scores {
            Scores::Plain => return Ok(None),
            Scores::Length => What::Length,
            Scores::Style => What::Style,
            Scores::Against(entrant) => What::Baseline(entrant),
        };
        let mut shown = Self {
            board,
            scores,
            found: None,
            of: None,
        };
        if let Scores::Against(_) = scores {
            shown.take(cx.store().derived(of, what).await?, Found::Against);
        } else {
            shown.take(cx.store().derived(of, what).await?, Found::Controlled);
        }
        Ok(Some(shown))
    }

    fn take<T>(&mut self, derived: Derived<T>, found: impl Fn(T) -> Found) {
        if let Derived::Ready {
            result,
            computed_at,
            behind,
        } = derived
        {
            self.found = Some(found(result));
            self.of = Some((computed_at, behind));
        }
    }

    fn line(&self, entrant: i64) -> Option<&Standing> {
        self.board.lines.iter().find(|line| line.entrant == entrant)
    }

    fn name(&self, entrant: i64) -> String {
        self.line(entrant)
            .map_or_else(|| entrant.to_string(), |line| line.name.clone())
    }

    /// The table and the picture as files.
    pub(super) fn sheet(&self, asked: &Asked) -> Sheet {
        let title = format!(
            "{}, {}: {}",
            common::BOARD,
            self.scores.title(),
            asked.place()
        );
        match &self.found {
            Some(Found::Against(found)) => self.against_sheet(found, title),
            Some(Found::Controlled(found)) => self.controlled_sheet(found, title),
            None => Sheet {
                name: "leaderboard",
                title,
                columns: Vec::new(),
                rows: Vec::new(),
                picture: None,
            },
        }
    }

    fn controlled_sheet(&self, found: &Controlled, title: String) -> Sheet {
        let end = |it: Option<Interval>, high: bool| {
            it.map(|it| if high { it.high } else { it.low }).into()
        };
        let of_model = |it: &ControlledScore| {
            let plain = self.line(it.entrant).and_then(|line| line.score);
            vec![
                "model".into(),
                self.name(it.entrant).as_str().into(),
                it.score.into(),
                end(it.interval, false),
                end(it.interval, true),
                it.ranks.map(|it| it.0 as f64).into(),
                it.ranks.map(|it| it.1 as f64).into(),
                plain.into(),
            ]
        };
        let mut rows: Vec<Vec<_>> = in_order(found).into_iter().map(of_model).collect();
        rows.extend(found.moves.iter().map(|it| {
            vec![
                "trait".into(),
                text::trait_name(it.of).into(),
                Some(it.coefficient).into(),
                Some(it.interval.low).into(),
                Some(it.interval.high).into(),
                None::<f64>.into(),
                None::<f64>.into(),
                None::<f64>.into(),
            ]
        }));
        let whiskers: Vec<Whisker> = in_order(found)
            .into_iter()
            .filter_map(|it| {
                Some(Whisker {
                    name: self.name(it.entrant),
                    value: it.score?,
                    interval: it.interval.map(|it| (it.low, it.high)),
                    thin: self
                        .line(it.entrant)
                        .is_some_and(|line| line.n < super::FEW),
                })
            })
            .take(super::board::DRAWN)
            .collect();
        let picture = intervals(&title, common::AXIS, Some(1000.0), &whiskers);
        Sheet {
            name: "leaderboard",
            columns: vec![
                "kind",
                "name",
                "value",
                "low",
                "high",
                "rank_low",
                "rank_high",
                "plain_score",
            ],
            rows,
            picture: Some(picture).filter(|it| !it.is_empty()),
            title,
        }
    }

    fn against_sheet(&self, found: &AgainstAll, title: String) -> Sheet {
        let rows = found.models.iter().map(|it| {
            vec![
                self.name(it.entrant).as_str().into(),
                Some(it.rate).into(),
                it.standard_error.into(),
                it.controlled.into(),
                it.interval.map(|it| it.low).into(),
                it.interval.map(|it| it.high).into(),
                it.length.into(),
                Some(it.characters).into(),
                count(i64::try_from(it.prompts).unwrap_or(0)),
            ]
        });
        let whiskers: Vec<Whisker> = found
            .models
            .iter()
            .filter_map(|it| {
                Some(Whisker {
                    name: self.name(it.entrant),
                    value: it.controlled?,
                    interval: it.interval.map(|it| (it.low, it.high)),
                    thin: it.prompts < usize::try_from(super::FEW).unwrap_or(0),
                })
            })
            .take(super::board::DRAWN)
            .collect();
        let picture = intervals(&title, text::AXIS_AGAINST, Some(50.0), &whiskers);
        Sheet {
            name: "win-rates",
            columns: vec![
                "model",
                "win_rate",
                "standard_error",
                "length_controlled",
                "low",
                "high",
                "length_coefficient",
                "characters",
                "prompts",
            ],
            rows: rows.collect(),
            picture: Some(picture).filter(|it| !it.is_empty()),
            title,
        }
    }

    /// What stands on the page below the choices.
    pub(super) fn view(&self, cx: &Cx, asked: &Asked, picture: Option<&str>) -> AnyView {
        let Some((found, (at, behind))) = self.found.as_ref().zip(self.of) else {
            return view! { <p class="notice">{text::WAITING}</p> }.into_any();
        };
        let all = self.board.basis.comparisons;
        let (table, read, plot) = match found {
            Found::Controlled(found) => (
                view! { {self.controlled(cx, asked, found)}{moves(found)} }.into_any(),
                found.comparisons,
                common::PLOT,
            ),
            Found::Against(found) => (
                self.against(cx, asked, found).into_any(),
                usize::try_from(all).unwrap_or(0),
                text::PLOT_AGAINST,
            ),
        };
        let figure = picture.map(|svg| {
            view! {
                <figure class="chart dash-plot">
                    <figcaption><h2>{plot}</h2></figcaption>
                    <div inner_html=svg.to_owned()></div>
                </figure>
            }
        });
        let minute = time::minute(at);
        view! {
            <p class="dash-facts">{text::as_of(&minute, read, all, behind)}</p>
            {table}
            {figure}
            {asked.save(cx, super::board::PAGE, picture.is_some())}
        }
        .into_any()
    }

    fn href(cx: &Cx, asked: &Asked, entrant: i64) -> String {
        format!(
            "{}{}&model={}",
            cx.at("dashboards/prompts"),
            asked.query(Some(asked.node_id())),
            encode(&entrant.to_string())
        )
    }

    fn controlled(&self, cx: &Cx, asked: &Asked, found: &Controlled) -> impl IntoView + use<> {
        let rows = in_order(found).into_iter().map(|it| {
            let plain = self.line(it.entrant).and_then(|line| line.score);
            let change = it.score.zip(plain).map(|(now, plain)| now - plain);
            view! {
                <tr>
                    <td class="number">{common::ranks(it.ranks)}</td>
                    <th scope="row"><a href=Self::href(cx, asked, it.entrant) dir="auto">{self.name(it.entrant)}</a></th>
                    <td class="number">{common::score(it.score)}</td>
                    <td>{common::score_interval(it.interval)}</td>
                    <td class="number">{common::score(plain)}</td>
                    <td class="number">{text::change(change)}</td>
                </tr>
            }
        });
        view! {
            <div class="table dash-table" tabindex="0" role="region" aria-label=common::BOARD>
                <table>
                    <thead><tr>
                        <th scope="col" class="number">{common::RANK}</th>
                        <th scope="col">{common::MODEL}</th>
                        <th scope="col" class="number">{text::SCORE}</th>
                        <th scope="col">{text::INTERVAL}</th>
                        <th scope="col" class="number">{text::AS_JUDGED}</th>
                        <th scope="col" class="number">{text::CHANGE}</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
    }

    fn against(&self, cx: &Cx, asked: &Asked, found: &AgainstAll) -> impl IntoView + use<> {
        let rows = found.models.iter().map(|it| {
            view! {
                <tr>
                    <th scope="row"><a href=Self::href(cx, asked, it.entrant) dir="auto">{self.name(it.entrant)}</a></th>
                    <td class="number">{text::rate(it.controlled)}</td>
                    <td>{text::rate_interval(it.interval)}</td>
                    <td class="number">{text::rate(Some(it.rate))}</td>
                    <td class="number">{text::error(it.standard_error)}</td>
                    <td class="number">{it.length.map(text::coefficient)}</td>
                    <td class="number">{format!("{:.0}", it.characters)}</td>
                    <td class="number">{it.prompts}</td>
                </tr>
            }
        });
        let facts = match self.scores {
            Scores::Against(entrant) => {
                let with = self.line(entrant).map_or(0, |line| line.n);
                let all = self.board.basis.comparisons;
                Some(
                    view! { <p dir="auto">{text::baseline(&self.name(entrant), found.characters, with, all)}</p> },
                )
            }
            _ => None,
        };
        let alone =
            (!found.difficulties).then(|| view! { <p class="notice">{text::NO_DIFFICULTIES}</p> });
        view! {
            {facts}
            {alone}
            <div class="table dash-table" tabindex="0" role="region" aria-label=common::BOARD>
                <table>
                    <thead><tr>
                        <th scope="col">{common::MODEL}</th>
                        <th scope="col" class="number">{text::CONTROLLED}</th>
                        <th scope="col">{text::INTERVAL}</th>
                        <th scope="col" class="number">{text::WIN_RATE}</th>
                        <th scope="col" class="number">{text::ERROR}</th>
                        <th scope="col" class="number">{text::PHI}</th>
                        <th scope="col" class="number">{text::CHARACTERS}</th>
                        <th scope="col" class="number">{text::PROMPTS}</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            <p class="muted">{text::HOW_AGAINST}</p>
        }
    }
}

/// The best first; those without a score last.
fn in_order(found: &Controlled) -> Vec<&ControlledScore> {
    let mut all: Vec<&ControlledScore> = found.scores.iter().collect();
    all.sort_by(|a, b| match (a.score, b.score) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (None, None) => Ordering::Equal,
        (a, _) => a.is_none().cmp(&true).reverse(),
    });
    all
}

/// How much length, headers, lists and bold move a verdict.
fn moves(found: &Controlled) -> impl IntoView + use<> {
    if found.moves.is_empty() {
        return view! { <p class="notice">{text::NONE_MOVES}</p> }.into_any();
    }
    let rows = found.moves.iter().map(|it| {
        view! {
            <tr>
                <th scope="row">{text::trait_name(it.of)}</th>
                <td class="number">{text::odds(it.coefficient)}</td>
                <td>{text::odds_interval(it.interval)}</td>
                <td class="number">{text::coefficient(it.coefficient)}</td>
                <td>{drawing(AXIS, Some(it.coefficient), Some(it.interval))}</td>
            </tr>
        }
    });
    view! {
        <h2>{text::MOVES}</h2>
        <div class="table" tabindex="0" role="region" aria-label=text::MOVES>
            <table>
                <thead><tr>
                    <th scope="col">{text::TRAIT}</th>
                    <th scope="col" class="number">{text::ODDS}</th>
                    <th scope="col">{text::INTERVAL}</th>
                    <th scope="col" class="number">{text::COEFFICIENT}</th>
                    <th scope="col">{common::DRAWN}</th>
                </tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <p class="muted">{text::HOW}</p>
    }
    .into_any()
}
