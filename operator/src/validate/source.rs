//! Where a document is, and whether it may be read.
//!
//! An encoder reads with rights a person may not have, so a source has to be meant as one: an object lies under its owner's
//! own prefix, a ConfigMap or a claim carries a label.

use crds::{Owner, Source, job, keys, labels, spec::is_dns_subdomain};

/// What was seen of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObservedSource {
    /// It was not looked at: it needs no looking at, or an encoder works with it already.
    #[default]
    NotLookedAt,
    /// The ConfigMap or claim is not there.
    Absent,
    /// The ConfigMap or claim is there, and not meant as a source.
    Unlabelled,
    /// The ConfigMap is there, and has no such key.
    WithoutKey,
    /// It can be read.
    Usable,
}

/// A source that may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValidatedSource {
    /// An object in the store.
    Object {
        /// Its key, under its owner's prefix.
        key: String,
    },
    /// A file in a volume.
    Volume {
        /// The claim's name.
        claim: String,
        /// The file's normalised path from the root of the volume.
        path: String,
    },
    /// A key of a ConfigMap.
    ConfigMap {
        /// The ConfigMap's name.
        name: String,
        /// The key.
        key: String,
    },
}

/// A source that may not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSource {
    /// None or several of the three places are named.
    #[error("exactly one of object, persistentVolumeClaim and configMap must be set")]
    NotOne,
    /// An object, where nobody owns objects.
    #[error(
        "object sources need a tenant: the namespace {0} has no label {label}",
        label = labels::TENANT
    )]
    ObjectOfNobody(String),
    /// An object of somebody else's.
    #[error("the object key must lie under {prefix}/")]
    ObjectOfAnother {
        /// Where it must lie.
        prefix: String,
    },
    /// A key that is not in its plain form.
    #[error("the object key must be plain: no empty, . or .. parts and no control characters")]
    ObjectKey,
    /// A path that leaves its volume, or does not name a file.
    #[error("the path {0:?} must name a file below the root of the volume: relative and without ..")]
    Path(String),
    /// A name that no ConfigMap or claim can have.
    #[error(
        "{name:?} is no name of a {kind}: it must be a DNS subdomain, of lower-case letters, digits, - and ."
    )]
    Name {
        /// `ConfigMap` or `PersistentVolumeClaim`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The claim of the whole store, whatever label it carries.
    #[error(
        "the PersistentVolumeClaim {claim} is the store, with everybody's documents: use an object source instead",
        claim = job::STORE_CLAIM
    )]
    StoreClaim,
    /// A ConfigMap or claim that is not there.
    #[error("the {kind} {name} is not there")]
    Absent {
        /// `ConfigMap` or `PersistentVolumeClaim`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A ConfigMap or claim that is not meant as a source.
    #[error(
        "the {kind} {name} may not be read as a source: it has no label {}: \"true\"",
        labels::SOURCE
    )]
    Unlabelled {
        /// `ConfigMap` or `PersistentVolumeClaim`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A ConfigMap without the key.
    #[error("the ConfigMap {name} has no key {key:?}")]
    WithoutKey {
        /// The ConfigMap's name.
        name: String,
        /// The key.
        key: String,
    },
}

impl InvalidSource {
    /// Whether the source is simply not there.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Absent { .. } | Self::WithoutKey { .. })
    }
}

/// Validates a source.
pub fn validate(
    source: &Source,
    observed: ObservedSource,
    owner: &Owner,
) -> Result<ValidatedSource, InvalidSource> {
    match (
        &source.object,
        &source.persistent_volume_claim,
        &source.config_map,
    ) {
        (Some(object), None, None) => object_key(&object.key, owner),
        (None, Some(volume), None) => {
            let path = normalised_path(&volume.path)?;
            if volume.claim_name == job::STORE_CLAIM {
                return Err(InvalidSource::StoreClaim);
            }
            check(observed, "PersistentVolumeClaim", &volume.claim_name, &path)?;
            let claim = volume.claim_name.clone();
            Ok(ValidatedSource::Volume { claim, path })
        }
        (None, None, Some(config_map)) => {
            let (name, key) = (config_map.name.clone(), config_map.key.clone());
            check(observed, "ConfigMap", &name, &key)?;
            Ok(ValidatedSource::ConfigMap { name, key })
        }
        _ => Err(InvalidSource::NotOne),
    }
}

fn object_key(key: &str, owner: &Owner) -> Result<ValidatedSource, InvalidSource> {
    if let Owner::Namespace(name) = owner {
        return Err(InvalidSource::ObjectOfNobody(name.clone()));
    }
    if !keys::is_plain(key) {
        return Err(InvalidSource::ObjectKey);
    }
    let prefix = owner.prefix();
    if !key.starts_with(&format!("{prefix}/")) {
        return Err(InvalidSource::ObjectOfAnother { prefix });
    }
    Ok(ValidatedSource::Object { key: key.to_owned() })
}

/// The path without empty and `.` parts.
fn normalised_path(path: &str) -> Result<String, InvalidSource> {
    let refused = path.starts_with('/')
        || path.ends_with('/')
        || path.chars().any(char::is_control)
        || path.split('/').any(|part| part == "..");
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    if refused || parts.is_empty() || path.ends_with("/.") {
        return Err(InvalidSource::Path(path.to_owned()));
    }
    Ok(parts.join("/"))
}

fn check(observed: ObservedSource, kind: &'static str, name: &str, key: &str) -> Result<(), InvalidSource> {
    let (name, key) = (name.to_owned(), key.to_owned());
    if !is_dns_subdomain(&name) {
        return Err(InvalidSource::Name { kind, name });
    }
    match observed {
        ObservedSource::NotLookedAt | ObservedSource::Usable => Ok(()),
        ObservedSource::Absent => Err(InvalidSource::Absent { kind, name }),
        ObservedSource::Unlabelled => Err(InvalidSource::Unlabelled { kind, name }),
        ObservedSource::WithoutKey => Err(InvalidSource::WithoutKey { name, key }),
    }
}

#[cfg(test)]
mod tests {
    use crds::{ConfigMapSource, ObjectSource, PersistentVolumeClaimSource};

    use super::*;

    fn tenant() -> Owner {
        Owner::Tenant("t1".into())
    }

    fn nowhere() -> Source {
        Source {
            object: None,
            persistent_volume_claim: None,
            config_map: None,
            file_name: "a.txt".into(),
            content_type: None,
            size_bytes: None,
        }
    }

    fn object(key: &str) -> Source {
        Source {
            object: Some(ObjectSource { key: key.into() }),
            ..nowhere()
        }
    }

    fn volume(path: &str) -> Source {
        Source {
            persistent_volume_claim: Some(PersistentVolumeClaimSource {
                claim_name: "books".into(),
                path: path.into(),
            }),
            ..nowhere()
        }
    }

    fn config_map() -> Source {
        Source {
            config_map: Some(ConfigMapSource {
                name: "texts".into(),
                key: "a.txt".into(),
            }),
            ..nowhere()
        }
    }

    fn refusal(source: &Source, observed: ObservedSource, owner: &Owner) -> InvalidSource {
        validate(source, observed, owner).unwrap_err()
    }

    #[test]
    fn an_object_of_its_own_tenant_is_read() {
        let key = "tenants/t1/documents/d/source";
        assert_eq!(
            validate(&object(key), ObservedSource::NotLookedAt, &tenant()),
            Ok(ValidatedSource::Object { key: key.into() })
        );
    }

    #[test]
    fn an_object_of_another_tenant_is_refused() {
        for key in [
            "tenants/t2/documents/d/source",
            "tenants/t11/x",
            "tenants/t1",
            "x",
        ] {
            let error = refusal(&object(key), ObservedSource::NotLookedAt, &tenant());
            assert_eq!(
                error,
                InvalidSource::ObjectOfAnother {
                    prefix: "tenants/t1".into()
                },
                "{key}"
            );
        }
    }

    #[test]
    fn a_key_that_is_not_plain_is_refused() {
        for key in [
            "tenants/t1/../t2/source",
            "tenants/t1//source",
            "/tenants/t1/source",
            "tenants/t1/./source",
            "tenants/t1/",
            "tenants/t1/a\n",
        ] {
            let error = refusal(&object(key), ObservedSource::NotLookedAt, &tenant());
            assert_eq!(error, InvalidSource::ObjectKey, "{key:?}");
        }
    }

    #[test]
    fn a_namespace_of_nobody_reads_no_objects() {
        let owner = Owner::Namespace("lab".into());
        let error = refusal(&object("namespaces/lab/x"), ObservedSource::NotLookedAt, &owner);
        assert_eq!(error, InvalidSource::ObjectOfNobody("lab".into()));
    }

    #[test]
    fn a_path_is_normalised() {
        for (path, expected) in [("a.pdf", "a.pdf"), ("./b//a.pdf", "b/a.pdf"), ("..a/b", "..a/b")] {
            let validated = validate(&volume(path), ObservedSource::Usable, &tenant()).unwrap();
            let expected = ValidatedSource::Volume {
                claim: "books".into(),
                path: expected.into(),
            };
            assert_eq!(validated, expected, "{path}");
        }
    }

    #[test]
    fn a_path_that_leaves_its_volume_is_refused() {
        for path in [
            "../a",
            "a/../../b",
            "/etc/passwd",
            "",
            ".",
            "./",
            "a/",
            "a/.",
            "a\0b",
        ] {
            let error = refusal(&volume(path), ObservedSource::Usable, &tenant());
            assert_eq!(error, InvalidSource::Path(path.into()), "{path:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for source in [volume("a"), config_map()] {
            assert!(refusal(&source, ObservedSource::Absent, &tenant()).is_absence());
        }
        assert!(refusal(&config_map(), ObservedSource::WithoutKey, &tenant()).is_absence());
    }

    #[test]
    fn what_is_not_meant_as_a_source_is_refused() {
        for source in [volume("a"), config_map()] {
            let error = refusal(&source, ObservedSource::Unlabelled, &tenant());
            assert!(matches!(error, InvalidSource::Unlabelled { .. }));
            assert!(!error.is_absence());
        }
    }

    #[test]
    fn the_claim_of_the_store_is_no_source_whatever_its_label() {
        let store = Source {
            persistent_volume_claim: Some(PersistentVolumeClaimSource {
                claim_name: "socrate-store".into(),
                path: "tenants/other/documents/d/source".into(),
            }),
            ..nowhere()
        };
        for observed in [ObservedSource::Usable, ObservedSource::NotLookedAt] {
            let error = refusal(&store, observed, &tenant());
            assert_eq!(error, InvalidSource::StoreClaim);
            assert!(!error.is_absence());
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in ["a/status", "../secrets/a", "", "A"] {
            let mut claim = volume("a.pdf");
            claim.persistent_volume_claim.as_mut().unwrap().claim_name = name.into();
            let mut map = config_map();
            map.config_map.as_mut().unwrap().name = name.into();
            for source in [claim, map] {
                let error = refusal(&source, ObservedSource::NotLookedAt, &tenant());
                assert!(
                    matches!(&error, InvalidSource::Name { name: refused, .. } if refused == name),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn exactly_one_place_must_be_named() {
        let both = Source {
            config_map: config_map().config_map,
            ..volume("a")
        };
        for source in [nowhere(), both] {
            let error = refusal(&source, ObservedSource::Usable, &tenant());
            assert_eq!(error, InvalidSource::NotOne);
        }
    }
}
