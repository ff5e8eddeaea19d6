//! What a person asked the encoder's container to have.

use crds::Resources;

use crate::settings::{EncoderSettings, QueueOptions};

/// The least memory a container starts with.
const LEAST_MEMORY: u64 = 64 << 20;

/// What the first attempt may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatedResources {
    /// Processor time, requested.
    pub cpu: String,
    /// Memory, requested and limited, in bytes.
    pub memory: u64,
}

/// Resources that cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidResources {
    /// No amount of processor time.
    #[error("spec.resources.cpu is {0:?}, which is no amount of processor time: write 500m or 2")]
    Cpu(String),
    /// No amount of memory.
    #[error("spec.resources.memory is {0:?}, which is no amount of memory: write 512Mi")]
    Memory(String),
    /// More or less memory than can be given.
    #[error("spec.resources.memory is {asked}: it must be from {least} to {most}")]
    MemoryOutOfRange {
        /// What was asked for.
        asked: String,
        /// The least.
        least: String,
        /// The most.
        most: String,
    },
}

/// Validates the resources a person asked for; what is not said is as the queue has it, and else as the settings do.
pub fn validate(
    asked: Option<&Resources>,
    queue: &QueueOptions,
    settings: &EncoderSettings,
) -> Result<ValidatedResources, InvalidResources> {
    let cpu = match asked.and_then(|asked| asked.cpu.as_ref()) {
        None => queue.cpu.clone().unwrap_or_else(|| settings.cpu.clone()),
        Some(cpu) if is_processor_time(&cpu.0) => cpu.0.clone(),
        Some(cpu) => return Err(InvalidResources::Cpu(cpu.0.clone())),
    };
    let memory = match asked.and_then(|asked| asked.memory.as_ref()) {
        None => queue.memory.unwrap_or(settings.memory),
        Some(memory) => {
            let bytes =
                crds::resources::bytes(memory).ok_or_else(|| InvalidResources::Memory(memory.0.clone()))?;
            if !(LEAST_MEMORY..=settings.memory_cap).contains(&bytes) {
                return Err(InvalidResources::MemoryOutOfRange {
                    asked: memory.0.clone(),
                    least: crds::resources::quantity(LEAST_MEMORY).0,
                    most: crds::resources::quantity(settings.memory_cap).0,
                });
            }
            bytes
        }
    };
    Ok(ValidatedResources { cpu, memory })
}

/// Whether the text is an amount of processor time: `2`, `0.5` or `500m`, and more than nothing.
pub fn is_processor_time(text: &str) -> bool {
    let (number, whole) = match text.strip_suffix('m') {
        Some(number) => (number, true),
        None => (text, false),
    };
    let allowed = |byte: u8| byte.is_ascii_digit() || (!whole && byte == b'.');
    number.len() <= 9 && number.bytes().all(allowed) && number.parse::<f64>().is_ok_and(|amount| amount > 0.0)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

    use super::*;
    use crate::testing;

    fn asked(cpu: Option<&str>, memory: Option<&str>) -> Result<ValidatedResources, InvalidResources> {
        let quantity = |text: &str| Quantity(text.to_owned());
        let resources = Resources {
            cpu: cpu.map(quantity),
            memory: memory.map(quantity),
        };
        validate(
            Some(&resources),
            &QueueOptions::default(),
            &testing::settings().encoder,
        )
    }

    #[test]
    fn what_is_not_said_is_as_the_settings_have_it() {
        let settings = testing::settings().encoder;
        let validated = validate(None, &QueueOptions::default(), &settings).unwrap();
        assert_eq!((validated.cpu, validated.memory), (settings.cpu, settings.memory));
    }

    #[test]
    fn what_is_said_holds() {
        let validated = asked(Some("2"), Some("1Gi")).unwrap();
        assert_eq!((validated.cpu.as_str(), validated.memory), ("2", 1 << 30));
    }

    #[test]
    fn processor_time_that_is_none_is_refused() {
        for bad in ["", "m", "-1", "0", "1.5m", "one", "1e9", "inf"] {
            assert_eq!(
                asked(Some(bad), None),
                Err(InvalidResources::Cpu(bad.into())),
                "{bad}"
            );
        }
        for good in ["1", "0.5", "250m"] {
            assert!(asked(Some(good), None).is_ok(), "{good}");
        }
    }

    #[test]
    fn memory_that_is_none_is_refused() {
        assert_eq!(
            asked(None, Some("lots")),
            Err(InvalidResources::Memory("lots".into()))
        );
    }

    #[test]
    fn memory_out_of_range_is_refused() {
        for bad in ["1Ki", "1Ti"] {
            assert!(
                matches!(
                    asked(None, Some(bad)),
                    Err(InvalidResources::MemoryOutOfRange { .. })
                ),
                "{bad}"
            );
        }
    }
}
