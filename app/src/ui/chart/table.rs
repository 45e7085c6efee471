//! The numbers behind a chart, for those who read rather than look.

use super::{Chart, short};
use crate::text::chart as text;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Rows the page shows; the run's file has all.
const ROWS: usize = 24;

/// One row a place on the horizontal axis, one column a series.
pub(super) fn view(chart: &Chart) -> impl IntoView + use<> {
    let rows = rows(chart);
    let shown = chosen(rows.len());
    let left_out = rows.len() - shown.len();
    let head = chart
        .series
        .iter()
        .map(
            |series| view! { <th scope="col" class="number" dir="auto">{series.name.clone()}</th> },
        )
        .collect_view();
    let body = shown
        .into_iter()
        .map(|n| {
            let (x, values) = &rows[n];
            let cells = values
                .iter()
                .map(|value| view! { <td class="number">{value.map(short)}</td> })
                .collect_view();
            view! { <tr><th scope="row">{short(*x)}</th>{cells}</tr> }
        })
        .collect_view();
    let title = chart.title.clone();
    view! {
        <details>
            <summary>{text::NUMBERS}<span class="visually-hidden">{format!(": {title}")}</span></summary>
            <div class="table" tabindex="0" role="region" aria-label=title>
                <table>
                    <thead><tr><th scope="col">{chart.x.clone()}</th>{head}</tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
            {(left_out > 0).then(|| view! { <p class="muted"><small>{text::left_out(left_out)}</small></p> })}
        </details>
    }
}

fn rows(chart: &Chart) -> Vec<(f64, Vec<Option<f64>>)> {
    // finite numbers of one sign sort like their bits; a key that sorts all of them flips the negative ones
    let key = |x: f64| {
        let bits = x.to_bits().cast_signed();
        bits ^ (((bits >> 63).cast_unsigned() >> 1).cast_signed())
    };
    let mut rows: BTreeMap<i64, (f64, Vec<Option<f64>>)> = BTreeMap::new();
    for (n, series) in chart.series.iter().enumerate() {
        for (x, y) in series.finite() {
            let row = rows
                .entry(key(x))
                .or_insert_with(|| (x, vec![None; chart.series.len()]));
            row.1[n] = Some(y);
        }
    }
    rows.into_values().collect()
}

/// Which rows are shown: the first, the last, and evenly some between.
fn chosen(count: usize) -> Vec<usize> {
    if count <= ROWS {
        return (0..count).collect();
    }
    (0..ROWS).map(|n| n * (count - 1) / (ROWS - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Series;
    use super::*;

    #[test]
    fn series_meet_in_rows_by_rising_x() {
        let chart = Chart {
            series: vec![
                Series::new("a", 0, vec![(-2.0, 1.0), (-1.0, 2.0), (3.0, 3.0)]),
                Series::new("b", 1, vec![(-1.0, 5.0), (10.0, 6.0)]),
            ],
            ..Chart::default()
        };
        let expected = vec![
            (-2.0, vec![Some(1.0), None]),
            (-1.0, vec![Some(2.0), Some(5.0)]),
            (3.0, vec![Some(3.0), None]),
            (10.0, vec![None, Some(6.0)]),
        ];
        assert_eq!(rows(&chart), expected);
    }

    #[test]
    fn long_tables_show_both_ends() {
        let chosen = chosen(1000);
        assert_eq!((chosen.first(), chosen.last()), (Some(&0), Some(&999)));
        assert_eq!(chosen.len(), ROWS);
    }
}
