//! The agreement page: how far people who saw the same items say the same, with the items behind each
//! number, and the numbers as files.
//!
//! **Answers by people only, unless somebody asks otherwise**; the page says what it left out.

mod download;
mod items;
mod page;

pub(crate) use page::encode;

use crate::Cx;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::routes::{Route, get};
use axum::extract::Query;
use domain::{Fields, Kind, Provenance, Right};
use store::reports::Readings;
use store::reports::agreement::Agreement;
use store::reports::gold::Gold;

/// The addresses.
pub fn routes() -> Vec<Route> {
    let read = Access::Project(Right::Read);
    vec![
        get("/projects/{project}/agreement", read, page::show),
        get("/projects/{project}/agreement/items", read, items::show),
        get("/projects/{project}/agreement.csv", read, download::csv),
        get("/projects/{project}/agreement.json", read, download::json),
    ]
}

/// What the address asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Only this kind.
    pub(crate) kind: Option<Kind>,
    /// `person` unless said otherwise; `all` mixes.
    pub(crate) provenance: Option<Provenance>,
}

impl Asked {
    pub(crate) fn from(fields: &Fields) -> Self {
        Self {
            kind: fields.get("kind").and_then(Kind::parse),
            provenance: match fields.get("provenance") {
                Some("all") => None,
                Some(name) => Provenance::parse(name).or(Some(Provenance::Person)),
                None => Some(Provenance::Person),
            },
        }
    }
    pub(crate) fn provenances(&self) -> Vec<Provenance> {
        self.provenance
            .map_or_else(|| Provenance::ALL.to_vec(), |one| vec![one])
    }
    pub(crate) fn provenance_name(&self) -> &'static str {
        self.provenance.map_or("all", Provenance::name)
    }
    fn query(&self) -> String {
        let kind = self.kind.map_or("", Kind::name);
        format!("kind={kind}&provenance={}", self.provenance_name())
    }
}

/// The query string as fields.
pub(crate) type Pairs = Query<Vec<(String, String)>>;

pub(crate) async fn readings(cx: &Cx, asked: &Asked) -> Result<Readings> {
    let project = cx.project()?;
    let provenances = asked.provenances();
    let readings = cx
        .store()
        .readings(&project.id, &project.settings, &provenances);
    Ok(readings.await?)
}

async fn report(cx: &Cx, asked: &Asked) -> Result<(Agreement, Gold)> {
    let project = cx.project()?;
    let readings = readings(cx, asked).await?;
    let kind = asked.kind;
    // thousands of draws: not on the threads that answer requests
    let report = tokio::task::spawn_blocking(move || readings.agreement(kind))
        .await
        .map_err(Error::internal)?;
    let provenances = asked.provenances();
    let gold = cx
        .store()
        .gold(&project.id, &project.settings, &provenances)
        .await?;
    Ok((report, gold))
}
