//! Questions to the platform's Postgres, as its superuser.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{cluster::Cluster, command, replica};

/// Over the socket in the Pod, where no password is asked for.
const PSQL: &str = r#"PGHOST=/tmp PGUSER="${POSTGRES_USER:-postgres}" exec /usr/lib/postgresql/*/bin/psql --no-psqlrc --quiet \
--tuples-only --no-align --set=ON_ERROR_STOP=1 --file=- "$1""#;

/// The release's own Postgres, asked by the `psql` in its Pod.
pub struct Sql {
    namespace: String,
    target: String,
    database: String,
}

impl Sql {
    /// The platform's database, or with a name another one.
    ///
    /// # Errors
    /// Where the release's Secret is not as the chart makes it.
    pub async fn of(cluster: &Cluster, database: Option<&str>) -> Result<Self> {
        let (_, own) = replica::database(cluster, "owner").await?;
        Ok(Self {
            namespace: cluster.release_namespace.clone(),
            target: format!("statefulset/{}-postgres", cluster.release),
            database: database.unwrap_or(&own).to_owned(),
        })
    }

    /// Runs statements, each on its own; answers what they print.
    ///
    /// # Errors
    /// Where one of them fails.
    pub async fn run(&self, statements: &str) -> Result<String> {
        let arguments = [
            "exec",
            "--stdin",
            "--namespace",
            &self.namespace,
            &self.target,
            "--",
            "sh",
            "-c",
            PSQL,
            "sh",
            &self.database,
        ];
        command::kubectl(&arguments, statements).await?.expect_success()
    }

    /// The rows of a query as objects in a JSON array.
    ///
    /// # Errors
    /// Where it fails.
    pub async fn rows(&self, query: &str) -> Result<Vec<Value>> {
        let printed = self
            .run(&format!(
                "SELECT coalesce(json_agg(row), '[]') FROM ({query}) AS row;"
            ))
            .await?;
        serde_json::from_str(&printed).with_context(|| format!("psql printed no JSON: {printed}"))
    }
}
