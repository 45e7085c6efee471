//! A dendrogram as SVG: who was joined with whom, at which distance, and how sure each group is.

use super::picture::{LONGEST, NAMES, ROW, WIDTH, begun, name};
use super::scale::{self, Scale};
use std::fmt::Write;

/// Room for names where one of them is long, and its characters.
const WIDE: f64 = 196.0;
const LONG: usize = 27;

/// Two groups become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Branch {
    /// The groups: a leaf's number, or the number of leaves plus that of an earlier branch.
    pub of: [usize; 2],
    /// At which distance, 0 or more.
    pub at: f64,
    /// How often the group was found again, 0 to 1.
    pub support: f64,
}

/// The leaves of a group from top to bottom: those of its first part, then of its second.
fn leaves(branches: &[Branch], count: usize, group: usize, order: &mut Vec<usize>) {
    match group.checked_sub(count) {
        None => order.push(group),
        Some(branch) => {
            for part in branches[branch].of {
                leaves(branches, count, part, order);
            }
        }
    }
}

/// Names at the left, branches growing to the right along an axis of distances; a share stands where a group was found
/// again in at least half of the draws. Branches come in the order in which they were joined; none: nothing is drawn.
pub fn dendrogram(
    summary: &str,
    axis: &str,
    guide: f64,
    names: &[String],
    branches: &[Branch],
) -> String {
    let distances = branches.iter().map(|it| it.at);
    let Some((_, to)) = scale::range(distances.chain([0.0, guide])) else {
        return String::new();
    };
    if branches.is_empty() {
        return String::new();
    }
    let long = names.iter().any(|name| name.chars().count() > LONGEST);
    let (room, longest) = if long { (WIDE, LONG) } else { (NAMES, LONGEST) };
    let x = Scale {
        from: 0.0,
        to,
        start: room + 8.0,
        end: WIDTH - 34.0,
    };
    let floor = ROW * names.len() as f64 + 6.0;
    let mut svg = begun(summary, axis, x, Some(guide), floor);
    let mut order = Vec::new();
    leaves(
        branches,
        names.len(),
        names.len() + branches.len() - 1,
        &mut order,
    );
    // by group: where its stem ends
    let mut stems = vec![(x.place(0.0), 0.0); names.len()];
    for (row, leaf) in order.iter().enumerate() {
        let middle = row as f64 * ROW + 14.0;
        stems[*leaf].1 = middle;
        svg.push_str(&name(&names[*leaf], room, longest, middle));
    }
    for branch in branches {
        let [(from_one, one), (from_other, other)] = branch.of.map(|group| stems[group]);
        let (at, middle) = (x.place(branch.at), f64::midpoint(one, other));
        let _ = write!(
            svg,
            "<path class=\"whisker tone-0\" d=\"M{from_one} {one}H{at}V{other}H{from_other}\"/>"
        );
        if branch.support >= 0.5 {
            let _ = write!(
                svg,
                "<text class=\"tick\" x=\"{}\" y=\"{}\">{:.0}&#8239;%</text>",
                at + 3.0,
                middle - 3.0,
                branch.support * 100.0
            );
        }
        stems.push((at, middle));
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_were_joined_stand_together() {
        let names = ["a", "b", "c<", "d"].map(str::to_owned);
        let join = |of, at, support| Branch { of, at, support };
        // a with c, b with d, then all
        let branches = [
            join([0, 2], 0.2, 0.9),
            join([1, 3], 0.5, 0.3),
            join([4, 5], 1.25, 0.5),
        ];
        let svg = dendrogram("Alike", "distance", 1.0, &names, &branches);
        let place = |name: &str| svg.find(&format!("</title>{name}</text>")).unwrap();
        assert!(
            place("a") < place("c&lt;") && place("c&lt;") < place("b") && place("b") < place("d")
        );
        assert_eq!(svg.matches("<path").count(), 3);
        assert!(
            svg.contains("90&#8239;%") && svg.contains("50&#8239;%") && !svg.contains("30&#8239;%")
        );
        // the last joins the middles of the first two, at 24 and 64
        let last = svg.rsplit("<path").next().unwrap();
        assert!(last.contains(" 24H") && last.contains("V64H"), "{last}");
        assert_eq!(dendrogram("Alike", "distance", 1.0, &names[..1], &[]), "");
    }
}
