//! What an address asks for, and the parts that stand around every dashboard: tabs, choices, what is counted.

use crate::Cx;
use crate::agreement::encode;
use crate::error::Result;
use crate::text::dashboards as text;
use crate::ui::Select;
use domain::{Fields, Right};
use leptos::prelude::*;
use store::evaluation::Judge;
use store::reports::standings::{Aspect, Basis, Board, Node, Of};

/// The pages: name, address below the project.
const PAGES: [(&str, &str); 13] = [
    (text::BOARD, "dashboards"),
    (text::MATRIX, "dashboards/matrix"),
    (text::SPREAD, "dashboards/spread"),
    (text::BY_MODEL, "dashboards/models"),
    (text::BY_NODE, "dashboards/nodes"),
    (text::MAP, "dashboards/map"),
    (crate::text::weakness::TITLE, "dashboards/weakness"),
    (text::PROMPTS, "dashboards/prompts"),
    (text::PHRASES, "dashboards/phrases"),
    (crate::text::reports::TAB, "dashboards/reports"),
    (crate::text::course::TITLE, "dashboards/time"),
    (crate::text::versions::TITLE, "dashboards/versions"),
    (crate::text::judges::TITLE, "dashboards/judges"),
];

/// The choice that all dashboards share.
pub(super) struct Asked {
    pub(super) fields: Fields,
    pub(super) judges: Vec<Judge>,
    pub(super) aspects: Vec<Aspect>,
    /// The chosen judge; none where nobody judged.
    pub(super) judge: Option<Judge>,
    pub(super) aspect: String,
    /// The whole taxonomy with what this judge said under each node.
    pub(super) nodes: Vec<Node>,
    /// The chosen node; none: the whole project.
    pub(super) node: Option<usize>,
    project: String,
    /// Other judges with how much they said.
    others: Vec<(String, i64)>,
}

pub(super) fn name(judge: &Judge) -> String {
    text::judge(
        judge.kind.name(),
        &judge.name,
        &judge.version,
        judge.provenance,
    )
}

impl Asked {
    /// Reads the choice; what it names that does not exist is as if it had not been named.
    pub(super) async fn read(cx: &Cx, fields: Fields) -> Result<Self> {
        let (store, project) = (cx.store(), &cx.project()?.id);
        let judges = store.judges(project).await?;
        let counts = store.judged_counts(project).await?;
        let said = |judge: &Judge| counts.get(&judge.id).map_or(0, |(n, m)| n + m);
        let named = fields.get("judge");
        let judge = judges
            .iter()
            .find(|judge| Some(judge.id.as_str()) == named)
            .or_else(|| judges.iter().find(|judge| said(judge) > 0))
            .or(judges.first())
            .cloned();
        let others = judges
            .iter()
            .filter(|other| judge.as_ref().is_some_and(|it| it.id != other.id) && said(other) > 0)
            .map(|other| (name(other), said(other)))
            .collect();
        let (mut aspects, mut nodes) = (Vec::new(), Vec::new());
        let mut aspect = fields.get("aspect").unwrap_or_default().to_owned();
        if let Some(judge) = &judge {
            aspects = store.aspects_judged(project, &judge.id).await?;
            if !aspects.iter().any(|it| it.name == aspect) {
                aspect = String::new();
            }
            nodes = store.judged_nodes(project, &judge.id, &aspect).await?;
        }
        let node = fields
            .get("node")
            .and_then(|id| nodes.iter().position(|node| node.id == id));
        Ok(Self {
            project: project.to_string(),
            fields,
            judges,
            aspects,
            judge,
            aspect,
            nodes,
            node,
            others,
        })
    }

    /// What the store is asked about.
    pub(super) fn of<'a>(&'a self, cx: &'a Cx) -> Option<Of<'a>> {
        Some(Of {
            project: &cx.project().ok()?.id,
            node: self.node_id(),
            judge: &self.judge.as_ref()?.id,
            aspect: &self.aspect,
        })
    }

    /// The same for the whole project.
    pub(super) fn whole<'a>(&'a self, cx: &'a Cx) -> Option<Of<'a>> {
        let of = self.of(cx)?;
        Some(Of {
            node: &self.project,
            ..of
        })
    }

    /// The chosen node's identifier, or what stands for the whole project.
    pub(super) fn node_id(&self) -> &str {
        self.node.map_or(&self.project, |n| &self.nodes[n].id)
    }

    /// The chosen node's path in words.
    pub(super) fn place(&self) -> String {
        self.node
            .map_or_else(|| text::WHOLE.to_owned(), |n| self.nodes[n].path.clone())
    }

    /// The query that keeps judge and aspect, and leads to this node.
    pub(super) fn query(&self, node: Option<&str>) -> String {
        let mut query = String::from("?");
        if let Some(judge) = &self.judge {
            query += &format!("judge={}", encode(&judge.id));
        }
        if !self.aspect.is_empty() {
            query += &format!("&aspect={}", encode(&self.aspect));
        }
        if let Some(node) = node.filter(|node| *node != self.project) {
            query += &format!("&node={}", encode(node));
        }
        query
    }

    /// The whole choice as it stands, with `as` left out.
    fn here(&self) -> String {
        let mut query = self.query(Some(self.node_id()));
        for (key, value) in &self.fields.0 {
            // a page of several nodes names them all itself
            let again = key == "node" && self.node.is_none();
            if again || !matches!(key.as_str(), "as" | "judge" | "aspect" | "node") {
                query += &format!("&{}={}", encode(key), encode(value));
            }
        }
        query
    }

    /// Heading, tabs, choices, provenance: what stands above every dashboard. `extra` are choices of the page.
    pub(super) fn head<V: IntoView + 'static>(
        &self,
        cx: &Cx,
        page: &'static str,
        title: &'static str,
        lead: &'static str,
        extra: V,
    ) -> impl IntoView + use<V> {
        let tabs = PAGES.iter().map(|(words, address)| {
            let current = (*address == page).then_some("page");
            let href = format!("{}{}", cx.at(address), self.query(Some(self.node_id())));
            view! { <li><a href=href aria-current=current>{*words}</a></li> }
        });
        let pick = self.judge.as_ref().map(|judge| {
            let judges = self.judges.iter().map(|it| (it.id.clone(), name(it)));
            let judges: Vec<_> = judges.collect();
            let aspects: Vec<_> = self
                .aspects
                .iter()
                .map(|it| {
                    let words = if it.name.is_empty() { text::OVERALL } else { &it.name };
                    (it.name.clone(), words.to_owned())
                })
                .collect();
            let aspects = (aspects.len() > 1).then(|| {
                view! { <Select name="aspect" label=text::ASPECT choices=aspects chosen=self.aspect.clone() /> }
            });
            let node = self.node.map(|n| {
                view! { <input type="hidden" name="node" value=self.nodes[n].id.clone() /> }
            });
            view! {
                <form method="get" action=cx.at(page) class="row dash-pick">
                    <Select name="judge" label=text::JUDGE choices=judges chosen=judge.id.clone() />
                    {aspects}
                    {extra}
                    {node}
                    <button>{text::SHOW}</button>
                </form>
            }
        });
        let counted = self.judge.as_ref().map(|judge| {
            let class = if judge.provenance == domain::Provenance::Person {
                "dash-facts"
            } else {
                "notice warn"
            };
            view! { <p class=class dir="auto">{text::provenance(&name(judge), &self.others)}</p> }
        });
        view! {
            <div class="page-head"><h1>{title}</h1></div>
            <nav aria-label=text::TITLE><ul class="tabs">{tabs.collect_view()}</ul></nav>
            <p class="lead">{lead}</p>
            {pick}
            {counted}
        }
    }

    /// The way up from the chosen node and down from it.
    pub(super) fn walk(&self, cx: &Cx, page: &'static str) -> impl IntoView + use<> {
        if self.nodes.is_empty() {
            return None;
        }
        // which scores are shown stays the same from node to node
        let kept = ["scores", "baseline"].map(|key| match self.fields.get(key) {
            Some(value) => format!("&{key}={}", encode(value)),
            None => String::new(),
        });
        let link = |node: Option<&Node>, words: String, current: bool| {
            let href = format!(
                "{}{}{}",
                cx.at(page),
                self.query(node.map(|node| node.id.as_str())),
                kept.concat()
            );
            let current = current.then_some("true");
            view! { <li><a href=href aria-current=current dir="auto">{words}</a></li> }
        };
        let mut up = Vec::new();
        let mut at = self.node;
        while let Some(n) = at {
            let node = &self.nodes[n];
            up.push(link(Some(node), node.name.clone(), Some(n) == self.node));
            at = node
                .parent
                .as_ref()
                .and_then(|parent| self.nodes.iter().position(|it| it.id == *parent))
                .filter(|_| up.len() < 20);
        }
        up.push(link(None, text::WHOLE.to_owned(), self.node.is_none()));
        up.reverse();
        let here = self.node.map(|n| self.nodes[n].id.as_str());
        let below: Vec<_> = self
            .nodes
            .iter()
            .filter(|node| node.parent.as_deref() == here && node.comparisons + node.judgments > 0)
            .map(|node| {
                let n = text::thousands(node.comparisons + node.judgments);
                link(Some(node), format!("{} ({n})", node.name), false)
            })
            .collect();
        let down = (!below.is_empty()).then(|| {
            let open = below.len() <= 12;
            view! {
                <details open=open class="dash-facts"><summary>{text::BELOW}" "{below.len()}</summary>
                    <ul class="dash-legend">{below}</ul></details>
            }
        });
        Some(view! { <ol class="dash-where">{up}</ol>{down} })
    }

    /// What the numbers stand on, and warnings where that is little or old.
    pub(super) fn basis(basis: &Basis, models: usize) -> impl IntoView + use<> {
        let n = basis.comparisons + basis.judgments;
        let sparse = (n > 0 && n < super::FEW)
            .then(|| view! { <p class="notice warn">{text::sparse(n)}</p> });
        let waiting = basis
            .waiting
            .then(|| view! { <p class="notice">{text::WAITING}</p> });
        view! {
            {waiting}
            {sparse}
            <p class="dash-facts">{text::basis(basis.comparisons, basis.judgments, models, basis.clustered)}</p>
        }
    }

    /// Links to the same address as files.
    pub(super) fn save(&self, cx: &Cx, page: &'static str, picture: bool) -> impl IntoView + use<> {
        let mut kinds = vec![("csv", "CSV"), ("json", "JSON")];
        if picture {
            kinds.extend([("svg", "SVG"), ("png", "PNG")]);
        }
        let here = format!("{}{}", cx.at(page), self.here());
        let links = kinds.into_iter().map(|(kind, words)| {
            view! { <a href=format!("{here}&as={kind}")>{words}</a> }
        });
        view! { <p class="dash-save"><span>{text::SAVE}": "</span>{links.collect_view()}</p> }
    }

    /// Said where nobody judged anything.
    pub(super) fn empty(cx: &Cx) -> impl IntoView + use<> {
        let import = cx.may(Right::Data).then(|| {
            view! { <a class="button" href=cx.at("data/import")>{text::TO_IMPORT}</a> }
        });
        view! {
            <section class="empty">
                <h2>{text::EMPTY}</h2>
                <p>{text::EMPTY_WORDS}</p>
                <p><a class="button primary" href=cx.at("queue")>{text::TO_QUEUE}</a>" "{import}</p>
            </section>
        }
    }

    /// Said where there is no taxonomy.
    pub(super) fn no_tree(cx: &Cx) -> impl IntoView + use<> {
        let import = cx.may(Right::Data).then(|| {
            view! { <a class="button" href=cx.at("data/import")>{text::TO_IMPORT}</a> }
        });
        view! {
            <section class="empty">
                <h2>{text::NO_TREE}</h2>
                <p>{text::NO_TREE_WORDS}</p>
                <p>{import}</p>
            </section>
        }
    }
}

/// The board's models as boxes to tick, folded unless `open`.
pub(super) fn ticks(
    board: &Board,
    name: &'static str,
    words: &'static str,
    open: bool,
    checked: &dyn Fn(i64) -> bool,
) -> impl IntoView + use<> {
    let boxes: Vec<_> = board
        .lines
        .iter()
        .map(|line| {
            view! {
                <label>
                    <input type="checkbox" name=name value=line.entrant.to_string() checked=checked(line.entrant) />
                    <span dir="auto">{line.name.clone()}</span>
                </label>
            }
        })
        .collect();
    view! { <details open=open><summary>{words}</summary><div class="dash-ticks">{boxes}</div></details> }
}
