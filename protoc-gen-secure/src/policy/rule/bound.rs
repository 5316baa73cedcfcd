//! What a rule demands of the request itself.

use std::collections::BTreeMap;

use super::super::nearest::nearest;
use super::super::{Bound, Fact, FieldPath, Step, ident};
use super::{Reader, quoted};
use crate::declared::{DeclaredBound, DeclaredField, FieldType};
use crate::diagnostic::{Diagnostics, Refused, Rule};

/// The request of a method, and the fields of every message.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct RequestType<'a> {
    /// A full name with its leading dot.
    pub(in super::super) name: &'a str,
    pub(in super::super) messages: &'a BTreeMap<String, Vec<DeclaredField>>,
}

impl Reader<'_> {
    pub(super) fn bounds(&self, found: &mut Diagnostics) -> Result<Vec<Bound>, Refused> {
        let bounds = [("tenant", &self.rule.tenant), ("owner", &self.rule.owner)];
        let bounds = bounds.into_iter().filter_map(|(name, bound)| Some(self.bound(name, bound.as_ref()?, found)));
        let bounds = bounds.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(bounds.into_iter().flatten().collect())
    }

    /// `None` as long as the request is not known.
    fn bound(&self, name: &str, bound: &DeclaredBound, found: &mut Diagnostics) -> Result<Option<Bound>, Refused> {
        let fact = self.fact(name, bound, found);
        let exempt = self.list(&bound.exempt_roles, found);
        let field = self.request.map(|request| self.field(name, &bound.field, request, found)).transpose();
        let (fact, exempt) = (fact?, exempt?);
        Ok(field?.map(|field| Bound { fact, field, exempt }))
    }

    fn fact(&self, name: &str, bound: &DeclaredBound, found: &mut Diagnostics) -> Result<Fact, Refused> {
        match &bound.claim {
            None => Ok(Fact::Subject),
            Some(path) if !path.is_empty() && path.iter().all(|name| !name.is_empty()) => Ok(Fact::Claim(path.clone())),
            Some(_) => Err(found.error(
                Rule::InvalidClaim,
                &self.rule.at,
                format!("`{name}` in {} names no claim", self.whose),
                "write `claim: \"...\"`; the names that lead to a member of an object are a list",
            )),
        }
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
            found.error(Rule::InvalidField, &self.rule.at, message, help)
        })?;
        Ok(FieldPath { text: path.to_owned(), steps })
    }
}

/// Why a path leads to nothing that can be compared.
struct Problem {
    message: String,
    help: String,
}

fn steps(path: &str, request: RequestType<'_>) -> Result<Vec<Step>, Problem> {
    if path.split('.').count() > DEEPEST {
        return Err(problem("is deeper than 32 messages", "take a field that is nearer"));
    }
    let mut message = request.name.to_owned();
    let mut names = path.split('.').peekable();
    let mut steps = Vec::new();
    while let Some(name) = names.next() {
        let field = find(name, &message, request.messages)?;
        let ident = ident::parse(&ident::snake(name)).ok_or_else(|| problem("has no Rust name", "rename the field"))?;
        let is_last = names.peek().is_none();
        let is_optional = match &field.r#type {
            FieldType::Text | FieldType::Integer if is_last => false,
            FieldType::Message { name, is_required } if !is_last => {
                message.clone_from(name);
                !is_required
            }
            unfit => return Err(unfit_for(name, unfit, is_last)),
        };
        steps.push(Step { ident, is_optional });
    }
    Ok(steps)
}

fn find<'a>(
    name: &str,
    message: &str,
    messages: &'a BTreeMap<String, Vec<DeclaredField>>,
) -> Result<&'a DeclaredField, Problem> {
    if message.starts_with(".google.protobuf.") {
        return Err(problem("is inside a message of `google.protobuf`", "take a field of a message of your own"));
    }
    let fields = messages.get(message).map_or(&[][..], Vec::as_slice);
    fields.iter().find(|field| field.name == name).ok_or_else(|| {
        let help = match nearest(name, fields.iter().map(|field| field.name.as_str())) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "name a string or integer field; in a message, `message.field`".to_owned(),
        };
        let message = message.trim_start_matches('.');
        problem(&format!("does not exist: `{message}` has no {}", quoted(name)), &help)
    })
}

fn unfit_for(name: &str, unfit: &FieldType, is_last: bool) -> Problem {
    let message = match unfit {
        FieldType::Repeated => format!("cannot be compared: `{name}` is a list or a map"),
        FieldType::OneOf => format!("cannot be compared: `{name}` is one of a `oneof`, which may hold another"),
        FieldType::Message { .. } => format!("cannot be compared: `{name}` is a message"),
        FieldType::Integer | FieldType::Text if !is_last => format!("does not exist: `{name}` is no message"),
        FieldType::Integer | FieldType::Other | FieldType::Text => {
            format!("cannot be compared: `{name}` is neither a string nor an integer")
        }
    };
    problem(&message, "name a string or integer field that stands in every request once")
}

/// What is generated for a path nests as deep as the path.
const DEEPEST: usize = 32;

fn problem(message: &str, help: &str) -> Problem {
    Problem { message: message.to_owned(), help: help.to_owned() }
}

#[cfg(test)]
mod tests;
