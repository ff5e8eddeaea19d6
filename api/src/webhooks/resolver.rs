//! What a name stands for, each time it is connected to: a name that stood for a public address a moment ago may stand for another one now.

use std::{
    fmt,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;
use url::{Host, Url};

use super::target::{TargetError, TargetRules};

/// A name that is to be given is looked up for so long at most.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(2);

/// So many names are looked up at once, unless it is said otherwise.
pub const LOOKED_UP_AT_ONCE: usize = 8;

type Lookup = dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync;

/// Finds the addresses of names, and keeps those that webhooks may be sent to.
#[derive(Clone)]
pub struct Resolver {
    rules: Arc<TargetRules>,
    lookup: Arc<Lookup>,
    /// A look-up has one until it ends, also where nobody waits for it any more: the machine gives up none, and each holds a thread.
    permits: Arc<Semaphore>,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Resolver")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl Resolver {
    /// One that asks the machine.
    pub fn new(rules: TargetRules) -> Self {
        Self::with_lookup(rules, |name| async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }

    /// One that asks this.
    pub fn with_lookup<Found>(
        rules: TargetRules,
        lookup: impl Fn(String) -> Found + Send + Sync + 'static,
    ) -> Self
    where
        Found: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        Self {
            rules: Arc::new(rules),
            lookup: Arc::new(move |name| lookup(name).boxed()),
            permits: Arc::new(Semaphore::new(LOOKED_UP_AT_ONCE)),
        }
    }

    /// The same with so many look-ups at once. Whose name servers do not answer has few of them, where there are many.
    #[must_use]
    pub fn at_once(mut self, lookups: usize) -> Self {
        self.permits = Arc::new(Semaphore::new(lookups));
        self
    }

    /// What the installation allows.
    pub fn rules(&self) -> &TargetRules {
        &self.rules
    }

    /// The URL in this text, if webhooks may be sent there by now. A name that is not found may be one that is still to be set up.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn check(&self, text: &str) -> Result<Url, TargetError> {
        let url = self.rules.check_url(text)?;
        if let Some(Host::Domain(name)) = url.host() {
            match tokio::time::timeout(LOOKED_UP_WITHIN, self.found(name)).await {
                Ok(Ok(found)) => _ = self.rules.choose(name, found)?,
                Ok(Err(error)) => tracing::debug!(%error, name, "the name of a webhook's host is not found"),
                Err(_) => tracing::debug!(name, "the name of a webhook's host is not found in time"),
            }
        }
        Ok(url)
    }

    async fn found(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        // With a dot at its end it is looked for as it is, and nowhere in the search list of the machine.
        let lookup = (self.lookup)(format!("{}.", name.trim_end_matches('.')));
        let ended = tokio::spawn(async move {
            let found = lookup.await;
            drop(permit);
            found
        });
        ended.await.map_err(io::Error::other)?
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.found(name.as_str()).await?;
            let chosen = resolver.rules.choose(name.as_str(), found)?;
            let addresses = chosen.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(answer: &'static str) -> Resolver {
        Resolver::with_lookup(TargetRules::default(), move |name| async move {
            assert!(name.ends_with("example.com."), "{name}");
            answer
                .parse()
                .map(|address| vec![address])
                .map_err(|_| io::ErrorKind::NotFound.into())
        })
    }

    #[tokio::test]
    async fn a_name_is_refused_that_stands_for_something_inside() {
        let url = "https://hooks.example.com/";
        assert_eq!(
            resolver("10.0.0.1").check(url).await,
            Err(TargetError::InsideAddress)
        );
        for good in ["1.1.1.1", "unknown"] {
            assert!(resolver(good).check(url).await.is_ok(), "{good}");
        }
    }

    /// Nobody waits for them any more, and each still has its thread.
    #[tokio::test]
    async fn lookups_that_do_not_end_are_bounded_and_give_back_their_place_when_they_end() {
        let (end, ended) = tokio::sync::watch::channel(false);
        let begun = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = begun.clone();
        let resolver = Resolver::with_lookup(TargetRules::default(), move |_| {
            let (mut ended, counted) = (ended.clone(), counted.clone());
            async move {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let _ = ended.wait_for(|ended| *ended).await;
                Ok(vec![[1, 1, 1, 1].into()])
            }
        })
        .at_once(2);
        let resolve = || resolver.resolve("hooks.example.com".parse().unwrap());
        for _ in 0..5 {
            assert!(resolve().now_or_never().is_none());
        }
        let begun = || begun.load(std::sync::atomic::Ordering::SeqCst);
        while begun() < 2 {
            tokio::task::yield_now().await;
        }
        assert!(resolve().now_or_never().is_none());
        assert_eq!((begun(), resolver.permits.available_permits()), (2, 0));
        end.send(true).unwrap();
        assert!(resolve().await.is_ok());
    }

    #[tokio::test]
    async fn what_is_connected_to_is_chosen_each_time() {
        let name = || "hooks.example.com".parse().unwrap();
        let found: Vec<_> = resolver("1.1.1.1").resolve(name()).await.unwrap().collect();
        assert_eq!(found, ["1.1.1.1:0".parse().unwrap()]);
        let Err(error) = resolver("169.254.169.254").resolve(name()).await else {
            panic!("it is inside");
        };
        assert_eq!(error.downcast_ref(), Some(&TargetError::InsideAddress));
    }
}
