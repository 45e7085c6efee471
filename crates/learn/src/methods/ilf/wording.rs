//! The words in which a chat model is asked for a refinement, and asked whether one heeds its critique. Five
//! wordings, as in the paper: three answered by Yes or No, two by True or False. The sentences are ours.

use super::{Critiqued, Question};
use crate::models::{ChatTemplate, Tokenizer};
use domain::prompt::Message;

/// A model's way of reading and writing.
#[derive(Clone, Copy, Debug)]
pub struct Chat<'a> {
    /// Text to tokens.
    pub tokenizer: &'a Tokenizer,
    /// Messages to text.
    pub template: &'a ChatTemplate,
    /// The time that templates may show, epoch milliseconds.
    pub now: i64,
}

/// What ILF asks about one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The conversation up to the response.
    pub messages: Vec<Message>,
    /// The response, y₀.
    pub response: String,
    /// The critique's remarks, f.
    pub remarks: Vec<String>,
}

/// A sentence and the two words that may answer it.
const ASKED: [(&str, &str, &str); 5] = [
    (
        "Does the revised answer do what the feedback asks for? Answer with Yes or No.",
        "Yes",
        "No",
    ),
    (
        "Is every point of the feedback taken up in the revised answer? Answer with Yes or No.",
        "Yes",
        "No",
    ),
    (
        "Would the person who gave the feedback be content with the revised answer? Answer with Yes or No.",
        "Yes",
        "No",
    ),
    (
        "The revised answer follows the feedback. Answer with True or False.",
        "True",
        "False",
    ),
    (
        "What the feedback found wrong is mended in the revised answer. Answer with True or False.",
        "True",
        "False",
    ),
];

impl Case {
    /// The request for a refinement: the conversation as it went, then the critique as the next message.
    pub fn request(&self) -> Vec<Message> {
        let mut messages = self.messages.clone();
        messages.push(Message {
            role: "assistant".into(),
            content: self.response.clone(),
        });
        messages.push(Message::user(format!(
            "Feedback on your answer:\n{}\n\nWrite the answer again so that it takes up this feedback. Change nothing else, and give the new answer only.",
            self.feedback()
        )));
        messages
    }

    /// The question whether a refinement heeds the critique, in the wording of this number.
    pub fn question(&self, refinement: &str, wording: usize) -> Vec<Message> {
        let asked = domain::prompt::plain_text(&self.messages);
        let (sentence, ..) = ASKED[wording % ASKED.len()];
        vec![Message::user(format!(
            "Question:\n{asked}\n\nAnswer:\n{}\n\nFeedback:\n{}\n\nRevised answer:\n{refinement}\n\n{sentence}",
            self.response,
            self.feedback()
        ))]
    }

    fn feedback(&self) -> String {
        let lines: Vec<String> = self
            .remarks
            .iter()
            .map(|remark| format!("- {remark}"))
            .collect();
        lines.join("\n")
    }
}

impl Chat<'_> {
    fn tokens(&self, messages: &[Message]) -> Result<Vec<u32>, String> {
        let text = self.template.render(messages, true, self.now)?;
        Ok(self.tokenizer.encode(&text))
    }

    /// The tokens that ILF needs of a case.
    ///
    /// # Errors
    /// What the template says against it.
    pub fn critiqued(&self, prompt: u64, case: &Case) -> Result<Critiqued, String> {
        let mut response = self.tokenizer.encode(&case.response);
        response.extend(self.tokenizer.end());
        Ok(Critiqued {
            prompt,
            ask: self.tokens(&case.messages)?,
            response,
            refine: self.tokens(&case.request())?,
        })
    }

    /// The five questions about a refinement. A wording that the template refuses, or whose two answers begin
    /// with the same token, is left out.
    pub fn questions(&self, case: &Case, refinement: &[u32]) -> Vec<Question> {
        let refinement = self.tokenizer.decode(refinement);
        let first = |word: &str| self.tokenizer.encode(word).first().copied();
        (0..ASKED.len())
            .filter_map(|wording| {
                let (_, yes, no) = ASKED[wording];
                let question = Question {
                    tokens: self
                        .tokens(&case.question(refinement.trim(), wording))
                        .ok()?,
                    yes: first(yes)?,
                    no: first(no)?,
                };
                (question.yes != question.no).then_some(question)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_holds_the_conversation_the_response_and_every_remark() {
        let case = Case {
            messages: vec![Message::user("Why is the sky blue?")],
            response: "Because.".into(),
            remarks: vec!["Too short.".into(), "Names no cause.".into()],
        };
        let request = case.request();
        assert_eq!(request.len(), 3);
        assert_eq!(
            (&*request[1].role, &*request[1].content),
            ("assistant", "Because.")
        );
        for remark in &case.remarks {
            assert!(request[2].content.contains(&format!("- {remark}")));
        }
        for wording in 0..ASKED.len() {
            let question = case.question("Light is scattered.", wording);
            assert!(
                question[0].content.contains("Light is scattered.")
                    && question[0].content.ends_with('.')
            );
        }
        let answers: std::collections::BTreeSet<_> = ASKED.map(|it| it.1).into();
        assert_eq!(answers.len(), 2);
    }
}
