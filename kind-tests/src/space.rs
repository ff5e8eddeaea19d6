//! A namespace of its own for every test.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, time::Duration};

use anyhow::{Context, Result, anyhow};
use crds::{DocumentEncoding, labels};
use futures::FutureExt;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, PostParams},
};
use reqwest::Method;
use tokio::sync::RwLock;

use crate::{
    admin::{self, Account},
    api::{Address, ApiClient},
    chart,
    cluster::Cluster,
    command,
    parts::Stopped,
    state, wait,
};

/// The longest a test may take.
const TIME_LIMIT: Duration = Duration::from_mins(4);

/// Tests share the installed platform; the ones that stop parts of it have it for themselves.
static PLATFORM: RwLock<()> = RwLock::const_new(());

/// What a test's namespace is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A namespace and nothing in it.
    Bare,
    /// A namespace where Jobs can run, that belongs to nobody.
    Nobodys,
    /// A namespace where Jobs can run, that belongs to a tenant who has a user with a key.
    Tenants,
}

/// A test's own namespace, and its own tenant.
pub struct Space {
    /// The cluster.
    pub cluster: Cluster,
    /// The namespace's name.
    pub namespace: String,
    /// Where the API is.
    pub address: Address,
    account: Option<Account>,
    manifests: String,
    stopped: Stopped,
}

/// Runs a test in a namespace of its own, beside other tests.
///
/// # Panics
/// Where the test fails; what the cluster looked like is printed first.
pub async fn beside_others(kind: Kind, theme: &str, test: impl AsyncFnOnce(&Space) -> Result<()>) {
    beside_others_within(TIME_LIMIT, kind, theme, test).await;
}

/// Runs a test that may take another time than the others in a namespace of its own, beside other tests.
///
/// # Panics
/// Where the test fails; what the cluster looked like is printed first.
pub async fn beside_others_within(
    limit: Duration,
    kind: Kind,
    theme: &str,
    test: impl AsyncFnOnce(&Space) -> Result<()>,
) {
    let _shared = PLATFORM.read().await;
    run(limit, kind, theme, test).await;
}

/// Runs a test in a namespace of its own, and no other test meanwhile.
///
/// # Panics
/// Where the test fails; what the cluster looked like is printed first.
pub async fn alone(kind: Kind, theme: &str, test: impl AsyncFnOnce(&Space) -> Result<()>) {
    let _exclusive = PLATFORM.write().await;
    run(TIME_LIMIT, kind, theme, test).await;
}

async fn run(limit: Duration, kind: Kind, theme: &str, test: impl AsyncFnOnce(&Space) -> Result<()>) {
    let cluster = Cluster::connect().await.expect("KUBECONFIG leads to a cluster");
    let mut space = Space::new(cluster, theme).expect("a client of the API can be made");
    let failure = if let Err(error) = space.prepare(kind, theme).await {
        Some(error.context("unable to prepare the namespace"))
    } else {
        let guarded = AssertUnwindSafe(test(&space)).catch_unwind();
        match tokio::time::timeout(limit, guarded).await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(error))) => Some(error),
            Ok(Err(panic)) => Some(anyhow!("{}", message_of(panic.as_ref()))),
            Err(_) => Some(anyhow!("the test took longer than {limit:?}")),
        }
    };
    if let Some(failure) = &failure {
        let state = state::describe(&space.cluster, &space.namespace, space.account.as_ref()).await;
        eprintln!("{state}\n\n{failure:?}");
    }
    let cleaning = space.clean_up().await;
    assert!(
        failure.is_none(),
        "the test failed in {}: {:#}",
        space.namespace,
        failure.unwrap_or_else(|| anyhow!(""))
    );
    if let Err(error) = cleaning {
        panic!("unable to clean up after the test: {error:?}");
    }
}

impl Space {
    fn new(cluster: Cluster, theme: &str) -> Result<Self> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        Ok(Self {
            address: Address::of(&cluster)?,
            cluster,
            namespace: format!("test-{theme}-{}", &id[..6]),
            account: None,
            manifests: String::new(),
            stopped: Stopped::default(),
        })
    }

    /// The resources of the test's namespace.
    pub fn encodings(&self) -> Api<DocumentEncoding> {
        self.cluster.encodings(&self.namespace)
    }

    /// The resources of uploaded documents, of all tenants.
    pub fn uploads(&self) -> Api<DocumentEncoding> {
        self.cluster.encodings(&self.cluster.encodings_namespace)
    }

    /// Objects of a kind in the test's namespace.
    pub fn objects<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        Api::namespaced(self.cluster.client.clone(), &self.namespace)
    }

    /// The test's tenant.
    ///
    /// # Panics
    /// Where the test asked for none.
    pub fn account(&self) -> &Account {
        self.account.as_ref().expect("the test's space is Kind::Tenants")
    }

    /// The API with the key of the test's user.
    pub fn api(&self) -> ApiClient<'_> {
        self.address.with_key(&self.account().key)
    }

    /// Runs `kubectl` in the test's namespace.
    ///
    /// # Errors
    /// Where it cannot be run.
    pub async fn kubectl(&self, arguments: &[&str], input: &str) -> Result<command::Outcome> {
        let mut all = vec!["--namespace", self.namespace.as_str()];
        all.extend(arguments);
        command::kubectl(&all, input).await
    }

    /// Stops a part of the platform, `api` or `operator`. It is started again when the test is over, however it ends.
    ///
    /// # Errors
    /// Where it does not stop.
    pub async fn stop(&self, part: &'static str) -> Result<()> {
        self.stopped.stop(&self.cluster, part).await
    }

    /// Starts again what [`Self::stop`] stopped, and waits until it is ready.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start(&self, part: &'static str) -> Result<()> {
        self.stopped.start(&self.cluster, part).await
    }

    async fn prepare(&mut self, kind: Kind, theme: &str) -> Result<()> {
        let mut labels = BTreeMap::from([(
            "pod-security.kubernetes.io/enforce".to_owned(),
            "restricted".to_owned(),
        )]);
        if kind == Kind::Tenants {
            let account = admin::create_account(&self.cluster, &format!("test {theme}")).await?;
            labels.insert(labels::TENANT.to_owned(), account.tenant.clone());
            self.account = Some(account);
        }
        let namespace = Namespace {
            metadata: ObjectMeta {
                name: Some(self.namespace.clone()),
                labels: Some(labels),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        let namespaces: Api<Namespace> = Api::all(self.cluster.client.clone());
        namespaces
            .create(&PostParams::default(), &namespace)
            .await
            .context("unable to create the namespace")?;
        if kind != Kind::Bare {
            self.manifests = chart::tenant_namespace(&self.cluster, &self.namespace).await?;
            command::kubectl(&["apply", "--server-side", "-f", "-"], &self.manifests)
                .await?
                .expect_success()?;
        }
        Ok(())
    }

    /// Deletes everything the test made, and waits until the namespace is gone: no finalizer may hold it.
    async fn clean_up(&self) -> Result<()> {
        if self.stopped.start_all(&self.cluster).await? {
            self.address.ready().await?;
        }
        if let Some(account) = &self.account {
            self.delete_documents(account).await?;
        }
        let namespaces: Api<Namespace> = Api::all(self.cluster.client.clone());
        if namespaces.get_opt(&self.namespace).await?.is_some() {
            namespaces
                .delete(&self.namespace, &DeleteParams::background())
                .await?;
        }
        wait::gone(&namespaces, &self.namespace, wait::SOON).await?;
        if !self.manifests.is_empty() {
            // What is left is what has no namespace, such as the volume of the store.
            command::kubectl(
                &["delete", "--ignore-not-found", "--wait=false", "-f", "-"],
                &self.manifests,
            )
            .await?
            .expect_success()?;
        }
        Ok(())
    }

    async fn delete_documents(&self, account: &Account) -> Result<()> {
        let selected = ListParams::default().labels(&format!("{}={}", labels::TENANT, account.tenant));
        let api = self.address.with_key(&account.key);
        let mut ids: Vec<String> = self
            .uploads()
            .list(&selected)
            .await?
            .iter()
            .filter_map(|resource| resource.labels().get(labels::DOCUMENT_ID).cloned())
            .collect();
        // What has another's result has no resource.
        let listed = api.json("/api/documents?limit=100").await?;
        let documents = listed["documents"].as_array().into_iter().flatten();
        ids.extend(documents.filter_map(|document| Some(document["id"].as_str()?.to_owned())));
        for id in ids {
            api.send(Method::DELETE, &format!("/api/documents/{id}")).await?;
        }
        Ok(())
    }
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
