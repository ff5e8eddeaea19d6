//! What documents must have in common to be worked off by one Job. Pure.

use std::fmt::Write as _;

use crds::resources;
use sha2::{Digest, Sha256};

use crate::{settings::EncoderSettings, validate::ValidatedEncoding};

/// The digest of all that is fixed when a Job is made: whose documents it may see, which queue it belongs to, what its container is.
///
/// Documents of two owners never have the same, so a Pod never holds another tenant's document.
pub fn of(
    namespace: &str,
    validated: &ValidatedEncoding,
    cpu: &str,
    memory: u64,
    encoder: &EncoderSettings,
) -> String {
    let memory = resources::quantity(memory).0;
    let parts: [&str; 14] = [
        namespace,
        &validated.owner.prefix(),
        &validated.queue,
        cpu,
        &memory,
        &encoder.image,
        &encoder.image_pull_policy,
        &encoder.store_url,
        &encoder.store_ca,
        &encoder.log,
        &encoder.sandbox,
        &encoder.running_heads,
        &encoder.operator_url,
        &encoder.operator_ca,
    ];
    let mut digest = Sha256::new();
    for part in parts {
        // With its length before it, no part runs into the next.
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // Writing to a String cannot fail.
        text
    })
}

#[cfg(test)]
mod tests {
    use crds::Owner;

    use super::*;
    use crate::{testing, validate};

    #[test]
    fn all_that_a_job_fixes_tells_identities_apart() {
        let settings = testing::settings();
        let validated =
            validate::validate(&testing::encoding(), &testing::surroundings(), &settings).unwrap();
        let identity =
            |namespace, validated: &_, memory| of(namespace, validated, "250m", memory, &settings.encoder);
        let base = identity("a", &validated, 1 << 29);
        assert_eq!(base, identity("a", &validated, 1 << 29));
        let mut of_tenant = validated.clone();
        of_tenant.owner = Owner::Tenant("t1".into());
        let mut of_another = validated.clone();
        of_another.owner = Owner::Tenant("t2".into());
        let mut in_another_queue = validated.clone();
        in_another_queue.queue = "maintenance".into();
        for other in [
            identity("b", &validated, 1 << 29),
            identity("a", &validated, 1 << 30),
            identity("a", &of_tenant, 1 << 29),
            identity("a", &of_another, 1 << 29),
            identity("a", &in_another_queue, 1 << 29),
        ] {
            assert_ne!(base, other);
        }
        assert_ne!(identity("a", &of_tenant, 1), identity("a", &of_another, 1));
    }
}
