//! The drawing. Small on purpose: the box is as wide as a phone, so that its words stay legible there, and
//! a page puts several side by side where there is room.

use super::scale::{self, Scale, short, ticks};
use super::{Chart, Guide, Series};
use std::fmt::Write;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 224.0;
const LEFT: f64 = 46.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 34.0;
/// Room for the names where lines end: as much as the longest needs; without names there is a little for
/// the last tick.
const CHARACTER: f64 = 7.0;
const NO_NAMES: f64 = 14.0;
/// Names stand at least so far apart.
const LINE: f64 = 14.0;
/// Longer names are cut; the table has them whole.
const LONGEST: usize = 13;
/// Points a line keeps: two for every two pixels.
const COLUMNS: usize = 150;

/// The chart as an SVG element.
pub(super) fn svg(chart: &Chart, summary: &str) -> String {
    let named = chart.series.len() > 1 || !chart.guides.is_empty();
    let right = WIDTH - if named { room(chart) } else { NO_NAMES };
    let Some((x, y)) = scales(chart, right) else {
        return String::new();
    };
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escape(summary)
    );
    axes(&mut svg, chart, x, y, right);
    let mut names: Vec<(f64, String, Option<usize>)> = Vec::new();
    for guide in &chart.guides {
        names.push(self::guide(&mut svg, guide, x, y));
    }
    for series in &chart.series {
        band(&mut svg, series, x, y);
    }
    for series in &chart.series {
        if let Some(end) = line(&mut svg, series, x, y) {
            names.push((end, series.name.clone(), Some(series.tone)));
        }
    }
    if named {
        labels(&mut svg, names, right);
    }
    svg.push_str("</svg>");
    svg
}

/// How much room the names take.
fn room(chart: &Chart) -> f64 {
    let guides = chart.guides.iter().map(|guide| match guide {
        Guide::Level(_, name) | Guide::Diagonal(name) => name,
    });
    let names = chart.series.iter().map(|it| &it.name).chain(guides);
    let longest = names.map(|name| cut(name).chars().count()).max();
    14.0 + CHARACTER * longest.unwrap_or(0) as f64
}

fn scales(chart: &Chart, right: f64) -> Option<(Scale, Scale)> {
    let points = || chart.series.iter().flat_map(Series::finite);
    let bands = || chart.series.iter().flat_map(|series| &series.band);
    let (from, to) = scale::range(points().map(|(x, _)| x))?;
    let x = Scale {
        from,
        to,
        start: LEFT,
        end: right,
    };
    let (low, high) = match chart.range {
        Some(range) => range,
        None => {
            let levels = chart.guides.iter().filter_map(|guide| match guide {
                Guide::Level(level, _) => Some(*level),
                Guide::Diagonal(_) => None,
            });
            let values = points()
                .map(|(_, y)| y)
                .chain(bands().flat_map(|&(_, low, high)| [low, high]))
                .chain(levels);
            let (low, high) = scale::range(values)?;
            let room = (high - low) * 0.06;
            // what starts near 0 starts at 0
            let floor = if low >= 0.0 && low < (high - low) * 0.25 {
                0.0
            } else {
                low - room
            };
            (floor, high + room)
        }
    };
    let y = Scale {
        from: low,
        to: high,
        start: HEIGHT - BOTTOM,
        end: TOP,
    };
    Some((x, y))
}

fn axes(svg: &mut String, chart: &Chart, x: Scale, y: Scale, right: f64) {
    let floor = HEIGHT - BOTTOM;
    for tick in ticks(y.from, y.to, 4) {
        let at = y.place(tick);
        let class = if tick == 0.0 { "grid zero" } else { "grid" };
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at}\" y2=\"{at}\"/>\
             <text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            short(tick)
        );
    }
    for tick in ticks(x.from, x.to, 4) {
        let at = x.place(tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{at}\" x2=\"{at}\" y1=\"{floor}\" y2=\"{}\"/>\
             <text class=\"tick\" x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            floor + 4.0,
            floor + 16.0,
            short(tick)
        );
    }
    let _ = write!(
        svg,
        "<line class=\"base\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{floor}\" y2=\"{floor}\"/>\
         <text class=\"tick\" x=\"{right}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        HEIGHT - 4.0,
        escape(&chart.x)
    );
}

/// A guide, and where its name stands.
fn guide(svg: &mut String, guide: &Guide, x: Scale, y: Scale) -> (f64, String, Option<usize>) {
    let ((from, to), name) = match guide {
        Guide::Level(level, name) => ((*level, *level), name),
        Guide::Diagonal(name) => ((x.from, x.to), name),
    };
    let (start, end) = (y.place(from), y.place(to));
    let _ = write!(
        svg,
        "<line class=\"guide\" x1=\"{}\" x2=\"{}\" y1=\"{start}\" y2=\"{end}\"/>",
        x.start, x.end
    );
    (end, name.clone(), None)
}

fn band(svg: &mut String, series: &Series, x: Scale, y: Scale) {
    let finite = |&&(at, low, high): &&(f64, f64, f64)| {
        at.is_finite() && low.is_finite() && high.is_finite()
    };
    let points: Vec<_> = series.band.iter().filter(finite).collect();
    if let [(at, low, high)] = points[..] {
        let at = x.place(*at);
        let (low, high) = (y.place(*low), y.place(*high));
        let _ = write!(
            svg,
            "<line class=\"whisker tone-{}\" x1=\"{at}\" x2=\"{at}\" y1=\"{low}\" y2=\"{high}\"/>",
            series.tone
        );
        return;
    }
    if points.is_empty() {
        return;
    }
    let upper = points.iter().map(|(at, _, high)| (*at, *high));
    let lower = points.iter().rev().map(|(at, low, _)| (*at, *low));
    let outline: Vec<String> = upper
        .chain(lower)
        .map(|(at, value)| format!("{},{}", x.place(at), y.place(value)))
        .collect();
    let _ = write!(
        svg,
        "<polygon class=\"band tone-{}\" points=\"{}\"/>",
        series.tone,
        outline.join(" ")
    );
}

/// The line; where it ends, if it has a point at all. Few points are drawn as dots too.
fn line(svg: &mut String, series: &Series, x: Scale, y: Scale) -> Option<f64> {
    let mut last = None;
    let mut dots = Vec::new();
    for part in series
        .points
        .split(|(at, value)| !at.is_finite() || !value.is_finite())
        .filter(|part| !part.is_empty())
    {
        let places: Vec<(f64, f64)> = thinned(part, x)
            .into_iter()
            .map(|(at, value)| (x.place(at), y.place(value)))
            .collect();
        last = places.last().copied().or(last);
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x},{y}")).collect();
        if path.len() > 1 {
            let _ = write!(
                svg,
                "<polyline class=\"line tone-{}\" points=\"{}\"/>",
                series.tone,
                path.join(" ")
            );
        }
        if part.len() <= 12 {
            dots.extend(places);
        }
    }
    if let Some(end) = last
        && !dots.contains(&end)
    {
        dots.push(end);
    }
    for (x, y) in dots {
        let _ = write!(
            svg,
            "<circle class=\"dot tone-{}\" cx=\"{x}\" cy=\"{y}\" r=\"2.6\"/>",
            series.tone
        );
    }
    last.map(|(_, y)| y)
}

/// At most two points for each column of the drawing, the lowest and the highest, so that no spike is lost.
fn thinned(points: &[(f64, f64)], x: Scale) -> Vec<(f64, f64)> {
    if points.len() <= 2 * COLUMNS {
        return points.to_vec();
    }
    let column = |at: f64| (x.place(at) / (WIDTH / COLUMNS as f64)).floor();
    let mut kept = Vec::with_capacity(2 * COLUMNS);
    for group in points.chunk_by(|a, b| column(a.0).total_cmp(&column(b.0)).is_eq()) {
        let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let (low, high) = (
            group.iter().min_by(by_height),
            group.iter().max_by(by_height),
        );
        let mut pair: Vec<(f64, f64)> = low.into_iter().chain(high).copied().collect();
        pair.sort_by(|a, b| a.0.total_cmp(&b.0));
        pair.dedup();
        kept.extend(pair);
    }
    // a line ends where its last number stands
    if let Some(last) = points.last()
        && kept.last() != Some(last)
    {
        kept.push(*last);
    }
    kept
}

/// The names beside the ends, moved apart where they would cover each other.
fn labels(svg: &mut String, mut names: Vec<(f64, String, Option<usize>)>, right: f64) {
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut places: Vec<f64> = names.iter().map(|(at, ..)| *at).collect();
    for n in 1..places.len() {
        places[n] = places[n].max(places[n - 1] + LINE);
    }
    // what was pushed below the edge goes up again, taking its neighbours along
    let mut floor = HEIGHT - BOTTOM + 4.0;
    for place in places.iter_mut().rev() {
        *place = place.min(floor);
        floor = *place - LINE;
    }
    for ((end, name, tone), at) in names.into_iter().zip(places) {
        let class = tone.map_or_else(|| "guide".to_owned(), |tone| format!("line tone-{tone}"));
        let _ = write!(
            svg,
            "<polyline class=\"{class} leader\" points=\"{},{end} {},{at}\"/>\
             <text class=\"name\" x=\"{}\" y=\"{}\"><title>{}</title>{}</text>",
            right + 2.0,
            right + 9.0,
            right + 12.0,
            at + 4.0,
            escape(&name),
            escape(&cut(&name))
        );
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let kept: String = name.chars().take(LONGEST - 1).collect();
    format!("{}…", kept.trim_end())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXIS: Scale = Scale {
        from: 0.0,
        to: 10_000.0,
        start: LEFT,
        end: 280.0,
    };

    #[test]
    fn thousands_of_points_become_hundreds_and_no_spike_is_lost() {
        let mut points: Vec<(f64, f64)> = (0..10_000)
            .map(|n| (f64::from(n), f64::from(n % 7)))
            .collect();
        points[4_321].1 = 99.0;
        points[8_765].1 = -5.0;
        let kept = thinned(&points, AXIS);
        assert!(kept.len() <= 2 * COLUMNS + 1, "{}", kept.len());
        assert!(kept.contains(&(4_321.0, 99.0)) && kept.contains(&(8_765.0, -5.0)));
        assert_eq!(kept.last(), points.last());
        assert!(kept.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn names_that_end_at_one_place_do_not_cover_each_other() {
        let names = (0..8)
            .map(|n| (HEIGHT - BOTTOM, format!("run {n}"), Some(n)))
            .collect();
        let mut svg = String::new();
        labels(&mut svg, names, 280.0);
        let mut heights: Vec<f64> = svg
            .split("<text class=\"name\" ")
            .skip(1)
            .map(|part| {
                let from = part.find("y=\"").unwrap() + 3;
                let rest = &part[from..];
                rest[..rest.find('"').unwrap()].parse().unwrap()
            })
            .collect();
        assert_eq!(heights.len(), 8);
        heights.sort_by(f64::total_cmp);
        assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= LINE));
        assert!(
            heights.iter().all(|at| (0.0..=HEIGHT).contains(at)),
            "{heights:?}"
        );
    }

    #[test]
    fn lines_stay_inside_the_box() {
        let chart = Chart {
            title: "Margin".into(),
            x: "step".into(),
            series: vec![
                Series::new("one", 0, vec![(0.0, -3.0), (5.0, 40.0), (9.0, 1.0)]),
                Series::new("two", 1, vec![(3.0, 2.0)]),
            ],
            guides: vec![Guide::Level(0.0, "none".into())],
            ..Chart::default()
        };
        let svg = svg(&chart, "x");
        for points in svg.split("points=\"").skip(1) {
            let points = &points[..points.find('"').unwrap()];
            for point in points.split(' ') {
                let (x, y) = point.split_once(',').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                assert!(
                    (0.0..=WIDTH).contains(&x) && (0.0..=HEIGHT).contains(&y),
                    "{point}"
                );
            }
        }
    }
}
