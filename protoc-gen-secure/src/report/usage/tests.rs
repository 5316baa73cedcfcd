use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::*;
use crate::manifest::Manifest;
use crate::testing::{orders, request};

const METHODS: [(&str, &str); 9] = [
    ("Ping", "public: true"),
    ("Get", "required_roles: [\"clerk\", \"admin\"]"),
    ("List", "required_roles: [\"clerk\", \"admin\"]"),
    ("Delete", "required_roles: \"admin\""),
    ("Purge", "required_roles: \"admin\""),
    ("Audit", "required_roles: \"auditor\""),
    ("Poll", "required_roles: \"poller\", audit: AUDIT_DENY"),
    ("Watch", "required_roles: \"admin\", audit: AUDIT_DENY"),
    ("Act", "required_roles: \"clerk\", delegation: { mode: DELEGATION_ALLOWED }"),
];

fn manifest() -> Manifest {
    let methods = METHODS.map(|(name, rule)| {
        format!("rpc {name}(Order) returns (Order) {{ option (secure.v1.method) = {{ {rule} }}; }}\n")
    });
    let text = orders(&format!("service Orders {{ {} }}", methods.concat()));
    crate::generate(&request(&[("orders.proto", &text)])).unwrap().manifest
}

fn usage(log: &str) -> Value {
    let manifest = manifest();
    let mut tally = Tally::new(&manifest);
    tally.read(log.as_bytes(), |_| {}).unwrap();
    serde_json::from_str(&Format::Json.print(&Usage::new(&manifest, tally))).unwrap()
}

fn line(second: usize, rest: &str) -> String {
    let (minutes, seconds) = (second / 60 % 60, second % 60);
    format!("{{\"time\":\"2026-05-01T10:{minutes:02}:{seconds:02}.000Z\",{rest}}}\n")
}

fn admitted(second: usize, method: &str, subject: &str) -> String {
    let who = format!("\"issuer\":\"https://id.example.com\",\"subject\":\"{subject}\"");
    line(second, &format!("\"method\":\"/shop.v1.Orders/{method}\",\"authorized\":true,{who},\"request_id\":\"1-1\""))
}

fn refused(second: usize, method: &str, reason: &str) -> String {
    let why = format!("\"authorized\":false,\"denial\":\"permission_denied\",\"reason\":\"{reason}\"");
    line(second, &format!("\"method\":\"/shop.v1.Orders/{method}\",{why}"))
}

#[test]
fn generated_log_is_counted_exactly() {
    let (mut log, mut state) = (String::new(), 7_u64);
    let (mut calls, mut reasons) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    for second in 0..3600 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let method = ["Ping", "Get", "List"][(state >> 33) as usize % 3];
        match (state >> 40) % 4 {
            0 => {
                let reason = ["no_required_role", "missing_scope"][(state >> 50) as usize % 2];
                log += &refused(second, method, reason);
                *reasons.entry(reason.to_owned()).or_default() += 1;
            }
            caller => {
                log += &admitted(second, method, &format!("clerk-{caller}"));
                *calls.entry(format!("shop.v1.Orders/{method}")).or_default() += 1;
            }
        }
    }
    let usage = usage(&log);
    for (method, count) in &calls {
        assert_eq!(usage["methods"][method]["admitted"], *count, "{method}");
    }
    let refusals = usage["refusals"].as_array().unwrap();
    let counted = refusals.iter().map(|it| (it["reason"].as_str().unwrap().to_owned(), it["calls"].as_u64().unwrap()));
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), reasons);
    assert_eq!(usage["coverage"]["admitted"], calls.values().sum::<u64>());
    assert_eq!(usage["coverage"]["refused"], reasons.values().sum::<u64>());
    assert_eq!(usage["coverage"]["is_complete"], true);
    assert_eq!(usage["window"]["from"], "2026-05-01T10:00:00.000Z");
    assert_eq!(usage["window"]["to"], "2026-05-01T10:59:59.000Z");
}

#[test]
fn unused_methods_and_roles_are_named_and_unrecorded_ones_are_not() {
    let usage =
        usage(&[admitted(1, "Ping", "a"), admitted(2, "Get", "b"), refused(3, "Purge", "no_required_role")].concat());
    let names =
        |names: &[&str]| Value::from(names.iter().map(|name| format!("shop.v1.Orders/{name}")).collect::<Vec<_>>());
    assert_eq!(usage["methods_not_called"], names(&["Act", "Audit", "Delete", "List", "Purge"]));
    assert_eq!(usage["methods_not_recorded"], names(&["Poll", "Watch"]));
    // `admin` opens `Get` too, which was called: its caller may have had that role only.
    assert_eq!(usage["roles_not_needed"], serde_json::json!(["auditor"]));
}

#[test]
fn principal_has_more_only_if_its_calls_prove_it() {
    // A caller of `Get` is a clerk or an admin, and both may call `List`. A caller of `Delete` is an admin. A caller of `Act`
    // is a clerk, but maybe by a delegated token, which no other method takes. Nothing is known of calls of `Watch`.
    let calls = [("Get", "reader"), ("Delete", "boss"), ("Ping", "guest"), ("Act", "agent")];
    let log = calls.map(|(method, subject)| admitted(1, method, subject)).concat();
    let usage = usage(&log);
    let found = usage["principals_with_more"].as_array().unwrap().iter().map(|principal| {
        let methods = principal["not_called"].as_array().unwrap().iter();
        let methods = methods.map(|it| it.as_str().unwrap().rsplit('/').next().unwrap()).collect::<Vec<_>>();
        (principal["subject"].as_str().unwrap(), methods.join(" "))
    });
    let expected = [("boss", "Get List Purge".to_owned()), ("reader", "List".to_owned())];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn missing_lines_make_the_coverage_incomplete() {
    let good = admitted(1, "Get", "reader");
    assert_eq!(usage(&good)["coverage"]["is_complete"], true);
    for bad in [&line(2, "\"dropped\":3"), "not JSON\n", "{\"time\":\"yesterday\"}\n", &"x".repeat(100_000)] {
        let usage = usage(&format!("{good}{bad}\n{good}"));
        assert_eq!(usage["coverage"]["is_complete"], false, "{}", &bad[..8]);
        assert_eq!(usage["methods"]["shop.v1.Orders/Get"]["admitted"], 2, "the lines after it count");
    }
    let refusals_only = usage(&refused(1, "Get", "no_required_role"));
    assert_eq!(refusals_only["coverage"]["is_complete"], false, "the log may record refusals only");
    assert_eq!(usage("")["window"]["from"], Value::Null);
}

#[test]
fn summaries_ends_connections_and_passed_calls_are_distinguished() {
    let log = [
        line(1, "\"method\":\"/shop.v1.Orders/Get\",\"denial\":\"credential_missing\",\"refused\":1024"),
        line(2, "\"method\":\"/shop.v1.Orders/Get\",\"ended\":\"OK\",\"duration_ms\":1.5,\"request_id\":\"1-1\""),
        line(3, "\"connection\":\"no_http2\""),
        line(
            4,
            "\"method\":\"/shop.v1.Orders/Get\",\"authorized\":false,\"reason\":\"no_required_role\",\"passed\":true",
        ),
        line(5, "\"method\":\"_OTHER\",\"authorized\":false,\"reason\":\"unknown_method\""),
    ];
    let usage = usage(&log.concat());
    let get = &usage["methods"]["shop.v1.Orders/Get"];
    assert_eq!(
        (&get["admitted"], &get["refused"], &get["passed_by_report_only"]),
        (&0.into(), &1024.into(), &1.into())
    );
    assert_eq!(usage["coverage"]["of_other_methods"], 1);
    assert_eq!(usage["coverage"]["unreadable"], 0);
}

#[test]
fn principals_beyond_the_limit_are_counted_together() {
    let mut log = String::new();
    for principal in 0..100_010 {
        log += &admitted(1, "Get", &format!("p{principal}"));
    }
    let usage = usage(&log);
    assert_eq!(usage["coverage"]["of_principals_not_counted"], 10);
    assert_eq!(usage["methods"]["shop.v1.Orders/Get"]["admitted"], 100_010);
    assert_eq!(usage["coverage"]["is_complete"], false);
}

#[test]
fn text_names_window_and_coverage_first_and_escapes_names() {
    let manifest = manifest();
    let mut tally = Tally::new(&manifest);
    let log = [admitted(1, "Get", "\\u001b[31m"), refused(2, "Delete", "no_required_role")].concat();
    tally.read(log.as_bytes(), |_| {}).unwrap();
    let text = Format::Text.print(&Usage::new(&manifest, tally));
    let mut head = String::new();
    for line in text.lines().take(2) {
        let _ = writeln!(head, "{}", line.split_once('.').unwrap().0);
    }
    assert!(head.starts_with("Window: 2026-05-01T10:00:01"), "{text}");
    assert!(head.contains("Coverage: no line is known to be missing"), "{text}");
    assert!(text.contains("\\u{1b}[31m") && !text.contains('\u{1b}'), "{text}");
    assert!(!text.contains("remove"), "{text}");
}

#[test]
fn numbers_of_a_log_that_are_too_large_to_add_are_the_largest() {
    let most = u64::MAX;
    let many = format!("\"method\":\"/shop.v1.Orders/Get\",\"refused\":{most}");
    let log = [line(1, &format!("\"dropped\":{most}")), line(2, "\"dropped\":1"), line(3, &many), line(4, &many)];
    let coverage = usage(&log.concat())["coverage"].clone();
    assert_eq!((&coverage["dropped"], &coverage["refused"]), (&Value::from(most), &Value::from(most)));
}
