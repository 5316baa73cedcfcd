//! The names that the rules of one service may use.

use super::lookup::Accepted;
use super::scope_vocabulary::ScopeVocabulary;
use super::vocabulary::Vocabulary;

/// The names that the rules of one service may use.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pub(super) roles: Accepted<'a, Vocabulary>,
    pub(super) scopes: Accepted<'a, ScopeVocabulary>,
}
