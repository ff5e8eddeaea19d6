//! The list of reasons is closed, documented, and consistent with the exit statuses.

use crds::{ExitCode, Reason};

#[test]
fn every_reason_is_documented_and_written_as_it_is_named() {
    let readme = include_str!("../README.md");
    for reason in Reason::ALL {
        assert!(
            readme.contains(&format!("| `{reason}` | ")),
            "{reason} is missing in crds/README.md"
        );
        assert_eq!(
            serde_json::to_value(reason).unwrap(),
            serde_json::json!(reason.as_str())
        );
    }
}

#[test]
fn the_schema_lists_every_reason() {
    let schema = crds::schema::custom_resource_definition_yaml().unwrap();
    for reason in Reason::ALL {
        assert!(schema.contains(&format!("- {reason}\n")), "{reason}");
    }
}

#[test]
fn bad_input_is_never_retried() {
    for reason in Reason::ALL {
        let exit_code = reason.exit_code();
        if matches!(
            exit_code,
            ExitCode::BadInput | ExitCode::BadParameters | ExitCode::NoInput
        ) {
            assert!(
                !reason.is_retryable(),
                "{reason} ends with {} and must not be retried",
                exit_code.code()
            );
        }
    }
}

#[test]
fn an_exit_status_outside_the_table_is_a_crash() {
    for code in [1, 101, 134, 137, 139] {
        assert_eq!(Reason::from_exit_code(code), Reason::EncoderCrashed);
    }
    assert_eq!(Reason::from_exit_code(0), Reason::OutputMissing);
    assert_eq!(Reason::from_exit_code(65), Reason::Malformed);
}
