//! Whose turn it is, found in the slowest and plainest way.

use super::*;

/// Panics where turns are given in another order than the shares'. For where nothing but limits holds a document up:
/// each one has a Job of its own, there is no limit of Jobs, and nothing was served before.
pub(super) fn check(snapshot: &Snapshot, settings: &Settings, plan: &Plan) {
    let mut left: Vec<&Document> = snapshot
        .documents
        .iter()
        .filter(|one| one.state == DocumentState::Waiting)
        .collect();
    let mut assigned: Vec<&Document> = snapshot
        .documents
        .iter()
        .filter(|one| one.state != DocumentState::Waiting)
        .collect();
    let share = |assigned: &[&Document], weight: u32, is_counted: &dyn Fn(&Document) -> bool| {
        // The weights are 1 to 4, of which 12 is a multiple.
        assigned.iter().filter(|one| is_counted(one)).count() * 12 / weight as usize
    };
    for uid in plan.assigned() {
        let index = left
            .iter()
            .position(|one| *one.uid == *uid)
            .expect("a document that waits");
        let taken = left[index];
        let of_queue = |queue: &Arc<str>| {
            share(&assigned, settings.queue_weight(queue), &|one| {
                one.queue == *queue
            })
        };
        let of_tenant = |document: &Document| {
            share(&assigned, settings.tenant_weight(&document.tenant), &|one| {
                one.queue == document.queue && one.tenant == document.tenant
            })
        };
        let is_full = |queue: &Arc<str>| {
            let count = assigned.iter().filter(|one| one.queue == *queue).count();
            settings
                .queue(queue)
                .max_concurrent
                .is_some_and(|most| count >= most)
        };
        for other in left.iter().filter(|other| !is_full(&other.queue)) {
            assert!(
                of_queue(&taken.queue) <= of_queue(&other.queue),
                "{uid} goes before queue {}",
                other.queue
            );
            if other.queue == taken.queue {
                assert!(
                    of_tenant(taken) <= of_tenant(other),
                    "{uid} goes before tenant {}",
                    other.tenant
                );
            }
            if other.queue == taken.queue && other.tenant == taken.tenant {
                let order = |one: &Document| (std::cmp::Reverse(one.priority), one.created, one.name.clone());
                assert!(order(taken) <= order(other), "{uid} goes before {}", other.uid);
            }
        }
        assigned.push(left.remove(index));
    }
}
