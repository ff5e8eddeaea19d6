//! Whose a resource is: a tenant's, or nobody's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::labels;

/// Who a resource and its outputs belong to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Owner {
    /// The tenant with this id.
    Tenant(String),
    /// Nobody: the resource lives in this namespace, which no tenant has been given.
    Namespace(String),
}

/// A tenant id that cannot be part of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the label {} has the value {value:?}, which is no tenant id: lower-case letters, digits and inner dashes, at most 63",
    labels::TENANT
)]
pub struct InvalidTenant {
    value: String,
}

impl Owner {
    /// The owner of a resource.
    ///
    /// In the `encodings_namespace` the resource's own label says whose it is, which only the API may set; anywhere else
    /// the label of the namespace does, which only a cluster administrator may set.
    ///
    /// # Errors
    /// [`InvalidTenant`] where the label that counts holds no tenant id.
    pub fn of(
        namespace: &str,
        encodings_namespace: &str,
        resource_labels: &BTreeMap<String, String>,
        namespace_labels: &BTreeMap<String, String>,
    ) -> Result<Self, InvalidTenant> {
        let counting = if namespace == encodings_namespace {
            resource_labels
        } else {
            namespace_labels
        };
        match counting.get(labels::TENANT) {
            None => Ok(Self::Namespace(namespace.to_owned())),
            Some(tenant) if is_dns_label(tenant) => Ok(Self::Tenant(tenant.clone())),
            Some(other) => Err(InvalidTenant { value: other.clone() }),
        }
    }

    /// The tenant's id, if it is a tenant's.
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::Tenant(id) => Some(id),
            Self::Namespace(_) => None,
        }
    }

    /// Where everything of this owner lies in the store: `tenants/<tenant>` or `namespaces/<namespace>`, without a slash at the end.
    pub fn prefix(&self) -> String {
        match self {
            Self::Tenant(id) => format!("tenants/{id}"),
            Self::Namespace(name) => format!("namespaces/{name}"),
        }
    }
}

/// Whether the text is a DNS label (RFC 1123), which every tenant id is; a UUID is one.
pub fn is_dns_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(tenant: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(labels::TENANT.to_owned(), tenant.to_owned())])
    }

    #[test]
    fn in_the_encodings_namespace_the_resource_says_whose_it_is() {
        let owner = Owner::of("encodings", "encodings", &labelled("a"), &labelled("b")).unwrap();
        assert_eq!(owner, Owner::Tenant("a".into()));
    }

    #[test]
    fn elsewhere_the_namespace_says_and_a_forged_label_says_nothing() {
        let owner = Owner::of("team", "encodings", &labelled("a"), &labelled("b")).unwrap();
        assert_eq!(owner, Owner::Tenant("b".into()));
        let owner = Owner::of("team", "encodings", &labelled("a"), &BTreeMap::new()).unwrap();
        assert_eq!(owner, Owner::Namespace("team".into()));
        assert_eq!(owner.prefix(), "namespaces/team");
    }

    #[test]
    fn a_label_that_would_leave_its_prefix_is_refused() {
        for bad in ["", "..", "a/b", "A", "-a", "a-", &"a".repeat(64)] {
            assert!(
                Owner::of("team", "encodings", &BTreeMap::new(), &labelled(bad)).is_err(),
                "{bad}"
            );
        }
    }
}
