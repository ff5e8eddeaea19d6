//! Every route, as the description of the API lists them, with every credential that should not do: a route that is added is tried too.

use api::identity::role::{Role, Scope};
use axum::http::header;
use serde_json::json;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    application::{self, Answer, Application, Setup},
    issuer::Issuer,
    routes::{Route, Things, bearer, routes, send},
};

/// Key of a user with a role, with all that the role permits.
async fn key_of(application: &Application, tenant: Uuid, role: Role) -> String {
    let user = application::user(&application.database, tenant, role).await;
    application::key(&application.database, tenant, user, role.scopes()).await
}

async fn with_issuer() -> (Application, Issuer) {
    let issuer = Issuer::start().await;
    let setup = Setup {
        tokens: Some(issuer.verifier()),
        ..Setup::default()
    };
    (application::with(setup).await, issuer)
}

/// A key whose row, user or tenant was changed in this way.
async fn spoilt(application: &Application, table: &str, change: &str) -> String {
    let (tenant, _, key) = application::tenant(&application.database, &format!("{table} {change}")).await;
    let column = if table == "tenants" { "id" } else { "tenant_id" };
    let statement = format!("UPDATE {table} SET {change} WHERE {column} = $1");
    sqlx::query(AssertSqlSafe(statement))
        .bind(tenant)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    key
}

#[tokio::test]
async fn nobody_gets_in_with_what_is_not_valid() {
    let (application, issuer) = with_issuer().await;
    let things = Things::of(&application).await;
    let mut bad: Vec<(String, Vec<(&'static str, String)>)> = vec![
        ("nothing".into(), Vec::new()),
        (
            "an unknown key".into(),
            bearer(&format!("sk_{}_{}", "0".repeat(12), "0".repeat(64))),
        ),
        (
            "no bearer".into(),
            vec![("authorization", format!("Basic {}", application.key))],
        ),
        (
            "an unknown session".into(),
            vec![
                ("cookie", format!("__Host-socrate-session=ss_{}", "0".repeat(64))),
                ("sec-fetch-site", "same-origin".into()),
            ],
        ),
    ];
    for (table, change) in [
        ("api_keys", "revoked_at = now()"),
        ("api_keys", "expires_at = now()"),
        ("users", "disabled_at = now()"),
        ("tenants", "disabled_at = now()"),
        ("tenants", "deleted_at = now()"),
    ] {
        bad.push((
            format!("{table}: {change}"),
            bearer(&spoilt(&application, table, change).await),
        ));
    }
    for change in ["expires_at = now()", "last_seen_at = now() - interval '1 year'"] {
        let (tenant, _, key) = application::tenant(&application.database, change).await;
        let begun = application
            .json_as(&key, "POST", "/api/session", &json!(null))
            .await;
        let statement = format!("UPDATE sessions SET {change} WHERE tenant_id = $1");
        let changed = sqlx::query(AssertSqlSafe(statement))
            .bind(tenant)
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        assert_eq!(changed.rows_affected(), 1);
        bad.push((
            format!("sessions: {change}"),
            vec![
                ("cookie", session_cookie(&begun)),
                ("sec-fetch-site", "same-origin".into()),
            ],
        ));
    }
    for (what, token) in issuer.bad_tokens(application.tenant) {
        bad.push((format!("token: {what}"), bearer(&token)));
    }
    for route in routes() {
        let path = things.path(&route);
        for (what, headers) in &bad {
            let answer = send(&application, &route, &path, headers).await;
            route.refused(
                &answer,
                401,
                "unauthorized",
                &format!("{} {path}: {what}", route.method),
            );
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
        }
    }
    let users = application.count("users WHERE subject IS NOT NULL").await;
    assert_eq!(users, 0, "no user is made of a token that is not valid");
}

#[tokio::test]
async fn each_role_gets_where_the_description_says_and_no_further() {
    let (application, issuer) = with_issuer().await;
    let things = Things::of(&application).await;
    let tenant = application.tenant;
    for role in Role::ALL {
        let key = key_of(&application, tenant, role).await;
        let begun = application
            .json_as(&key, "POST", "/api/session", &json!(null))
            .await;
        let cookie = session_cookie(&begun);
        let subject = format!("subject {role}");
        let token = issuer.signer.sign(&issuer.claims(tenant, &subject));
        assert_eq!(
            application
                .json_as(&token, "GET", "/api/session", &json!(null))
                .await
                .status,
            200
        );
        sqlx::query("UPDATE users SET role = $1 WHERE subject = $2")
            .bind(role.as_str())
            .bind(&subject)
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        // Signed anew, so that what was remembered of the other does not count.
        let mut claims = issuer.claims(tenant, &subject);
        claims["jti"] = json!(Uuid::new_v4());
        let token = issuer.signer.sign(&claims);
        let mut ways = vec![bearer(&key), bearer(&token)];
        ways.push(vec![("cookie", cookie), ("sec-fetch-site", "same-origin".into())]);
        for headers in ways {
            for route in routes() {
                if route.path == "/api/session" && route.method == "DELETE" {
                    continue; // It would end what the others need; it is tried where sessions are.
                }
                // An id of nothing, so that nothing goes on the way.
                let path = route.path.replace("{id}", &Uuid::new_v4().to_string());
                let answer = send(&application, &route, &path, &headers).await;
                let may = route.scope.is_none_or(|scope| role.scopes().contains(scope));
                let what = format!("{} {path} as {role} with {headers:?}", route.method);
                if may {
                    assert!(
                        ![401, 403].contains(&answer.status.as_u16()),
                        "{what}: {}",
                        answer.status
                    );
                } else {
                    route.refused(&answer, 403, "forbidden", &what);
                }
            }
        }
    }
    assert_eq!(application.count("documents").await, 1, "{}", things.document);
}

#[tokio::test]
async fn a_key_reaches_what_its_scopes_name() {
    let application = application::application().await;
    let user = application::user(&application.database, application.tenant, Role::Admin).await;
    for scope in Scope::ALL {
        let scopes = api::identity::role::Scopes::of(&[scope]);
        let key = application::key(&application.database, application.tenant, user, scopes).await;
        for route in routes().into_iter().filter(|route| route.scope.is_some()) {
            let path = route.path.replace("{id}", &Uuid::new_v4().to_string());
            let answer = send(&application, &route, &path, &bearer(&key)).await;
            let is_refused = answer.status == 403;
            assert_eq!(
                is_refused,
                !route.needs(scope),
                "{} {path} with {scope:?}",
                route.method
            );
        }
    }
}

fn session_cookie(answer: &Answer) -> String {
    assert_eq!(answer.status, 201);
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn with_a_cookie_only_our_own_pages_change_something() {
    let application = application::application().await;
    let things = Things::of(&application).await;
    let admin = key_of(&application, application.tenant, Role::Admin).await;
    let cookie = session_cookie(
        &application
            .json_as(&admin, "POST", "/api/session", &json!(null))
            .await,
    );
    let before = snapshot(&application, application.tenant).await;
    for route in routes().into_iter().filter(|route| !route.is_read()) {
        let path = things.path(&route);
        for proof in [
            vec![],
            vec![("sec-fetch-site", "cross-site".to_owned())],
            vec![("sec-fetch-site", "same-site".to_owned())],
            vec![("sec-fetch-site", "none".to_owned())],
            vec![
                ("origin", "https://evil.example".to_owned()),
                ("host", "socrate.example".to_owned()),
            ],
            vec![
                ("origin", "null".to_owned()),
                ("host", "socrate.example".to_owned()),
            ],
        ] {
            let headers = [vec![("cookie", cookie.clone())], proof].concat();
            let answer = send(&application, &route, &path, &headers).await;
            let what = format!("{} {path} with {headers:?}", route.method);
            route.refused(&answer, 403, "cross_site_request", &what);
        }
    }
    assert_eq!(snapshot(&application, application.tenant).await, before);
    let reads = vec![("cookie", cookie)];
    for route in routes().into_iter().filter(Route::is_read) {
        let answer = send(&application, &route, &things.path(&route), &reads).await;
        assert!(
            ![401, 403].contains(&answer.status.as_u16()),
            "{}: {}",
            route.path,
            answer.status
        );
    }
}

/// All that is stored of a tenant, but when its keys were used.
async fn snapshot(application: &Application, tenant: Uuid) -> Vec<String> {
    let pool = &application.database.maintenance;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id' \
         ORDER BY 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(tables.len() >= 9, "{tables:?}");
    let mut all = Vec::new();
    for (table, column) in tables
        .iter()
        .map(|table| (table.as_str(), "tenant_id"))
        .chain([("tenants", "id")])
    {
        let statement = format!(
            "SELECT '{table}' || (to_jsonb(rows) - 'last_used_at' - 'last_seen_at')::text FROM {table} AS rows \
             WHERE {column} = $1 ORDER BY 1"
        );
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(tenant)
            .fetch_all(pool)
            .await
            .unwrap();
        all.extend(rows);
    }
    all
}

#[tokio::test]
async fn no_route_shows_changes_or_counts_anything_of_another_tenant() {
    two_tenants(application::application().await).await;
}

/// The statements name the tenant themselves: row level security, which does not bind a superuser, is the second line.
#[tokio::test]
async fn nor_does_one_where_row_level_security_is_out_of_the_way() {
    let setup = Setup {
        database_role: Some("postgres"),
        ..Setup::default()
    };
    two_tenants(application::with(setup).await).await;
}

async fn two_tenants(application: Application) {
    let things = Things::of(&application).await;
    let (other, ..) = application::tenant(&application.database, "two").await;
    let admin = key_of(&application, other, Role::Admin).await;
    let account = application
        .json_as(&admin, "GET", "/api/account", &json!(null))
        .await
        .json();
    assert_eq!(
        account["usage"],
        json!({ "bytes": 0, "documents": 0, "in_flight": 0 })
    );
    let before = snapshot(&application, application.tenant).await;
    let theirs = [
        application.tenant,
        things.document,
        things.upload,
        things.user,
        things.key,
        things.session,
        things.webhook,
        things.delivery,
    ]
    .map(|id| id.to_string());
    let named = routes().into_iter().flat_map(|route| {
        let paths = things.paths(&route).into_iter();
        paths.map(move |path| (route.clone(), path))
    });
    for (route, path) in named {
        let answer = send(&application, &route, &path, &bearer(&admin)).await;
        let what = format!("{} {path}", route.method);
        if route.path.contains("{id}") {
            assert_eq!(answer.status, 404, "{what}");
            // What is another's is told as what is not there.
            let unknown = route.path.replace("{id}", &Uuid::new_v4().to_string());
            let unknown = unknown.replace("{delivery_id}", &Uuid::new_v4().to_string());
            let of_nothing = send(&application, &route, &unknown, &bearer(&admin)).await;
            assert_eq!(
                (answer.status, &answer.bytes),
                (of_nothing.status, &of_nothing.bytes),
                "{what}"
            );
        }
        let text = String::from_utf8_lossy(&answer.bytes);
        assert!(
            !theirs.iter().any(|id| text.contains(id)),
            "{what} answers {text}"
        );
    }
    assert_eq!(snapshot(&application, application.tenant).await, before);
}
