use std::ffi::OsString;

use prost::Message as _;

use super::message::{
    CheckRequest, FileDescriptor, LINT, ListRulesRequest, ListRulesResponse, OptionValue, OptionValues, PluginOption,
};
use super::{CHECK, LIST_RULES, answer, is_asked, respond, rules};
use crate::declared::files_of_set;
use crate::testing::{orders, set};

fn arguments(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(OsString::from).collect()
}

#[test]
fn arguments_of_the_protocol_are_answered_and_others_refused() {
    assert_eq!(respond(&arguments("--protocol"), &b""[..]).expect("a version"), b"1\n");
    for text in ["--spec", "--spec --format binary", "--format=binary --spec", "buf-check --spec"] {
        let arguments = arguments(text);
        assert!(is_asked(&arguments), "{text}");
        assert_eq!(respond(&arguments, &b""[..]).expect("a spec"), super::spec().encode_to_vec(), "{text}");
    }
    for text in
        ["--spec --format json", "--spec --format", "--protocol --spec", "/other.Service/Check", "buf-check", ""]
    {
        assert!(respond(&arguments(text), &b""[..]).is_err(), "{text}");
    }
    for text in ["", "check --out gen", "matrix --format json proto", "explain /shop.v1.Orders/Get proto", "--help"] {
        assert!(!is_asked(&arguments(text)), "{text}");
    }
}

#[test]
fn every_rule_has_an_id_and_a_purpose_that_buf_accepts() {
    let is_id = |id: &str| id.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    for rule in rules::all() {
        assert!(is_id(&rule.id) && rule.purpose.starts_with("Reports ") && rule.purpose.ends_with('.'), "{rule:?}");
    }
}

#[test]
fn pages_together_list_every_rule() {
    let (mut page_token, mut listed) = (String::new(), Vec::new());
    loop {
        let request = ListRulesRequest { page_size: 7, page_token };
        let page = rules::list(&request.encode_to_vec()).expect("a page");
        let ListRulesResponse { next_page_token, rules } = page;
        assert!(rules.len() <= 7);
        listed.extend(rules);
        if next_page_token.is_empty() {
            break;
        }
        page_token = next_page_token;
    }
    assert_eq!(listed, rules::all());
    let unknown = ListRulesRequest { page_size: 0, page_token: "x".to_owned() };
    assert_eq!(called(LIST_RULES, &unknown.encode_to_vec()).expect_err("a refusal").0, 3);
}

/// What a procedure answers, or the code and text of its error.
fn called(path: &str, request: &[u8]) -> Result<Vec<u8>, (i32, String)> {
    let request = super::RpcRequest { value: Some(super::Any { type_url: String::new(), value: request.to_vec() }) };
    let response = answer(path, &request.encode_to_vec());
    match response.error {
        Some(failure) => Err((failure.code, failure.message)),
        None => Ok(response.value.expect("a value").value),
    }
}

fn files(rule: &str) -> Vec<FileDescriptor> {
    let text = orders(&format!("service Orders {{ rpc Get(Order) returns (Order) {{ {rule} }} }}"));
    let files = files_of_set(&set(&[("orders.proto", &text)])).expect("a set");
    let last = files.len() - 1;
    files.into_iter().enumerate().map(|(index, encoded)| FileDescriptor { encoded, is_import: index != last }).collect()
}

fn check(request: &CheckRequest) -> Result<Vec<String>, (i32, String)> {
    let response = super::message::CheckResponse::decode(called(CHECK, &request.encode_to_vec())?.as_slice());
    let annotations = response.expect("a response").annotations.into_iter();
    let line = |found: super::message::Annotation| {
        let place = found.location.expect("a place");
        format!("{} {:?} {}: {}", place.file, place.path, found.rule_id, found.message)
    };
    Ok(annotations.map(line).collect())
}

#[test]
fn lint_names_the_rule_and_the_place() {
    let request = CheckRequest { files: files(""), ..CheckRequest::default() };
    let found = check(&request).expect("annotations");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[1].starts_with("orders.proto [6, 0, 2, 0] SECURE_MISSING_RULE: `Orders.Get` has no rule"),
        "{found:?}"
    );
}

#[test]
fn warning_is_reported_only_if_it_is_asked_for() {
    let files = files("option (secure.v1.method).public = true;");
    let request = CheckRequest { files, ..CheckRequest::default() };
    assert_eq!(check(&request), Ok(Vec::new()));
    let lints = rules::all().into_iter().filter(|rule| rule.r#type == LINT).map(|rule| rule.id);
    let found = check(&CheckRequest { rule_ids: lints.collect(), ..request }).expect("annotations");
    assert!(matches!(found.as_slice(), [one] if one.contains(" SECURE_MISSING_PUBLIC_REASON: ")), "{found:?}");
}

#[test]
fn widened_rule_is_reported_with_a_caller_who_gains_access() {
    let request = CheckRequest {
        files: files("option (secure.v1.method).authenticated = true;"),
        against_files: files("option (secure.v1.method).required_roles = \"clerk\";"),
        ..CheckRequest::default()
    };
    let found = check(&request).expect("annotations");
    assert!(
        matches!(found.as_slice(), [one] if one.contains("SECURE_NO_WIDENING: shop.v1.Orders/Get: a caller with a token may call now")),
        "{found:?}"
    );
    let same = CheckRequest { against_files: request.files.clone(), ..request };
    assert_eq!(check(&same), Ok(Vec::new()));
}

#[test]
fn files_without_rules_are_not_compared() {
    let request = CheckRequest {
        files: files("option (secure.v1.method).public = true;"),
        against_files: files(""),
        rule_ids: vec!["SECURE_NO_WIDENING".to_owned()],
        ..CheckRequest::default()
    };
    let (code, message) = check(&request).expect_err("a refusal");
    assert!(code == 9 && message.contains("the files to compare with have no rules to compare"), "{message}");
}

fn text(text: &str) -> OptionValue {
    OptionValue { text: Some(text.to_owned()), list: None }
}

fn option(key: &str, value: OptionValue) -> Vec<PluginOption> {
    vec![PluginOption { key: key.to_owned(), value: Some(value) }]
}

#[test]
fn excluded_services_are_neither_linted_nor_compared() {
    let list = |texts: &[&str]| OptionValues { values: texts.iter().map(|name| text(name)).collect() };
    let list = |texts: &[&str]| OptionValue { text: None, list: Some(list(texts)) };
    for value in [text("shop.v1"), text("shop.v1.Orders"), list(&["google", "shop"])] {
        let lint =
            CheckRequest { files: files(""), options: option("exclude", value.clone()), ..CheckRequest::default() };
        assert_eq!(check(&lint), Ok(Vec::new()), "{value:?}");
        let compare = CheckRequest { against_files: files(""), ..lint };
        assert_eq!(check(&compare), Ok(Vec::new()), "{value:?}");
    }
    let other =
        CheckRequest { files: files(""), options: option("exclude", text("shop.v2")), ..CheckRequest::default() };
    assert_eq!(check(&other).expect("annotations").len(), 2);
}

#[test]
fn option_with_a_value_of_another_type_is_refused() {
    let empty = || OptionValue { text: None, list: None };
    let list = OptionValue { text: None, list: Some(OptionValues { values: vec![text("allow"), empty()] }) };
    for (key, value) in [("exclude", empty()), ("exclude", list.clone()), ("allow", list), ("exclude", text("a b"))] {
        let request = CheckRequest { files: files(""), options: option(key, value), ..CheckRequest::default() };
        let (code, message) = check(&request).expect_err("a refusal");
        assert!(
            code == 3 && (message.contains(&format!("the option `{key}`")) || message.contains("`a b`")),
            "{message}"
        );
    }
}

#[test]
fn unknown_rule_and_unknown_option_are_refused() {
    let rule_ids = vec!["SECURE_NOTHING".to_owned()];
    let (code, message) = check(&CheckRequest { rule_ids, ..CheckRequest::default() }).expect_err("a refusal");
    assert_eq!((code, message.as_str()), (3, "unknown rule ID: \"SECURE_NOTHING\""));
    let files = files("option (secure.v1.method).authenticated = true;");
    let options = vec![PluginOption { key: "alow".to_owned(), value: None }];
    let request = CheckRequest { files: files.clone(), against_files: files, options, ..CheckRequest::default() };
    assert!(check(&request).is_err_and(|(code, message)| code == 3 && message.contains("`alow`")));
}
