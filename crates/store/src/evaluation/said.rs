//! Where what a judge said under a node is found, in one place, because it matters how.

/// Behind `FROM`: the rows `v` of a table (`verdict`, `judgment`) that a judge `$2` gave in an aspect `$3` under a node `$1`,
/// or wherever they lie (`whole`), joined with `others`; further conditions may follow with `AND`.
///
/// `CROSS JOIN` keeps SQLite to this order. It would else take the index by judge, and walk everything the judge ever said
/// for each node: seconds instead of milliseconds over a million comparisons.
pub(crate) fn said(table: &str, whole: bool, others: &[&str]) -> String {
    let others: String = others
        .iter()
        .map(|other| format!(" CROSS JOIN {other}"))
        .collect();
    let (from, which) = if whole {
        (format!("{table} v"), "'' <> $1")
    } else {
        let from = format!("counted c CROSS JOIN {table} v");
        (from, "c.node = $1 AND v.prompt = c.prompt")
    };
    format!("{from}{others} WHERE {which} AND v.judge = $2 AND v.aspect = $3 AND v.current = 1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use sqlx::{AssertSqlSafe, Row};

    async fn plan(store: &Store, sql: &str) -> String {
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .bind("node")
            .bind("judge")
            .bind("")
            .fetch_all(&store.read)
            .await
            .unwrap();
        let steps = rows.iter().map(|row| row.try_get("detail").unwrap());
        steps.collect::<Vec<String>>().join("\n")
    }

    #[tokio::test]
    async fn sqlite_goes_by_the_nodes_prompts_and_reads_the_newest_in_order() {
        let folder = std::env::temp_dir().join(crate::new_id());
        let store = Store::open(&format!("sqlite://{}/plan.db", folder.display())).await;
        let store = store.unwrap();
        for table in ["verdict", "judgment"] {
            let others = ["prompt p"];
            let under = said(table, false, &others);
            let sql = format!("SELECT 1 FROM {under} AND p.id = v.prompt ORDER BY v.id LIMIT 9");
            let steps = plan(&store, &sql).await;
            assert!(steps.contains("counted_node (node=?)"), "{steps}");
            let by_prompt = format!("{table}_prompt (prompt=? AND judge=? AND aspect=?)");
            assert!(steps.contains(&by_prompt), "{steps}");
            // everything it said: no sorting, so that a limit ends it
            let whole = said(table, true, &others);
            let sql =
                format!("SELECT 1 FROM {whole} AND p.id = v.prompt ORDER BY v.id DESC LIMIT 9");
            let steps = plan(&store, &sql).await;
            assert!(
                steps.contains(&format!("{table}_judge (judge=? AND aspect=?)")),
                "{steps}"
            );
            assert!(!steps.contains("TEMP B-TREE"), "{steps}");
        }
        store.close().await;
        let _ = std::fs::remove_dir_all(folder);
    }
}
