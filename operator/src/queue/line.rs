//! The documents of one queue that wait, tenant by tenant.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    plan::WaitReason,
    shares::{Shares, Tags},
    snapshot::{Document, DocumentState, QueueSettings, Settings, Snapshot},
};

/// A document that waits.
pub(super) struct Waiting<'a> {
    pub(super) document: &'a Document,
    /// The work that is expected for it.
    pub(super) work: Duration,
    /// What a standing Job must be to be handed this document; `None` where it needs a Job of its own.
    pub(super) identity: Option<usize>,
}

/// Sorts documents by their arrival. From then on they are known by their index.
pub(super) fn sort_by_arrival(waiting: &mut [Waiting]) {
    waiting.sort_unstable_by(|Waiting { document: one, .. }, Waiting { document: other, .. }| {
        (one.created, &one.name, &one.uid).cmp(&(other.created, &other.name, &other.uid))
    });
}

/// One queue during a pass.
pub(super) struct Line {
    pub(super) queue: Arc<str>,
    pub(super) settings: QueueSettings,
    /// How many of its documents are assigned.
    pub(super) assigned: usize,
    /// The work for these.
    pub(super) work: Duration,
    tenants: Vec<TenantLine>,
    shares: Shares,
}

/// The documents of one tenant in one queue that wait.
#[derive(Default)]
struct TenantLine {
    /// In the order of their turns.
    documents: Vec<usize>,
    /// How many of these have been asked.
    asked: usize,
    /// Those that were asked and could not be assigned.
    refused: Vec<usize>,
}

/// The document whose turn it is.
pub(super) struct Next {
    pub(super) document: usize,
    /// Whether no other of its tenant was refused.
    pub(super) foremost: bool,
    tenant: usize,
}

/// The queues that have documents, in the order of their names.
pub(super) fn lines(waiting: &[Waiting], snapshot: &Snapshot, settings: &Settings) -> Vec<Line> {
    #[derive(Default)]
    struct Tenant {
        assigned: usize,
        work: Duration,
        documents: Vec<usize>,
    }
    let mut queues: BTreeMap<&Arc<str>, BTreeMap<&Arc<str>, Tenant>> = BTreeMap::new();
    for (index, Waiting { document, .. }) in waiting.iter().enumerate() {
        let tenants = queues.entry(&document.queue).or_default();
        tenants.entry(&document.tenant).or_default().documents.push(index);
    }
    for document in snapshot
        .documents
        .iter()
        .filter(|document| document.state != DocumentState::Waiting)
    {
        let tenants = queues.entry(&document.queue).or_default();
        let tenant = tenants.entry(&document.tenant).or_default();
        tenant.assigned += 1;
        tenant.work = tenant.work.saturating_add(snapshot.rates.expected(document));
    }
    let nothing = Tags::default();
    let line = |(queue, tenants): (&Arc<str>, BTreeMap<&Arc<str>, Tenant>)| {
        let tags = snapshot.served.tenants.get(queue).unwrap_or(&nothing);
        let mut line = Line {
            queue: Arc::clone(queue),
            settings: settings.queue(queue),
            assigned: tenants.values().map(|tenant| tenant.assigned).sum(),
            work: tenants
                .values()
                .fold(Duration::ZERO, |sum, tenant| sum.saturating_add(tenant.work)),
            tenants: Vec::with_capacity(tenants.len()),
            shares: Shares::new(tags),
        };
        for (name, mut tenant) in tenants {
            tenant
                .documents
                .sort_by_key(|index| Reverse(waiting[*index].document.priority));
            let index = line
                .shares
                .add(name, settings.tenant_weight(name), tenant.assigned, tags);
            line.tenants.push(TenantLine {
                documents: tenant.documents,
                ..TenantLine::default()
            });
            line.offer(index);
        }
        line
    };
    queues.into_iter().map(line).collect()
}

impl Line {
    /// The document whose turn is next.
    pub(super) fn head(&self) -> Option<usize> {
        self.shares.head()
    }

    /// Whether no more of its documents may be assigned.
    pub(super) fn is_full(&self) -> bool {
        self.settings
            .max_concurrent
            .is_some_and(|most| self.assigned >= most)
    }

    /// Why those wait that were not asked.
    pub(super) fn limit(&self) -> WaitReason {
        match self.settings.max_concurrent {
            Some(limit) if self.is_full() => WaitReason::QueueLimit { limit },
            _ => WaitReason::GlobalLimit,
        }
    }

    /// Takes the document whose turn is next; [`Line::serve`] or [`Line::refuse`] has to follow.
    pub(super) fn take(&mut self) -> Option<Next> {
        let tenant = self.shares.take()?;
        let line = &mut self.tenants[tenant];
        line.asked += 1;
        Some(Next {
            document: line.documents[line.asked - 1],
            foremost: line.refused.is_empty(),
            tenant,
        })
    }

    /// Counts a document that was taken as assigned.
    pub(super) fn serve(&mut self, next: &Next, work: Duration) {
        self.assigned += 1;
        self.work = self.work.saturating_add(work);
        self.shares.serve(next.tenant);
        self.offer(next.tenant);
    }

    /// Leaves a document that was taken waiting.
    pub(super) fn refuse(&mut self, next: &Next) {
        self.tenants[next.tenant].refused.push(next.document);
        self.offer(next.tenant);
    }

    /// Whether any document goes on waiting.
    pub(super) fn waits(&self) -> bool {
        let waits = |line: &TenantLine| line.asked < line.documents.len() || !line.refused.is_empty();
        self.tenants.iter().any(waits)
    }

    /// What the next pass has to know of the past.
    pub(super) fn tags(&self, before: Option<&Tags>) -> Tags {
        self.shares.tags(before.unwrap_or(&Tags::default()))
    }

    /// Takes all that go on waiting, in the order in which they would be served if there were no limits and all could be.
    pub(super) fn rest(&mut self) -> Vec<usize> {
        self.shares.clear();
        for index in 0..self.tenants.len() {
            let line = &mut self.tenants[index];
            let mut rest = std::mem::take(&mut line.refused);
            rest.extend(&line.documents[line.asked..]);
            line.documents = rest;
            line.asked = 0;
            self.offer(index);
        }
        let mut order = Vec::new();
        while let Some(next) = self.take() {
            order.push(next.document);
            self.shares.serve(next.tenant);
            self.offer(next.tenant);
        }
        order
    }

    fn offer(&mut self, tenant: usize) {
        let line = &self.tenants[tenant];
        if let Some(head) = line.documents.get(line.asked) {
            self.shares.offer(tenant, *head);
        }
    }
}
