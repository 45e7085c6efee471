//! Roles in a project and what each may do.

use serde::{Deserialize, Serialize};

/// A person's part in one project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers the queue.
    Annotator,
    /// Answers the queue, grades, reviews, reads the results.
    Teacher,
    /// Everything but members and the project's settings and its end.
    Researcher,
    /// Everything.
    Owner,
}

/// Something a page or a form lets one do. Every route names exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Take tasks from the queue and answer them; read the guidelines and one's own answers.
    Annotate,
    /// Read prompts, responses and what everybody wrote; agreement and reports.
    Read,
    /// Grade, edit rubrics, adjudicate, return work.
    Review,
    /// Import, export, make tasks.
    Data,
    /// Settings, members, invitations, audit log.
    Manage,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 4] = [
        Self::Annotator,
        Self::Teacher,
        Self::Researcher,
        Self::Owner,
    ];

    /// Whether this role has that right.
    pub fn may(self, right: Right) -> bool {
        let least = match right {
            Right::Annotate => Self::Annotator,
            Right::Read | Right::Review => Self::Teacher,
            Right::Data => Self::Researcher,
            Right::Manage => Self::Owner,
        };
        self >= least
    }
    /// The name in the database and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Annotator => "annotator",
            Self::Teacher => "teacher",
            Self::Researcher => "researcher",
            Self::Owner => "owner",
        }
    }
    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}
