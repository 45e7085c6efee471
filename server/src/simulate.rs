//! `touchstone simulate`: lets simulated annotators answer a project's open tasks.

use crate::data::project;
use anyhow::Context;
use domain::Fields;
use domain::simulate::Panel;
use store::{Store, now_ms};

/// Let simulated annotators answer open tasks. Everything they say is marked as simulated.
#[derive(clap::Args)]
pub struct Simulate {
    /// The project's identifier or name.
    #[arg(long)]
    project: String,
    /// What they judge by: shorter, longer, contains, avoids, reference or hidden.
    #[arg(long, default_value = "shorter")]
    rule: String,
    /// The words of the rules contains and avoids, separated by commas.
    #[arg(long, default_value = "")]
    words: String,
    /// The most or fewest words of a response, for shorter and longer.
    #[arg(long, default_value = "50")]
    limit: String,
    /// How often they say the opposite, from 0 to 1.
    #[arg(long, default_value = "0.25")]
    noise: String,
    /// What standing left is worth to them, where 1 is a clear difference.
    #[arg(long, default_value = "0", allow_hyphen_values = true)]
    position: String,
    /// What each doubling of the length is worth to them.
    #[arg(long, default_value = "0", allow_hyphen_values = true)]
    length: String,
    /// How many annotators.
    #[arg(long, default_value = "3")]
    annotators: String,
    /// How many tasks each answers at most.
    #[arg(long, default_value = "100")]
    items: String,
    /// Their mean seconds for a comparison, as recorded.
    #[arg(long, default_value = "61.5")]
    seconds: String,
    /// The same seed gives the same answers to the same items.
    #[arg(long, default_value = "1")]
    seed: String,
}

impl Simulate {
    /// Answers, and says how much.
    ///
    /// # Errors
    /// With a sentence for each option that is wrong.
    pub async fn run(self, store: &Store) -> anyhow::Result<()> {
        let id = project(store, &self.project).await?;
        let fields = Fields::from_iter([
            ("rule", self.rule),
            ("words", self.words),
            ("limit", self.limit),
            ("noise", self.noise),
            ("position", self.position),
            ("length", self.length),
            ("annotators", self.annotators),
            ("items", self.items),
            ("seconds", self.seconds),
            ("seed", self.seed),
        ]);
        let panel = Panel::parse(&fields).map_err(|wrong| {
            let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            anyhow::anyhow!(all.join("; "))
        })?;
        let settings = store
            .project(&id)
            .await?
            .context("the project is gone")?
            .settings;
        let model = serde_json::to_string(&panel)?;
        store
            .audit(Some(&id), None, "simulate", "by command", &model, now_ms())
            .await?;
        let worked = store.run_panel(&id, &settings, &panel, now_ms).await?;
        println!(
            "{} tasks answered by {} simulated annotators",
            worked.answered, panel.annotators
        );
        for (reason, count) in &worked.skipped {
            println!("  {count} skipped: {reason}");
        }
        Ok(())
    }
}
