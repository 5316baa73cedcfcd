//! Cedar, by its own crate.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use serde_json::Value;

use crate::calls::{self, Call};
use crate::exports::{self, Settings};
use crate::manifest::{Fields, Identity, Proof};
use crate::{assert_equal, random};

#[test]
fn cedar_and_server_decide_equally() {
    let settings = Settings::new("{}", true);
    let calls = calls::vectors().into_iter().chain(random::calls()).collect::<Vec<_>>();
    let export = exports::export("cedar", &settings, &calls);
    let (schema, _) = Schema::from_cedarschema_str(&exports::read(&export, "schema.cedarschema")).unwrap();
    let policies = PolicySet::from_str(&exports::read(&export, "policies.cedar")).unwrap();
    let validated = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
    assert!(validated.validation_passed(), "{validated}");
    let decisions = calls.iter().map(|call| decide(&schema, &policies, call)).collect::<Vec<_>>();
    let differ =
        calls.iter().zip(&decisions).filter(|(call, admits)| call.allowed != **admits && !call.has_several_names());
    assert_eq!(differ.map(|(call, _)| format!("{call:#?}")).collect::<Vec<_>>(), [""; 0]);
    assert_equal("cedar", &settings, &calls, &decisions);
}

/// What the schema does not know has no decision, which denies.
fn decide(schema: &Schema, policies: &PolicySet, call: &Call) -> bool {
    let principal = match &call.caller.principal {
        None => Entity::new_no_attrs(uid("Anonymous", "nobody"), HashSet::new()),
        Some(principal) => caller(principal, call),
    };
    let action = uid("Action", &call.path);
    let Ok(context) = Context::from_json_value(conditions(call), Some((schema, &action))) else { return false };
    let request = Request::new(principal.uid(), action, uid("Server", "orders"), context, Some(schema));
    let Ok(request) = request else { return false };
    let entities = Entities::from_entities([principal], Some(schema)).unwrap();
    let answer = Authorizer::new().is_authorized(&request, policies, &entities);
    assert_eq!(answer.diagnostics().errors().count(), 0, "{call:?}");
    answer.decision() == Decision::Allow
}

fn caller(principal: &Identity, call: &Call) -> Entity {
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let proof = match principal.proven_by {
        Proof::BoundJwt => "BOUND_JWT",
        Proof::Jwt => "JWT",
        Proof::Mtls => "MTLS",
        Proof::Other => "OTHER",
    };
    let scopes = RestrictedExpression::new_set(principal.scopes.iter().map(|scope| text(scope)));
    let mut attributes = HashMap::from([("proven_by".to_owned(), text(proof)), ("scopes".to_owned(), scopes)]);
    if let Some(name) = call.caller.certificate.as_ref().and_then(|it| it.name.as_deref()) {
        attributes.insert("peer".to_owned(), text(name));
    }
    if let Some(actor) = &principal.actor {
        let members = [("issuer", &actor.issuer), ("subject", &actor.subject)];
        let members = members.map(|(name, value)| (name.to_owned(), text(value)));
        attributes.insert("actor".to_owned(), RestrictedExpression::new_record(members).unwrap());
    }
    let roles = principal.roles.iter().map(|role| uid("Role", role)).collect();
    Entity::new(uid("Caller", &principal.subject), attributes, roles).unwrap()
}

/// The fields of the request beside what they are compared with, as the head of the schema says.
fn conditions(call: &Call) -> Value {
    let Some(principal) = call.caller.principal.as_ref().filter(|it| !it.foreign) else {
        return Value::Object(Default::default());
    };
    let mut conditions = serde_json::Map::new();
    let mut bind = |name: &str, fact: Option<String>| {
        let rule = &call.rule[name];
        let field = rule["field"].as_str().and_then(|path| field(&call.request, path));
        if let Some((field, fact)) = field.zip(fact) {
            conditions.insert(name.to_owned(), serde_json::json!({ "field": field, "fact": fact }));
        }
    };
    let mut path = call.rule["tenant"]["claim"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let claim = path.try_fold(Value::Object(principal.claims.clone()), |value, name| value.get(name).cloned());
    bind("tenant", claim.as_ref().and_then(text));
    bind("owner", text(&Value::String(principal.subject.clone())));
    Value::Object(conditions)
}

/// What is empty or 0 says nothing.
fn field(request: &Fields, path: &str) -> Option<String> {
    request.get(path).filter(|value| value.as_u64() != Some(0)).and_then(text)
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn uid(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).unwrap(), EntityId::new(id))
}
