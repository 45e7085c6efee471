//! `TaxBuilder`: the procedure says which call comes next and takes its reply; after each it is kept with what it
//! proposes, and goes on from there.

use super::work::Work;
use crate::asking::Stop;
use crate::text::proposing as text;
use domain::ids::NodeId;
use domain::taxonomy::build::{Insertion, Refinement};
use domain::taxonomy::{Machine, Proposal, Proposed, Tree, Wish};
use store::proposals::NewProposal;

/// Our engine says the same again where nothing is drawn: the procedure is given the same reply so often.
const SAME: usize = 3;

pub(super) async fn build(work: &mut Work<'_>) -> Result<(), Stop> {
    let mut machine = match work.kept.machine.take() {
        Some(machine) => machine,
        None => begin(work)?,
    };
    let mut seen = machine.proposals().len();
    let mut asked = 0;
    while let Some(call) = machine.next() {
        let question = (machine.about(), call);
        let attempt = machine.tried() as u64;
        let reply = work.while_held(work.asking.once(None, &question, attempt));
        let reply = reply.await?;
        let said = reply.text.clone();
        let mut read = machine.reply(&said, &mut mint);
        for _ in 1..SAME {
            if read.is_ok() || work.asking.tries() > 1 || machine.tried() == 0 {
                break;
            }
            read = machine.reply(&said, &mut mint);
        }
        let unread = read.err().map(|it| it.to_string());
        work.asking.keep(reply, unread).await?;
        asked += usize::from(machine.tried() == 0);
        let fresh = proposals(&machine, seen);
        seen += fresh.len();
        // names are known from the beginning, levels come to light on the way
        work.total = match &work.request.wish {
            Wish::Insert { names, .. } => names.len(),
            _ => asked + machine.waiting(),
        };
        work.done = work.total.saturating_sub(machine.waiting());
        work.kept.left = machine.left().to_vec();
        work.kept.machine = Some(machine);
        work.keep(&fresh).await?;
        let Some(next) = work.kept.machine.take() else {
            return Ok(());
        };
        machine = next;
    }
    work.kept.left = machine.left().to_vec();
    work.done = work.total.max(1);
    work.total = work.done;
    // what is only needed to go on goes
    work.kept.machine = None;
    work.keep(&proposals(&machine, seen)).await
}

fn mint() -> NodeId {
    NodeId(store::new_id())
}

fn begin(work: &Work<'_>) -> Result<Machine, Stop> {
    let node = work.request.wish.nodes().first();
    let node = node.filter(|node| work.tree.get(node).is_ok()).cloned();
    let node = node.ok_or_else(|| Stop::failed(text::NODE_GONE))?;
    Ok(match &work.request.wish {
        Wish::Insert { names, .. } => {
            // names need no prompts, and the tree is kept after every call
            let rows = work.tree.iter().map(|(id, it)| {
                let (id, parent, name) = (id.clone(), it.parent.clone(), it.name.clone());
                (id, parent, name)
            });
            let tree = Tree::from_rows(rows);
            Machine::Insert(Box::new(Insertion::new(tree, node, names.clone())))
        }
        _ => Machine::Refine(Box::new(Refinement::new(work.tree.clone(), node))),
    })
}

/// What is proposed from this number on.
fn proposals(machine: &Machine, from: usize) -> Vec<NewProposal> {
    let all = machine.proposals().iter().enumerate().skip(from);
    let new = |(number, it): (usize, &Proposal)| NewProposal {
        position: i64::try_from(number).unwrap_or(i64::MAX),
        what: it.what.clone(),
        content: Proposed::Change {
            steps: it.steps.clone(),
        },
        reply: it.reply.clone(),
        prompt: None,
        score: None,
    };
    all.map(new).collect()
}
