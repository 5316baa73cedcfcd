//! Request conditions: the fields `tenant` and `owner`.

use std::collections::BTreeMap;

use super::super::condition::{Condition, Fact, FieldPath, RequestCondition, Step};
use super::super::nearest::nearest;
use super::super::role_name::quoted;
use super::Reader;
use crate::declared::{DeclaredField, FieldType};
use crate::diagnostic::{Diagnostics, Lint, Refused, is_invisible};
use crate::schema::{OwnerRule, TenantRule};

/// The request of a method, and the fields of every message.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct RequestType<'a> {
    /// A full name with its leading dot.
    pub(in super::super) name: &'a str,
    pub(in super::super) messages: &'a BTreeMap<String, Vec<DeclaredField>>,
}

impl Reader<'_> {
    pub(super) fn request_conditions(
        &self,
        tenant: Option<&TenantRule>,
        owner: Option<&OwnerRule>,
        found: &mut Diagnostics,
    ) -> Result<Condition, Refused> {
        let tenant = tenant.map(|TenantRule { field, claim, exempt_roles }| {
            let fact = self.claim(claim, found);
            self.request_condition("tenant", fact, (field.as_str(), exempt_roles.as_slice()), found)
        });
        let owner = owner.map(|OwnerRule { field, exempt_roles }| {
            self.request_condition("owner", Ok(Fact::Subject), (field.as_str(), exempt_roles.as_slice()), found)
        });
        let conditions = tenant.into_iter().chain(owner).collect::<Result<Vec<_>, _>>()?;
        Ok(Condition::Request(conditions.into_iter().flatten().collect()))
    }

    /// `None` as long as the type of the request is unknown.
    fn request_condition(
        &self,
        name: &str,
        fact: Result<Fact, Refused>,
        (field, exempt_roles): (&str, &[String]),
        found: &mut Diagnostics,
    ) -> Result<Option<RequestCondition>, Refused> {
        let exempt = self.list(exempt_roles, found);
        let field = self.request.map(|request| self.field(name, field, request, found)).transpose();
        let (fact, exempt) = (fact?, exempt?);
        Ok(field?.map(|field| RequestCondition { fact, field, exempt }))
    }

    fn claim(&self, path: &[String], found: &mut Diagnostics) -> Result<Fact, Refused> {
        let problem = match path.iter().find_map(|name| Some((name, claim_problem(name)?))) {
            Some((name, problem)) => format!("has the claim name {}, which {problem}", quoted(name)),
            None if path.is_empty() => "names no claim".to_owned(),
            None => return Ok(Fact::Claim(path.to_vec())),
        };
        Err(found.error(
            Lint::InvalidClaim,
            &self.rule.at,
            format!("`tenant` in {} {problem}", self.whose),
            "write `claim: \"...\"`; for a member of an object, write the names that lead to it as a list",
        ))
    }

    fn field(
        &self,
        name: &str,
        path: &str,
        request: RequestType<'_>,
        found: &mut Diagnostics,
    ) -> Result<FieldPath, Refused> {
        let steps = steps(path, request).map_err(|Problem { message, help }| {
            let message = format!("`{name}` in {} names the field {}, which {message}", self.whose, quoted(path));
            found.error(Lint::InvalidField, &self.rule.at, message, help)
        })?;
        Ok(FieldPath { text: path.to_owned(), steps })
    }
}

/// A report shows the name, so it has to be visible.
fn claim_problem(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("is empty"),
        name if name.trim() != name => Some("starts or ends with a blank"),
        name if name.chars().any(is_invisible) => Some("contains an invisible character"),
        _ => None,
    }
}

/// Why the field at a path cannot be compared.
struct Problem {
    message: String,
    help: String,
}

fn steps(path: &str, request: RequestType<'_>) -> Result<Vec<Step>, Problem> {
    if path.split('.').any(str::is_empty) {
        let what = if path.is_empty() { "is empty" } else { "has an empty part" };
        return Err(problem(what, "write `field: \"...\"`; in a message, `field: \"message.field\"`"));
    }
    if path.split('.').count() > MAX_DEPTH {
        return Err(problem("is deeper than 32 messages", "use a field that is nested less deeply"));
    }
    let mut message = request.name.to_owned();
    let mut names = path.split('.').peekable();
    let mut steps = Vec::new();
    while let Some(name) = names.next() {
        let field = find(name, &message, request.messages)?;
        let is_last = names.peek().is_none();
        let is_optional = match &field.r#type {
            FieldType::Text | FieldType::Integer if is_last => false,
            FieldType::Message { name, is_required } if !is_last => {
                message.clone_from(name);
                !is_required
            }
            unfit => return Err(unfit_for(name, unfit, is_last)),
        };
        steps.push(Step { name: name.to_owned(), is_optional });
    }
    Ok(steps)
}

fn find<'a>(
    name: &str,
    message: &str,
    messages: &'a BTreeMap<String, Vec<DeclaredField>>,
) -> Result<&'a DeclaredField, Problem> {
    if message.starts_with(GOOGLE) {
        return Err(problem("is inside a message of `google.protobuf`", "use a field of a message of your own"));
    }
    let fields = messages.get(message).map_or(&[][..], Vec::as_slice);
    fields.iter().find(|field| field.name == name).ok_or_else(|| {
        let fit = fields.iter().filter(|field| is_fit(&field.r#type));
        let help = match nearest(name, fit.map(|field| field.name.as_str())) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "name a string or integer field; in a message, `message.field`".to_owned(),
        };
        let message = message.trim_start_matches('.');
        problem(&format!("does not exist: `{message}` has no {}", quoted(name)), &help)
    })
}

/// Whether a path may go through a field of this type, or end there.
fn is_fit(r#type: &FieldType) -> bool {
    match r#type {
        FieldType::Integer | FieldType::Text => true,
        FieldType::Message { name, .. } => !name.starts_with(GOOGLE),
        FieldType::OneOf | FieldType::Other | FieldType::Repeated => false,
    }
}

fn unfit_for(name: &str, unfit: &FieldType, is_last: bool) -> Problem {
    let message = match unfit {
        FieldType::Repeated => format!("cannot be compared: `{name}` is a list or a map"),
        FieldType::OneOf => format!("cannot be compared: `{name}` is a member of a `oneof`, which may be unset"),
        FieldType::Message { .. } => format!("cannot be compared: `{name}` is a message"),
        FieldType::Integer | FieldType::Text if !is_last => format!("does not exist: `{name}` is not a message"),
        FieldType::Integer | FieldType::Other | FieldType::Text => {
            format!("cannot be compared: `{name}` is neither a string nor an integer")
        }
    };
    problem(&message, "name a string or integer field that every request has exactly once")
}

/// Messages whose Rust types are prost's.
const GOOGLE: &str = ".google.protobuf.";

/// The generated expression nests as deep as the path.
const MAX_DEPTH: usize = 32;

fn problem(message: &str, help: &str) -> Problem {
    Problem { message: message.to_owned(), help: help.to_owned() }
}

#[cfg(test)]
mod tests;
