//! The nearest node by embedding: a node is the mean of the prompts on it, or, while it has none, its path's own
//! vector. Nearness is the cosine; the margin to the second says how clear the choice was.
//!
//! With the prompt itself left out of its node's mean, the same search says how often it would have been found.

use crate::ids::NodeId;
use std::collections::BTreeSet;

/// Nodes with their vectors.
#[derive(Clone, Debug, Default)]
pub struct Nearest {
    nodes: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    node: NodeId,
    /// The sum of its prompts' vectors, each of length 1, and how many they are.
    sum: Vec<f64>,
    prompts: usize,
    path: Vec<f64>,
}

/// The nearest node.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Which.
    pub node: NodeId,
    /// The cosine between it and the prompt.
    pub cosine: f64,
    /// The second nearest, if there is another.
    pub second: Option<NodeId>,
    /// By how much the cosine exceeds the second's; the cosine itself where there is no other.
    pub margin: f64,
}

/// The vector at length 1; `None` for one of no length or with something that is no number.
pub fn unit(vector: &[f64]) -> Option<Vec<f64>> {
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    (length.is_finite() && length > 0.0).then(|| vector.iter().map(|x| x / length).collect())
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(x, y)| x * y).sum()
}

impl Nearest {
    /// Adds a node with the vector of its path and those of prompts on it. Vectors are of length 1 ([`unit()`]).
    pub fn add<'a>(
        &mut self,
        node: NodeId,
        path: Vec<f64>,
        prompts: impl IntoIterator<Item = &'a [f64]>,
    ) {
        let (mut sum, mut many) = (vec![0.0; path.len()], 0);
        for vector in prompts {
            sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
            many += 1;
        }
        self.nodes.push(Place {
            node,
            sum,
            prompts: many,
            path,
        });
    }

    /// The node nearest to a vector of length 1.
    pub fn find(&self, vector: &[f64]) -> Option<Found> {
        self.find_without(vector, &BTreeSet::new())
    }

    /// As [`Nearest::find`], for a prompt that itself stands on `on`: it is left out of their means.
    pub fn find_without(&self, vector: &[f64], on: &BTreeSet<NodeId>) -> Option<Found> {
        let mut best: Option<(&NodeId, f64)> = None;
        let mut second: Option<(&NodeId, f64)> = None;
        for place in &self.nodes {
            let Some(cosine) = place.cosine(vector, on.contains(&place.node)) else {
                continue;
            };
            if best.is_none_or(|(_, most)| cosine > most) {
                second = best;
                best = Some((&place.node, cosine));
            } else if second.is_none_or(|(_, most)| cosine > most) {
                second = Some((&place.node, cosine));
            }
        }
        let (node, cosine) = best?;
        Some(Found {
            node: node.clone(),
            cosine,
            second: second.map(|(node, _)| node.clone()),
            margin: second.map_or(cosine, |(_, other)| cosine - other),
        })
    }
}

impl Place {
    fn cosine(&self, vector: &[f64], without: bool) -> Option<f64> {
        let many = self.prompts - usize::from(without && self.prompts > 0);
        if many == 0 {
            return unit(&self.path).map(|path| dot(&path, vector));
        }
        let mut mean = self.sum.clone();
        if without {
            mean.iter_mut().zip(vector).for_each(|(sum, x)| *sum -= x);
        }
        unit(&mean).map(|mean| dot(&mean, vector))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(degrees: f64) -> Vec<f64> {
        let angle = degrees.to_radians();
        vec![angle.cos(), angle.sin()]
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-12
    }

    #[test]
    fn a_node_is_its_prompts_mean_or_its_path_while_it_has_none() {
        let mut nearest = Nearest::default();
        let (a, b) = (NodeId::from("a"), NodeId::from("b"));
        let prompts = [at(10.0), at(30.0)];
        nearest.add(a.clone(), at(180.0), prompts.iter().map(Vec::as_slice));
        nearest.add(b.clone(), at(90.0), []);
        let found = nearest.find(&at(20.0)).unwrap();
        assert_eq!((&found.node, found.second.as_ref()), (&a, Some(&b)));
        // the mean of 10° and 30° is 20°; the other is 70° away
        assert!(near(found.cosine, 1.0));
        assert!(near(found.margin, 1.0 - 70_f64.to_radians().cos()));
        assert_eq!(nearest.find(&at(80.0)).unwrap().node, b);
    }

    #[test]
    fn a_prompt_does_not_find_itself() {
        let mut nearest = Nearest::default();
        let (a, b) = (NodeId::from("a"), NodeId::from("b"));
        let (own, alone) = (at(50.0), at(100.0));
        let prompts = [at(0.0), own.clone()];
        nearest.add(a.clone(), at(0.0), prompts.iter().map(Vec::as_slice));
        nearest.add(b.clone(), at(70.0), [alone.as_slice()]);
        assert_eq!(nearest.find(&own).unwrap().node, a);
        // without itself a stands at 0°, 50° away; b, where it does not stand, as far as before
        let found = nearest.find_without(&own, &BTreeSet::from([a.clone()]));
        assert!(near(found.unwrap().cosine, 50_f64.to_radians().cos()));
        // the only one of its node leaves the path
        let found = nearest.find_without(&alone, &BTreeSet::from([b.clone()]));
        assert!(near(found.unwrap().cosine, 30_f64.to_radians().cos()));
    }

    #[test]
    fn vectors_that_say_nothing_are_left_out() {
        assert_eq!(unit(&[0.0, 0.0]), None);
        assert_eq!(unit(&[f64::NAN, 1.0]), None);
        assert_eq!(Nearest::default().find(&at(0.0)), None);
        let mut nearest = Nearest::default();
        nearest.add(NodeId::from("a"), vec![0.0, 0.0], []);
        assert_eq!(nearest.find(&at(0.0)), None);
    }
}
