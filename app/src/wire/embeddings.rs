//! Texts as vectors.

use super::{Problem, Upstream};
use serde_json::{Value, json};

impl Upstream {
    /// The vectors of these texts, in their order.
    ///
    /// # Errors
    /// As [`Upstream::chat`]; also when the vectors are not as many as the texts, or not of one length.
    pub async fn embed(&self, model: &str, texts: &[String]) -> Result<Vec<Vec<f64>>, Problem> {
        let body = json!({ "model": model, "input": texts });
        let answer = self.json("embeddings", Some(&body)).await?;
        read(&answer, texts.len()).ok_or(Problem::NotTheFormat)
    }
}

/// Servers may answer out of order: the place is said by `index`.
fn read(answer: &Value, many: usize) -> Option<Vec<Vec<f64>>> {
    let mut vectors = vec![Vec::new(); many];
    for one in answer["data"].as_array()? {
        let index = usize::try_from(one["index"].as_u64()?).ok()?;
        let vector: Option<Vec<f64>> = one["embedding"]
            .as_array()?
            .iter()
            .map(Value::as_f64)
            .collect();
        *vectors.get_mut(index)? = vector?;
    }
    let length = vectors.first().map_or(0, Vec::len);
    let same = vectors.iter().all(|it| it.len() == length);
    (same && (length > 0 || many == 0)).then_some(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_in_the_order_of_the_texts_or_not_at_all() {
        let one = |index: usize, vector: Value| json!({"index": index, "embedding": vector});
        let answer = json!({"data": [one(1, json!([0.0, 2.0])), one(0, json!([1, 0]))]});
        assert_eq!(read(&answer, 2), Some(vec![vec![1.0, 0.0], vec![0.0, 2.0]]));
        assert_eq!(read(&answer, 3), None, "one is missing");
        assert_eq!(read(&answer, 1), None, "one too many");
        assert_eq!(read(&json!({"data": [one(0, json!(["x"]))]}), 1), None);
        assert_eq!(read(&json!({}), 0), None);
    }
}
