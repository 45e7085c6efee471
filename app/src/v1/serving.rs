//! Which models may be called in some projects, and who answers for each. The playground asks the same.

use crate::App;
use crate::endpoints::upstream;
use crate::error::Result;
use crate::wire::Upstream;
use domain::ids::ProjectId;
use domain::run::{ModelKind, ModelState};

/// A model that may be called.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    /// What callers call it.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// What its server calls it.
    pub(crate) there: String,
    /// Who answers.
    pub(crate) upstream: Upstream,
    /// Whether that is an outside endpoint.
    pub(crate) outside: bool,
    /// What it is for.
    pub(crate) kind: ModelKind,
    /// When it was made; 0 where that is not known.
    pub(crate) created_at: i64,
}

/// What an endpoint's model is called here.
pub(crate) fn endpoint_model(endpoint: &str, model: &str) -> String {
    format!("{endpoint}/{model}")
}

/// The models that these projects may use: ours that are ready, the oldest first, then endpoints'.
pub(crate) async fn serving(app: &App, projects: &[ProjectId]) -> Result<Vec<Served>> {
    let mut served: Vec<Served> = Vec::new();
    let mut outside = Vec::new();
    for project in projects {
        let models = app.store.models(project).await?;
        for model in models.into_iter().rev() {
            let known = served.iter().any(|it| it.id == model.id.as_str());
            if model.state == ModelState::Ready && !known {
                served.push(Served {
                    id: model.id.to_string(),
                    name: model.name,
                    there: model.id.to_string(),
                    upstream: Upstream::engine(&app.engine),
                    outside: false,
                    kind: model.kind,
                    created_at: model.created_at,
                });
            }
        }
        for endpoint in app.store.endpoints(project).await? {
            let upstream = upstream(&endpoint);
            for model in &endpoint.models {
                let id = endpoint_model(&endpoint.name, model);
                outside.push(Served {
                    name: id.clone(),
                    id,
                    there: model.clone(),
                    upstream: upstream.clone(),
                    outside: true,
                    kind: ModelKind::Policy,
                    created_at: 0,
                });
            }
        }
    }
    served.extend(outside);
    Ok(served)
}

/// The one that is called so: by identifier, or the newest of that name.
pub(super) fn called(served: Vec<Served>, wanted: &str) -> Option<Served> {
    let place = served
        .iter()
        .position(|it| it.id == wanted)
        .or_else(|| served.iter().rposition(|it| it.name == wanted))?;
    served.into_iter().nth(place)
}
