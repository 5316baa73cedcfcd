use serde_json::json;

use super::*;

fn istio() -> (Export, Value) {
    let methods = rule("Get", r#"required_roles: "clerk""#) + &rule("Ping", "public: true");
    let export = exported(TargetName::Istio, TOKENS, &methods);
    let list = document(&export);
    (export, list)
}

fn policy(list: &mut Value) -> &mut Value {
    let items = list["items"].as_array_mut().expect("items");
    items.iter_mut().find(|item| item["kind"] == "AuthorizationPolicy").expect("a policy")
}

#[test]
fn second_object_of_one_name_is_drift_in_any_order_of_files() {
    let (export, list) = istio();
    let mut open = policy(&mut list.clone()).clone();
    open["spec"]["rules"] = json!([{}]);
    let differs = ["drift[differs]: `AuthorizationPolicy/default/server-1` is not as the rules say"];
    assert_eq!(drifts(&export, &[&open, &list]), differs);
    assert_eq!(drifts(&export, &[&list, &open]), differs);
    let mut both = list.clone();
    both["items"].as_array_mut().expect("items").insert(0, open.clone());
    assert_eq!(drifts(&export, &[&both]), differs, "in one file");
    open["apiVersion"] = json!("security.istio.io/v1beta1");
    assert_eq!(drifts(&export, &[&open, &list]), differs, "in another version of the API");
}

#[test]
fn object_that_is_deployed_twice_as_exported_is_no_drift() {
    let (export, list) = istio();
    assert_eq!(drifts(&export, &[&list, &list]), [""; 0]);
}

#[test]
fn object_of_another_api_is_no_policy() {
    let (export, mut list) = istio();
    policy(&mut list)["apiVersion"] = json!("example.com/v1");
    let name = "`AuthorizationPolicy/default/server-1`";
    let expected = [
        format!("drift[missing]: {name} is not deployed"),
        format!("drift[unknown]: {name} is deployed, and no rule asks for it"),
    ];
    assert_eq!(drifts(&export, &[&list]), expected);
}
