//! The rules that buf may ask for: one for each lint, and the checks of `diff`.

use prost::Message as _;

use super::message::{
    BREAKING, Category, Failure, LINT, ListCategoriesResponse, ListRulesRequest, ListRulesResponse, Rule,
};
use crate::diagnostic::{Lint, Severity};
use crate::report::diff::Check;

/// One page of rules. The token of a page is the index of its first rule.
pub(super) fn list(request: &[u8]) -> Result<ListRulesResponse, Failure> {
    let ListRulesRequest { page_size, page_token } =
        ListRulesRequest::decode(request).map_err(|error| Failure::invalid(error.to_string()))?;
    let size = if page_size == 0 { PAGE } else { usize::try_from(page_size).unwrap_or(PAGE) };
    let start = if page_token.is_empty() { Ok(0) } else { page_token.parse::<usize>() };
    let start = start.map_err(|_| Failure::invalid(format!("unknown page token: {page_token:?}")))?;
    let rules = all();
    let end = start.saturating_add(size).min(rules.len());
    let next_page_token = if end < rules.len() { end.to_string() } else { String::new() };
    Ok(ListRulesResponse { next_page_token, rules: rules.get(start..end).unwrap_or_default().to_vec() })
}

/// The rules that are on by default, and all rules.
pub(super) fn categories() -> ListCategoriesResponse {
    let category = |id: &str, purpose: &str| Category { id: id.to_owned(), purpose: purpose.to_owned() };
    let categories = vec![
        category(CATEGORY, "Checks the rules that say who may call a method."),
        category(STRICT, "Checks the same, and reports warnings and new access."),
    ];
    ListCategoriesResponse { categories }
}

/// Every rule, sorted by id.
pub(super) fn all() -> Vec<Rule> {
    let lints = lints().map(|lint| Rule {
        id: id(lint),
        purpose: format!("Reports `{lint}`: {}", lint.summary()),
        ..rule(LINT, lint.severity() == Severity::Error)
    });
    let checks = CHECKS.map(|(id, check, purpose)| Rule {
        id: id.to_owned(),
        purpose: purpose.to_owned(),
        ..rule(BREAKING, check == Check::Widening)
    });
    let mut rules = lints.chain(checks).collect::<Vec<_>>();
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    rules
}

fn rule(r#type: i32, is_default: bool) -> Rule {
    let categories = if is_default { [CATEGORY, STRICT].as_slice() } else { &[STRICT] };
    let category_ids = categories.iter().copied().map(str::to_owned).collect();
    Rule { category_ids, is_default, r#type, ..Rule::default() }
}

/// The id of the rule of a lint: `SECURE_MISSING_RULE`.
pub(super) fn id(lint: Lint) -> String {
    format!("SECURE_{}", lint.name().replace('-', "_").to_uppercase())
}

/// The lints that `buf lint` runs. buf compiles files itself, so it never reports those of our own compiler.
fn lints() -> impl Iterator<Item = Lint> {
    let all = Lint::SECTIONS.iter().flat_map(|(_, lints)| *lints).copied();
    all.filter(|lint| !matches!(lint, Lint::InvalidOption | Lint::UnsupportedEdition))
}

/// The checks that `buf breaking` runs, by the id of their rule.
pub(super) const CHECKS: [(&str, Check, &str); 2] = [
    ("SECURE_NO_NEW_ACCESS", Check::NewAccess, "Reports new methods that somebody may call."),
    ("SECURE_NO_WIDENING", Check::Widening, "Reports methods that admit a caller whom they refused before."),
];

const CATEGORY: &str = "SECURE";

const STRICT: &str = "SECURE_STRICT";

const PAGE: usize = 250;
