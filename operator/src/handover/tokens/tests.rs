//! Which answers of an API server name a Pod. They are as a server of version 1.34 gives them.

use serde_json::{Value, json};

use super::*;

fn answer() -> Value {
    json!({
        "audiences": ["socrate-operator"],
        "authenticated": true,
        "user": {
            "extra": {
                "authentication.kubernetes.io/credential-id": ["JTI=589b102e-c2ca-467e-9a38-07f833780462"],
                "authentication.kubernetes.io/pod-name": ["enc-0123456789abcdef-x1y2z"],
                "authentication.kubernetes.io/pod-uid": ["12040e66-51e7-4f84-aedf-4034bba514e8"]
            },
            "groups": ["system:serviceaccounts", "system:serviceaccounts:tenant", "system:authenticated"],
            "uid": "cc87afc7-7b15-4cf6-a31d-77c46ab5878e",
            "username": "system:serviceaccount:tenant:socrate-encoder-job"
        }
    })
}

fn identity_in(answer: Value) -> Result<PodIdentity, Unauthenticated> {
    identity(&serde_json::from_value(answer).unwrap())
}

#[test]
fn a_token_of_an_encoders_pod_names_it() {
    let expected = PodIdentity {
        namespace: "tenant".into(),
        name: "enc-0123456789abcdef-x1y2z".into(),
        uid: "12040e66-51e7-4f84-aedf-4034bba514e8".into(),
    };
    assert_eq!(identity_in(answer()), Ok(expected));
}

#[test]
fn every_other_token_is_refused() {
    const EXTRA: &str = "/user/extra/authentication.kubernetes.io~1";
    let pod_name = format!("{EXTRA}pod-name");
    let pod_uid = format!("{EXTRA}pod-uid");
    let cases = [
        ("/authenticated", json!(false), "not valid"),
        ("/authenticated", json!(null), "not valid"),
        ("/audiences", json!(null), "another audience"),
        (
            "/audiences",
            json!(["https://kubernetes.default.svc"]),
            "another audience",
        ),
        (
            "/user/username",
            json!("system:serviceaccount:tenant:default"),
            "service account",
        ),
        (
            "/user/username",
            json!("system:serviceaccount::socrate-encoder-job"),
            "service account",
        ),
        (
            "/user/username",
            json!("system:serviceaccount:a:b:socrate-encoder-job"),
            "service account",
        ),
        (
            "/user/username",
            json!("system:node:socrate-encoder-job"),
            "service account",
        ),
        (
            "/user/username",
            json!("tenant:socrate-encoder-job"),
            "service account",
        ),
        ("/user", json!({}), "service account"),
        ("/user/extra", json!(null), "not bound to a Pod"),
        (&pod_name, json!([]), "not bound to a Pod"),
        (&pod_uid, json!([""]), "not bound to a Pod"),
        (&pod_uid, json!(["one", "two"]), "not bound to a Pod"),
    ];
    for (pointer, value, expected) in cases {
        let mut answer = answer();
        *answer.pointer_mut(pointer).expect(pointer) = value;
        let error = identity_in(answer).unwrap_err().to_string();
        assert!(error.contains(expected), "{pointer}: {error}");
    }
    let invalid = json!({"error": "invalid bearer token", "user": {}});
    assert!(
        identity_in(invalid)
            .unwrap_err()
            .to_string()
            .contains("not valid")
    );
}
