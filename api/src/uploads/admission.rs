//! How many uploads may come in at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::UploadError;

/// So many uploads of one tenant may come in at once: none keeps the others from uploading.
const MAX_PER_TENANT: usize = 16;
/// So many of all tenants together, each of which holds some memory.
const MAX_IN_ALL: usize = 256;

/// The uploads that are coming in.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    by_tenant: Arc<Mutex<HashMap<Uuid, usize>>>,
    tasks: TaskTracker,
}

/// A place that an upload has, until it is dropped.
#[derive(Debug)]
pub struct Place {
    admission: Admission,
    tenant: Uuid,
}

impl Admission {
    /// Takes a place for an upload of the tenant.
    ///
    /// # Errors
    /// [`UploadError::TooManyUploads`], [`UploadError::Saturated`].
    pub fn begin(&self, tenant: Uuid) -> Result<Place, UploadError> {
        let mut by_tenant = self.by_tenant.lock().unwrap_or_else(PoisonError::into_inner);
        if by_tenant.values().sum::<usize>() >= MAX_IN_ALL {
            return Err(UploadError::Saturated);
        }
        let count = by_tenant.entry(tenant).or_insert(0);
        if *count >= MAX_PER_TENANT {
            return Err(UploadError::TooManyUploads(MAX_PER_TENANT));
        }
        *count += 1;
        Ok(Place {
            admission: self.clone(),
            tenant,
        })
    }

    /// What works on uploads: the process waits for it before it ends.
    pub fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let by_tenant = &self.admission.by_tenant;
        let mut by_tenant = by_tenant.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_tenant.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                by_tenant.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_that_has_all_its_places_keeps_nobody_else_from_uploading() {
        let admission = Admission::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut places: Vec<Place> = (0..MAX_PER_TENANT)
            .map(|_| admission.begin(one).unwrap())
            .collect();
        assert!(matches!(
            admission.begin(one),
            Err(UploadError::TooManyUploads(MAX_PER_TENANT))
        ));
        assert!(admission.begin(other).is_ok());
        places.pop();
        assert!(admission.begin(one).is_ok());
        drop(places);
        assert!(admission.by_tenant.lock().unwrap().is_empty());
    }

    #[test]
    fn all_tenants_together_have_so_many_places() {
        let admission = Admission::default();
        let places: Vec<Place> = (0..MAX_IN_ALL as u128)
            .map(|tenant| admission.begin(Uuid::from_u128(tenant)).unwrap())
            .collect();
        assert!(matches!(
            admission.begin(Uuid::nil()),
            Err(UploadError::Saturated)
        ));
        drop(places);
        assert!(admission.begin(Uuid::nil()).is_ok());
    }
}
