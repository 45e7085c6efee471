//! A person at work: signs in, takes an item, types, submits, and gets the next one in the same answer.

use crate::http::{Answer, Client};
use crate::{page, seed};
use anyhow::{Context, bail};
use domain::ids::ProjectId;
use std::io;
use std::net::SocketAddr;

/// A person at work. Everything she knows is what the server has told her.
#[derive(Debug)]
pub struct Annotator {
    /// Her connection.
    pub client: Client,
    /// Ask for compressed answers to submits, as browsers do; they are not unpacked here, which would
    /// cost our own time.
    pub compressed: bool,
    queue: String,
}

/// An item in front of her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The task.
    pub task: String,
    /// The form's hidden fields.
    pub hidden: Vec<(String, String)>,
}

impl Item {
    /// A hidden field's value.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.hidden
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
    /// Changes a hidden field, as the page's script does after a save.
    pub fn set(&mut self, name: &str, value: &str) {
        if let Some((_, old)) = self.hidden.iter_mut().find(|(n, _)| n == name) {
            value.clone_into(old);
        }
    }
    fn filled(&self, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut all = self.hidden.clone();
        all.extend(
            fields
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
        );
        all
    }
}

/// What came of sending something.
#[derive(Debug)]
pub enum Sent<T> {
    /// The server says that it is kept.
    Kept(T),
    /// It answered something else.
    Refused(Answer),
    /// No answer: the connection broke. Whether it is kept, nobody knows.
    Unknown(io::Error),
}

impl Annotator {
    /// Signs in as person `n`.
    pub fn sign_in(address: SocketAddr, project: &ProjectId, n: usize) -> anyhow::Result<Self> {
        let mut client = Client::new(address);
        let email = seed::email(n);
        let form = [("email", email.as_str()), ("password", seed::PASSWORD)];
        let answer = client.post("/sign-in", &form, &[])?;
        if answer.redirect().is_none() {
            bail!("person {n} cannot sign in: {}", answer.status);
        }
        Ok(Self {
            client,
            compressed: false,
            queue: format!("/projects/{project}/queue"),
        })
    }

    /// Opens the queue; `None` when it has nothing for her.
    pub fn open(&mut self) -> anyhow::Result<Option<Item>> {
        let answer = self.client.get(&self.queue)?;
        let Some(to) = answer.redirect().map(str::to_owned) else {
            if answer.status == 200 {
                return Ok(None);
            }
            bail!("GET {}: {}", self.queue, answer.status);
        };
        let answer = self.client.get(&to)?;
        if answer.status != 200 {
            bail!("GET {to}: {}", answer.status);
        }
        self.item(&to, &answer).map(Some)
    }

    fn item(&self, path: &str, answer: &Answer) -> anyhow::Result<Item> {
        let task = self
            .task(path)
            .with_context(|| format!("{path} is no item"))?;
        let form = page::form(&answer.text(), "work")
            .with_context(|| format!("no form to work on at {path}"))?;
        Ok(Item {
            task,
            hidden: form.hidden,
        })
    }

    /// The task that a path of this queue names.
    fn task(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(&self.queue)?.strip_prefix('/')?;
        let task = rest.split(['?', '/']).next()?;
        (!task.is_empty()).then(|| task.to_owned())
    }

    /// Answers an item; the next one comes with the answer.
    pub fn submit(&mut self, item: &Item, fields: &[(&str, &str)]) -> Sent<Option<Item>> {
        let path = format!("{}/{}", self.queue, item.task);
        let swap = [("x-touchstone", "swap")];
        self.client.encoding = self.compressed.then_some("br");
        let answer = self.client.post(&path, &item.filled(fields), &swap);
        self.client.encoding = None;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Sent::Unknown(error),
        };
        let next = answer.header("x-touchstone-location").map(str::to_owned);
        match next {
            Some(next) if answer.status == 200 => {
                if answer.header("content-encoding").is_some() {
                    // packed: a fresh item's fields are those of the one before
                    return Sent::Kept(self.task(&next).map(|task| Item {
                        task,
                        hidden: item.hidden.clone(),
                    }));
                }
                Sent::Kept(self.item(&next, &answer).ok())
            }
            _ => Sent::Refused(answer),
        }
    }

    /// Saves a draft; its new version.
    pub fn save_draft(&mut self, item: &Item, fields: &[(&str, &str)]) -> Sent<i64> {
        let path = format!("{}/{}/draft", self.queue, item.task);
        let draft = [("x-touchstone", "draft")];
        let answer = match self.client.post(&path, &item.filled(fields), &draft) {
            Ok(answer) => answer,
            Err(error) => return Sent::Unknown(error),
        };
        let version = serde_json::from_slice::<serde_json::Value>(&answer.body)
            .ok()
            .filter(|_| answer.status == 200)
            .and_then(|body| body.as_i64().or_else(|| body.get("version")?.as_i64()));
        match version {
            Some(version) => Sent::Kept(version),
            None => Sent::Refused(answer),
        }
    }
}
