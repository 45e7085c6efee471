//! Makes a prompt and a response fit into the longest sequence, and says what that cost.

use super::Sequence;
use std::fmt;

/// What was cut from how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Sequences looked at.
    pub sequences: usize,
    /// Prompts that lost their beginning.
    pub prompts: usize,
    /// Responses that lost their end, the end-of-sequence token with it.
    pub responses: usize,
    /// Tokens lost.
    pub tokens: usize,
}

impl Cut {
    /// A sequence of at most `longest` tokens (at least 2). A long prompt loses its beginning, which matters
    /// least, but keeps a quarter of the room; a long response loses its end.
    pub fn fit(&mut self, prompt: &[u32], response: &[u32], longest: usize) -> Sequence {
        let longest = longest.max(2);
        let room = longest.saturating_sub(response.len());
        let kept_prompt = prompt.len().min(room.max(longest / 4).max(1));
        let kept_response = response.len().min(longest - kept_prompt);
        let lost_prompt = prompt.len() - kept_prompt;
        let lost_response = response.len() - kept_response;
        self.sequences += 1;
        self.prompts += usize::from(lost_prompt > 0);
        self.responses += usize::from(lost_response > 0);
        self.tokens += lost_prompt + lost_response;
        Sequence::new(&prompt[lost_prompt..], &response[..kept_response])
    }
}

impl fmt::Display for Cut {
    /// A sentence for the run's page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Of {} sequences, {} lost the beginning of the prompt and {} the end of the response, {} tokens in all.",
            self.sequences, self.prompts, self.responses, self.tokens
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_left_alone_and_what_does_not_is_counted() {
        let mut cut = Cut::default();
        let prompt: Vec<u32> = (0..10).collect();
        let response: Vec<u32> = (100..106).collect();
        assert_eq!(
            cut.fit(&prompt, &response, 16),
            Sequence::new(&prompt, &response)
        );
        assert_eq!(cut.tokens, 0);
        assert_eq!(
            cut.fit(&prompt, &response, 12),
            Sequence::new(&prompt[4..], &response)
        );
        let long: Vec<u32> = (100..140).collect();
        let sequence = cut.fit(&prompt, &long, 12);
        assert_eq!(sequence, Sequence::new(&prompt[7..], &long[..9]));
        let wanted = Cut {
            sequences: 3,
            prompts: 2,
            responses: 1,
            tokens: 4 + 7 + 31,
        };
        assert_eq!(cut, wanted);
        assert!(cut.to_string().contains("42 tokens"));
        assert_eq!(cut.fit(&[1], &[2, 3], 0).tokens, [1, 2]);
    }
}
