//! Pictures of the dashboards: intervals on one axis, a treemap, a heat map. Pure functions from numbers to SVG.
//! The box is as wide as a phone; [`file`] makes a picture that stands on its own.

use super::scale::{self, Scale, short, ticks};
use std::fmt::Write;

pub(super) const WIDTH: f64 = 380.0;
pub(super) const NAMES: f64 = 118.0;
pub(super) const ROW: f64 = 20.0;
/// A row whose name stands above its line.
const TALL: f64 = 34.0;
const FOOT: f64 = 34.0;
/// Characters of a name beside its line, and above it.
pub(super) const LONGEST: usize = 16;
const LONG: usize = 56;

/// The look of a picture that was saved: the page's light colours.
const LOOK: &str = include_str!("picture.css");

/// One line of [`intervals`].
#[derive(Clone, Debug, PartialEq)]
pub struct Whisker {
    /// Its name.
    pub name: String,
    /// Its number.
    pub value: f64,
    /// Its interval, low and high.
    pub interval: Option<(f64, f64)>,
    /// Whether it stands on little.
    pub thin: bool,
}

/// One area of [`treemap`].
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Its name.
    pub name: String,
    /// Where it leads.
    pub href: String,
    /// How large; above 0.
    pub size: f64,
    /// Its share, from 0 to 1, which colours it; none is grey.
    pub share: Option<f64>,
    /// Said about it as a whole.
    pub note: String,
}

/// A text for markup.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn cut(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        return name.to_owned();
    }
    let kept: String = name.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A name that ends at `x` beside its line, cut to so many characters, whole in its title.
pub(super) fn name(name: &str, x: f64, longest: usize, middle: f64) -> String {
    format!(
        "<text class=\"name\" x=\"{x}\" y=\"{}\" text-anchor=\"end\"><title>{}</title>{}</text>",
        middle + 4.0,
        escape(name),
        escape(&cut(name, longest))
    )
}

/// Which of seven colours a share has: 0 far below one half, 3 about one half, 6 far above.
pub fn step(share: f64) -> usize {
    [0.2, 0.35, 0.45, 0.55, 0.65, 0.8]
        .iter()
        .filter(|edge| share >= **edge)
        .count()
}

/// A picture down to `floor` with its horizontal axis and a guide, still open.
pub(super) fn begun(summary: &str, axis: &str, x: Scale, guide: Option<f64>, floor: f64) -> String {
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">",
        floor + FOOT,
        escape(summary)
    );
    for tick in ticks(x.from, x.to, 4) {
        let at = x.place(tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{at}\" x2=\"{at}\" y1=\"0\" y2=\"{floor}\"/>\
             <text class=\"tick\" x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            floor + 14.0,
            short(tick)
        );
    }
    if let Some(guide) = guide {
        let at = x.place(guide);
        let _ = write!(
            svg,
            "<line class=\"guide\" x1=\"{at}\" x2=\"{at}\" y1=\"0\" y2=\"{floor}\"/>"
        );
    }
    let _ = write!(
        svg,
        "<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        WIDTH - 10.0,
        floor + 30.0,
        escape(axis)
    );
    svg
}

/// Numbers with their intervals, one below the other, on one axis with a guide. Names stand beside their lines, or, where
/// one of them is long, all of them above.
pub fn intervals(summary: &str, axis: &str, guide: Option<f64>, rows: &[Whisker]) -> String {
    let numbers = rows.iter().flat_map(|row| {
        let (low, high) = row.interval.unwrap_or((row.value, row.value));
        [row.value, low, high]
    });
    let Some((from, to)) = scale::range(numbers.chain(guide)) else {
        return String::new();
    };
    let above = rows.iter().any(|row| row.name.chars().count() > LONGEST);
    let (height, start) = if above {
        (TALL, 12.0)
    } else {
        (ROW, NAMES + 8.0)
    };
    let x = Scale {
        from,
        to,
        start,
        end: WIDTH - 10.0,
    };
    let floor = height * rows.len() as f64 + 6.0;
    let mut svg = begun(summary, axis, x, guide, floor);
    for (row, bottom) in rows.iter().zip((1..).map(|n| f64::from(n) * height)) {
        let middle = bottom - 6.0;
        if above {
            let _ = write!(
                svg,
                "<text class=\"name\" x=\"0\" y=\"{}\"><title>{}</title>{}</text>",
                middle - 10.0,
                escape(&row.name),
                escape(&cut(&row.name, LONG))
            );
        } else {
            svg.push_str(&name(&row.name, NAMES, LONGEST, middle));
        }
        let class = if row.thin { " thin" } else { "" };
        if let Some((low, high)) = row.interval {
            let (low, high) = (x.place(low), x.place(high));
            let _ = write!(
                svg,
                "<path class=\"whisker tone-0{class}\" d=\"M{low} {}v8M{low} {middle}H{high}M{high} {}v8\"/>",
                middle - 4.0,
                middle - 4.0
            );
        }
        let _ = write!(
            svg,
            "<circle class=\"dot tone-0{class}\" cx=\"{}\" cy=\"{middle}\" r=\"3.6\"/>",
            x.place(row.value)
        );
    }
    svg.push_str("</svg>");
    svg
}

/// A place in the box: x, y, width, height.
type Rect = (f64, f64, f64, f64);

/// Squarified treemap (Bruls, Huizing and van Wijk 2000): rectangles of these sizes, as square as can be, filling
/// the box; in the order of `sizes`, which must fall and be above 0.
fn squarify(sizes: &[f64], bounds: Rect) -> Vec<Rect> {
    let total: f64 = sizes.iter().sum();
    let (mut x, mut y, mut width, mut height) = bounds;
    let unit = width * height / total;
    let (mut placed, mut rest) = (Vec::with_capacity(sizes.len()), sizes);
    while !rest.is_empty() {
        let side = width.min(height);
        // the worst ratio of sides in a row of the first `n`
        let worst = |n: usize| {
            let sum: f64 = rest[..n].iter().sum::<f64>() * unit;
            let thick = sum / side;
            let ratio = |size: &f64| {
                let long = size * unit / thick;
                (long / thick).max(thick / long)
            };
            rest[..n].iter().map(ratio).fold(0.0, f64::max)
        };
        let mut n = 1;
        while n < rest.len() && worst(n + 1) <= worst(n) {
            n += 1;
        }
        let (row, after) = rest.split_at(n);
        let sum: f64 = row.iter().sum::<f64>() * unit;
        let thick = sum / side;
        let mut along = 0.0;
        for size in row {
            let long = size * unit / thick;
            placed.push(if width <= height {
                (x + along, y, long, thick)
            } else {
                (x, y + along, thick, long)
            });
            along += long;
        }
        if width <= height {
            (y, height) = (y + thick, height - thick);
        } else {
            (x, width) = (x + thick, width - thick);
        }
        rest = after;
    }
    placed
}

/// Areas by size, coloured by share, each a link.
pub fn treemap(summary: &str, areas: &[Area]) -> String {
    const HEIGHT: f64 = 300.0;
    let mut areas: Vec<&Area> = areas.iter().filter(|area| area.size > 0.0).collect();
    areas.sort_by(|a, b| b.size.total_cmp(&a.size));
    let sizes: Vec<f64> = areas.iter().map(|area| area.size).collect();
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"group\" aria-label=\"{}\">",
        escape(summary)
    );
    let tenth = |number: f64| (number * 10.0).round() / 10.0;
    for (area, (x, y, width, height)) in areas
        .iter()
        .zip(squarify(&sizes, (0.0, 0.0, WIDTH, HEIGHT)))
    {
        let class = area
            .share
            .map_or_else(|| "none".to_owned(), |share| step(share).to_string());
        let _ = write!(
            svg,
            "<a href=\"{}\"><title>{}</title><rect class=\"area step-{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            escape(&area.href),
            escape(&format!("{}: {}", area.name, area.note)),
            tenth(x + 0.75),
            tenth(y + 0.75),
            tenth((width - 1.5).max(0.1)),
            tenth((height - 1.5).max(0.1)),
        );
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a width in characters of at most fifty"
        )]
        let room = ((width - 8.0) / 6.6).clamp(0.0, 50.0) as usize;
        // what is written on the area is in its title too, uncut
        if room >= 3 && height >= 18.0 {
            let _ = write!(
                svg,
                "<text class=\"on step-{class}\" aria-hidden=\"true\" x=\"{}\" y=\"{}\">{}</text>",
                tenth(x + 5.0),
                tenth(y + 14.0),
                escape(&cut(&area.name, room))
            );
        }
        if let Some(share) = area.share.filter(|_| room >= 4 && height >= 34.0) {
            let _ = write!(
                svg,
                "<text class=\"on step-{class}\" aria-hidden=\"true\" x=\"{}\" y=\"{}\">{:.0} %</text>",
                tenth(x + 5.0),
                tenth(y + 29.0),
                share * 100.0
            );
        }
        svg.push_str("</a>");
    }
    svg.push_str("</svg>");
    svg
}

/// A square of shares: row against column, with the names at the left and numbers above.
pub fn heat(summary: &str, names: &[String], cells: &[Vec<Option<f64>>]) -> String {
    let size = names.len().max(1) as f64;
    let side = ((WIDTH - NAMES - 10.0) / size).max(9.0);
    let (width, height) = (NAMES + 10.0 + side * size, side * size + 22.0);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">",
        escape(summary)
    );
    for (row, (name, shares)) in names.iter().zip(cells).enumerate() {
        let y = 20.0 + row as f64 * side;
        let _ = write!(
            svg,
            "<text class=\"name\" x=\"{NAMES}\" y=\"{:.1}\" text-anchor=\"end\">{} {}</text>\
             <text class=\"tick\" x=\"{:.1}\" y=\"14\" text-anchor=\"middle\">{}</text>",
            y + side / 2.0 + 4.0,
            escape(&cut(name, LONGEST - 3)),
            row + 1,
            NAMES + 6.0 + (row as f64 + 0.5) * side,
            row + 1
        );
        for (column, share) in shares.iter().enumerate() {
            let Some(share) = share else { continue };
            let x = NAMES + 6.0 + column as f64 * side;
            let _ = write!(
                svg,
                "<rect class=\"area step-{}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                step(*share),
                side - 1.0,
                side - 1.0
            );
            if side >= 22.0 {
                let _ = write!(
                    svg,
                    "<text class=\"on step-{}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:.0}</text>",
                    step(*share),
                    x + side / 2.0,
                    y + side / 2.0 + 4.0,
                    share * 100.0
                );
            }
        }
    }
    svg.push_str("</svg>");
    svg
}

/// A picture as a file: with its look and its title in it.
pub fn file(svg: &str, title: &str) -> String {
    let (head, body) = svg.split_once('>').unwrap_or((svg, ""));
    let class = head.replacen(
        "<svg ",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"760\" ",
        1,
    );
    format!(
        "{class}><title>{}</title><style>{LOOK}</style>{body}\n",
        escape(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_treemap_fills_its_box_and_nothing_overlaps() {
        let sizes = [60.0, 60.0, 40.0, 30.0, 20.0, 10.0, 1.0, 0.5];
        let placed = squarify(&sizes, (0.0, 0.0, 380.0, 300.0));
        let total: f64 = sizes.iter().sum();
        for (size, (_, _, width, height)) in sizes.iter().zip(&placed) {
            assert!((width * height - size / total * 380.0 * 300.0).abs() < 1e-6);
        }
        for (i, a) in placed.iter().enumerate() {
            assert!(a.0 >= -1e-9 && a.1 >= -1e-9 && a.0 + a.2 <= 380.0 + 1e-6);
            assert!(a.1 + a.3 <= 300.0 + 1e-6);
            for b in &placed[..i] {
                let apart = a.0 + a.2 <= b.0 + 1e-6
                    || b.0 + b.2 <= a.0 + 1e-6
                    || a.1 + a.3 <= b.1 + 1e-6
                    || b.1 + b.3 <= a.1 + 1e-6;
                assert!(apart, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn whiskers_stand_inside_and_names_are_harmless() {
        let rows = [
            Whisker {
                name: "</text><script>\"".into(),
                value: 1100.0,
                interval: Some((1000.0, 1210.0)),
                thin: false,
            },
            Whisker {
                name: "two".into(),
                value: 900.0,
                interval: None,
                thin: true,
            },
        ];
        let svg = intervals("All", "score", Some(1000.0), &rows);
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;&quot;"));
        assert!(svg.contains("thin"));
        assert!(
            svg.contains("</title>two</text>") && svg.contains("text-anchor=\"end\"><title>two")
        );
        // a long name stands above its line, and the others with it
        let mut rows = rows;
        rows[0].name = "Topics / Writing / Letters to a landlord".into();
        let svg = intervals("All", "score", Some(1000.0), &rows);
        assert!(svg.contains("</title>Topics / Writing / Letters to a landlord</text>"));
        assert!(svg.contains("x=\"0\" y=\"52\"><title>two"));
        let whole = file(&svg, "A < B");
        assert!(whole.starts_with("<svg xmlns=") && whole.contains("<title>A &lt; B</title>"));
        assert_eq!(intervals("None", "score", None, &[]), "");
    }

    #[test]
    fn shares_are_coloured_about_one_half() {
        assert_eq!(
            [0.0, 0.3, 0.44, 0.5, 0.6, 0.7, 1.0].map(step),
            [0, 1, 2, 3, 4, 5, 6]
        );
        let cells = vec![vec![None, Some(0.75)], vec![Some(0.25), None]];
        let svg = heat("All", &["one".into(), "two".into()], &cells);
        assert_eq!(svg.matches("<rect").count(), 2);
    }
}
