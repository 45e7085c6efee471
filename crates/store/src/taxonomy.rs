//! The taxonomy in the database: facets, nodes, and the prompts on them. **Every edit is one transaction, is kept
//! with its steps, and can be taken back from the newest on.** Edits of one project queue at its row in `taxonomy`.

use crate::error::{from_json, to_json};
use crate::evaluation::place_again;
use crate::imports::sql::{insert, update_in};
use crate::review::audit;
use crate::{Result, Store, Transaction, new_id};
use domain::ids::{NodeId, ProjectId, PromptId, UserId};
use domain::run::Below;
use domain::taxonomy::{Edit, Name, Refused, Step, Tree, inverse};
use sqlx::{Row, any::AnyRow};
use std::collections::{BTreeMap, BTreeSet};

/// Who put a prompt on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person, here.
    Hand,
    /// A file.
    Import,
    /// A model's proposal that somebody accepted.
    Model,
    /// The nearest node by embedding.
    Embedding,
}

impl Origin {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Import => "import",
            Self::Model => "model",
            Self::Embedding => "embedding",
        }
    }
}

/// A project's taxonomy.
#[derive(Clone, Debug, Default)]
pub struct Taxonomy {
    /// The tree, with the prompts.
    pub tree: Tree,
    /// The edit that can be taken back.
    pub last: Option<Last>,
}

/// The newest edit that stands.
#[derive(Clone, Debug)]
pub struct Last {
    /// Which.
    pub id: String,
    /// What it did, in words.
    pub what: String,
    /// By whom, where the account is known.
    pub who: Option<String>,
    /// When.
    pub at: i64,
}

impl Store {
    /// A node of this project, as a run remembers it.
    pub async fn below(&self, project: &ProjectId, node: &NodeId) -> Result<Option<Below>> {
        let row = sqlx::query("SELECT path FROM node WHERE id = $1 AND project = $2")
            .bind(node.as_str())
            .bind(project.as_str())
            .fetch_optional(&self.read)
            .await?;
        let below = |row: AnyRow| -> Result<Below> {
            Ok(Below {
                node: node.clone(),
                path: row.try_get("path")?,
            })
        };
        row.map(below).transpose()
    }

    /// Has open tasks on the prompts under a node come before all ordinary ones, or wait in their usual place again;
    /// how many were moved. Tasks that somebody put elsewhere stay there.
    pub async fn put_first(&self, project: &ProjectId, node: &NodeId, first: bool) -> Result<u64> {
        let prompts = self.prompts_under(project, node).await?;
        let prompts: Vec<String> = prompts.into_iter().map(|it| it.0).collect();
        let (from, to) = if first { (0_i64, 1_i64) } else { (1, 0) };
        let mut moved = 0;
        let mut transaction = self.begin().await?;
        for prompt in &prompts {
            let done = sqlx::query(
                "UPDATE task SET priority = $3 WHERE project = $1 AND prompt = $2 AND priority = $4 AND open > 0 AND subject IS NULL",
            )
            .bind(project.as_str())
            .bind(prompt)
            .bind(to)
            .bind(from)
            .execute(&mut *transaction)
            .await?;
            moved += done.rows_affected();
        }
        transaction.commit().await?;
        Ok(moved)
    }

    /// The prompts on a node or on any below it.
    pub async fn prompts_under(
        &self,
        project: &ProjectId,
        node: &NodeId,
    ) -> Result<BTreeSet<PromptId>> {
        let rows = sqlx::query(
            "WITH RECURSIVE below (id) AS (SELECT id FROM node WHERE project = $1 AND id = $2 \
                UNION SELECT n.id FROM node n JOIN below b ON n.parent = b.id) \
             SELECT DISTINCT pn.prompt FROM prompt_node pn JOIN below b ON b.id = pn.node",
        )
        .bind(project.as_str())
        .bind(node.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| Ok(PromptId(row.try_get(0)?)))
            .collect()
    }
}

/// What came of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// It is done: how many steps it took.
    Done(usize),
    /// It cannot be done, as the tree is now.
    Refused(Refused),
    /// There is no such edit to be taken back, or it is not the newest any more.
    NotNewest,
}

/// Who edits, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// The account.
    pub account: &'a UserId,
    /// Whose word it is that a prompt belongs there.
    pub origin: Origin,
    /// Now.
    pub now: i64,
}

/// A prompt in a list of those on a node.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Which.
    pub id: PromptId,
    /// Its number in the project.
    pub number: i64,
    /// The beginning of what it asks.
    pub preview: String,
    /// Who put it there: hand, import, model, embedding.
    pub origin: String,
    /// The model that wrote it, if one did.
    pub written_by: Option<String>,
}

impl Store {
    /// A project's taxonomy.
    pub async fn taxonomy(&self, project: &ProjectId) -> Result<Taxonomy> {
        let mut connection = self.read.acquire().await?;
        let tree = load(&mut connection, project).await?;
        let last = sqlx::query(
            "SELECT e.id, e.what, a.name AS who, e.created_at FROM taxonomy_edit e LEFT JOIN account a ON a.id = e.account \
             WHERE e.project = $1 AND e.undone = 0 ORDER BY e.version DESC LIMIT 1",
        )
        .bind(project.as_str())
        .fetch_optional(&mut *connection)
        .await?;
        let last = last.map(|row| -> Result<Last> {
            Ok(Last {
                id: row.try_get("id")?,
                what: row.try_get("what")?,
                who: row.try_get("who")?,
                at: row.try_get("created_at")?,
            })
        });
        Ok(Taxonomy {
            tree,
            last: last.transpose()?,
        })
    }

    /// The prompts that stand on this very node, in the order of their numbers.
    pub async fn placed(&self, project: &ProjectId, node: &NodeId) -> Result<Vec<Placed>> {
        let rows = sqlx::query(
            "SELECT p.id, p.number, p.preview, p.metadata, x.origin FROM prompt_node x JOIN prompt p ON p.id = x.prompt \
             WHERE x.node = $1 AND p.project = $2 ORDER BY p.number",
        )
        .bind(node.as_str())
        .bind(project.as_str())
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Placed {
                    id: PromptId(row.try_get("id")?),
                    number: row.try_get("number")?,
                    preview: row.try_get("preview")?,
                    origin: row.try_get("origin")?,
                    written_by: crate::browse::written_by(row)?,
                })
            })
            .collect()
    }

    /// Which of these are prompts of the project.
    pub async fn prompts_among(
        &self,
        project: &ProjectId,
        prompts: &[String],
    ) -> Result<BTreeSet<PromptId>> {
        let mut connection = self.read.acquire().await?;
        let text = "SELECT id FROM prompt WHERE project || '' = $1 AND id IN ({})";
        let rows = crate::imports::sql::select_in(&mut connection, text, project.as_str(), prompts)
            .await?;
        rows.iter()
            .map(|row| Ok(PromptId(row.try_get("id")?)))
            .collect()
    }

    /// Does an edit on the tree as it is now. `what` says in words what it does, for the page and the log.
    pub async fn edit_taxonomy(
        &self,
        project: &ProjectId,
        edit: &Edit,
        what: &str,
        by: By<'_>,
    ) -> Result<Edited> {
        self.change(project, what, by, |tree| {
            tree.plan(edit, &mut || NodeId(new_id()))
        })
        .await
    }

    /// Does the steps of proposals that were accepted.
    pub async fn apply_taxonomy(
        &self,
        project: &ProjectId,
        steps: &[Step],
        what: &str,
        by: By<'_>,
    ) -> Result<Edited> {
        self.change(project, what, by, |_| Ok(steps.to_vec())).await
    }

    async fn change(
        &self,
        project: &ProjectId,
        what: &str,
        by: By<'_>,
        plan: impl FnOnce(&Tree) -> std::result::Result<Vec<Step>, Refused>,
    ) -> Result<Edited> {
        let mut transaction = self.begin().await?;
        let begun = begin_edit(&mut transaction, project).await?;
        let steps = match plan(&begun.tree) {
            Ok(steps) => steps,
            Err(refused) => return Ok(Edited::Refused(refused)),
        };
        let many = steps.len();
        let edit = finish_edit(&mut transaction, project, begun, steps, what, by).await?;
        if let Err(refused) = edit {
            return Ok(Edited::Refused(refused));
        }
        transaction.commit().await?;
        Ok(Edited::Done(many))
    }

    /// Takes an edit back, if it is the newest that stands. What was imported since is left as it is; where it is in
    /// the way, the undoing is refused.
    pub async fn undo_taxonomy(
        &self,
        project: &ProjectId,
        edit: &str,
        by: By<'_>,
    ) -> Result<Edited> {
        let mut transaction = self.begin().await?;
        queue(&mut transaction, project).await?;
        let row = sqlx::query(
            "UPDATE taxonomy_edit SET undone = 1 WHERE id = $1 AND project = $2 AND undone = 0 AND version = \
               (SELECT MAX(n.version) FROM taxonomy_edit n WHERE n.project = $2 AND n.undone = 0) \
             RETURNING what, steps",
        )
        .bind(edit)
        .bind(project.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else {
            return Ok(Edited::NotNewest);
        };
        let (what, steps): (String, String) = (row.try_get("what")?, row.try_get("steps")?);
        let steps: Vec<Step> = from_json(&steps, "taxonomy_edit", "steps", edit)?;
        let back: Vec<Step> = steps.iter().rev().map(inverse).collect();
        let before = load(&mut transaction, project).await?;
        let mut after = before.clone();
        if let Err(refused) = after.apply(&back) {
            return Ok(Edited::Refused(refused));
        }
        write(&mut transaction, project, &before, &after, by.origin).await?;
        // what was proposed by a model may be accepted again
        sqlx::query("UPDATE proposal SET state = 'open', edit = NULL, account = NULL, decided_at = NULL WHERE edit = $1")
            .bind(edit)
            .execute(&mut *transaction)
            .await?;
        audit(
            &mut transaction,
            project,
            by.account,
            "undo-taxonomy",
            "",
            &what,
            by.now,
        )
        .await?;
        transaction.commit().await?;
        Ok(Edited::Done(back.len()))
    }
}

/// An edit whose turn has come: no other edit of the project changes the tree before the transaction ends.
pub(crate) struct Begun {
    pub(crate) tree: Tree,
    version: i64,
}

/// Waits for the project's other edits, and reads the tree.
pub(crate) async fn begin_edit(
    transaction: &mut Transaction,
    project: &ProjectId,
) -> Result<Begun> {
    let version = queue(transaction, project).await?;
    let tree = load(transaction, project).await?;
    Ok(Begun { tree, version })
}

/// Does these steps and keeps them as an edit, whose identifier it gives. Who asked must end the transaction without
/// a commit where it is refused.
pub(crate) async fn finish_edit(
    transaction: &mut Transaction,
    project: &ProjectId,
    begun: Begun,
    steps: Vec<Step>,
    what: &str,
    by: By<'_>,
) -> Result<std::result::Result<String, Refused>> {
    let mut after = begun.tree.clone();
    if let Err(refused) = after.apply(&steps) {
        return Ok(Err(refused));
    }
    write(transaction, project, &begun.tree, &after, by.origin).await?;
    let id = new_id();
    sqlx::query(
        "INSERT INTO taxonomy_edit (id, project, version, what, steps, account, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&id)
    .bind(project.as_str())
    .bind(begun.version)
    .bind(what)
    .bind(to_json(&steps))
    .bind(by.account.as_str())
    .bind(by.now)
    .execute(&mut **transaction)
    .await?;
    audit(
        transaction,
        project,
        by.account,
        "edit-taxonomy",
        "",
        what,
        by.now,
    )
    .await?;
    Ok(Ok(id))
}

/// Waits for the other edits of the project, and gives this one's version.
async fn queue(transaction: &mut Transaction, project: &ProjectId) -> Result<i64> {
    sqlx::query("INSERT INTO taxonomy (project, version) VALUES ($1, 0) ON CONFLICT DO NOTHING")
        .bind(project.as_str())
        .execute(&mut **transaction)
        .await?;
    let row = sqlx::query(
        "UPDATE taxonomy SET version = version + 1 WHERE project = $1 RETURNING version",
    )
    .bind(project.as_str())
    .fetch_one(&mut **transaction)
    .await?;
    Ok(row.try_get("version")?)
}

async fn load(connection: &mut sqlx::AnyConnection, project: &ProjectId) -> Result<Tree> {
    let rows = sqlx::query("SELECT id, parent, name FROM node WHERE project = $1 ORDER BY id")
        .bind(project.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let mut nodes = Vec::with_capacity(rows.len());
    for row in rows {
        let parent: Option<String> = row.try_get("parent")?;
        nodes.push((
            NodeId(row.try_get("id")?),
            parent.map(NodeId),
            name(row.try_get("name")?),
        ));
    }
    let mut tree = Tree::from_rows(nodes);
    let rows = sqlx::query(
        "SELECT x.prompt, x.node FROM node n JOIN prompt_node x ON x.node = n.id WHERE n.project = $1",
    )
    .bind(project.as_str())
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        tree.put(
            PromptId(row.try_get("prompt")?),
            &NodeId(row.try_get("node")?),
        );
    }
    Ok(tree)
}

/// A name that an earlier version let in may be none of ours: it is shown without what is wrong with it.
fn name(stored: String) -> Name {
    let clean: String = stored
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    Name::parse(&clean).unwrap_or_else(|_| Name::parse("?").expect("a name"))
}

/// Makes the database what `after` is, when it is what `before` was. Paths are unique: those that change stand aside
/// first, at a place that no path can have.
async fn write(
    transaction: &mut Transaction,
    project: &ProjectId,
    before: &Tree,
    after: &Tree,
    origin: Origin,
) -> Result<()> {
    let (old, new) = (Rows::of(before), Rows::of(after));
    let gone: Vec<&(String, String)> = old.placed.difference(&new.placed).collect();
    for (prompt, node) in gone {
        sqlx::query("DELETE FROM prompt_node WHERE prompt = $1 AND node = $2")
            .bind(prompt)
            .bind(node)
            .execute(&mut **transaction)
            .await?;
    }
    let moving = old
        .nodes
        .iter()
        .filter(|(id, was)| new.nodes.get(*id) != Some(was));
    let moving: Vec<String> = moving.map(|(id, _)| id.as_str().to_owned()).collect();
    let aside = "UPDATE node SET path = '/' || id WHERE project || '' = $1 AND id IN ({})";
    update_in(transaction, aside, project.as_str(), &moving).await?;

    let order = after.in_order();
    let made = order.iter().filter(|(id, ..)| !old.nodes.contains_key(*id));
    let made: Vec<(&NodeId, &NodeRow)> = made.map(|(id, ..)| (*id, &new.nodes[*id])).collect();
    insert(
        transaction,
        "INSERT INTO node (id, project, parent, name, path)",
        5,
        "",
        &made,
        |statement, (id, it)| {
            let parent = it.parent.as_ref().map(NodeId::as_str);
            statement
                .bind(id.as_str())
                .bind(project.as_str())
                .bind(parent)
                .bind(it.name.as_str())
                .bind(&it.path)
        },
    )
    .await?;
    for (id, ..) in order
        .iter()
        .filter(|(id, ..)| old.nodes.get(*id).is_some_and(|was| *was != new.nodes[*id]))
    {
        let it = &new.nodes[*id];
        sqlx::query(
            "UPDATE node SET parent = $1, name = $2, path = $3 WHERE id = $4 AND project = $5",
        )
        .bind(it.parent.as_ref().map(NodeId::as_str))
        .bind(it.name.as_str())
        .bind(&it.path)
        .bind(id.as_str())
        .bind(project.as_str())
        .execute(&mut **transaction)
        .await?;
    }
    // those below first
    for (id, ..) in before
        .in_order()
        .iter()
        .rev()
        .filter(|(id, ..)| !new.nodes.contains_key(*id))
    {
        sqlx::query("DELETE FROM node WHERE id = $1 AND project = $2")
            .bind(id.as_str())
            .bind(project.as_str())
            .execute(&mut **transaction)
            .await?;
    }
    let come: Vec<&(String, String)> = new.placed.difference(&old.placed).collect();
    let tail = "ON CONFLICT DO NOTHING";
    insert(
        transaction,
        "INSERT INTO prompt_node (prompt, node, origin)",
        3,
        tail,
        &come,
        |statement, it| statement.bind(&it.0).bind(&it.1).bind(origin.name()),
    )
    .await?;
    let again: Vec<String> = old
        .counted
        .symmetric_difference(&new.counted)
        .map(|(prompt, _)| prompt.clone())
        .collect();
    let again: Vec<String> = again
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    place_again(transaction, project, Some(&again)).await
}

/// A tree as its tables have it.
struct Rows {
    nodes: BTreeMap<NodeId, NodeRow>,
    /// Prompts and the nodes they stand on.
    placed: BTreeSet<(String, String)>,
    /// Prompts and all nodes they count under.
    counted: BTreeSet<(String, String)>,
}

#[derive(PartialEq)]
struct NodeRow {
    parent: Option<NodeId>,
    name: Name,
    path: String,
}

impl Rows {
    fn of(tree: &Tree) -> Self {
        let mut rows = Self {
            nodes: BTreeMap::new(),
            placed: BTreeSet::new(),
            counted: BTreeSet::new(),
        };
        for (id, node, _) in tree.in_order() {
            let row = NodeRow {
                parent: node.parent.clone(),
                name: node.name.clone(),
                path: tree.path(id),
            };
            rows.nodes.insert(id.clone(), row);
            for prompt in &node.prompts {
                rows.placed.insert((prompt.to_string(), id.to_string()));
                let line = tree.line(id).into_iter();
                rows.counted
                    .extend(line.map(|above| (prompt.to_string(), above.to_string())));
            }
        }
        rows
    }
}
