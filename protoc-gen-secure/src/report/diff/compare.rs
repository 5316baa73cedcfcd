//! The comparison, method by method.

use std::collections::{BTreeMap, BTreeSet};

use super::super::witness::{gains, witness};
use super::{Change, ChangeKind};
use crate::diagnostic::Location;
use crate::manifest::{Access, Manifest, Rule, Service};

/// Every method whose rule means something else: widened ones first, then by name.
pub(crate) fn compare(old: &Manifest, new: &Manifest) -> Vec<Change> {
    let weights = weights(new);
    let comparison = Comparison { old, new, weight: &|role| weights.get(role).copied().unwrap_or(0) };
    let names = old.services.keys().chain(new.services.keys()).collect::<BTreeSet<_>>();
    let mut changes = names.into_iter().flat_map(|name| comparison.service(name)).collect::<Vec<_>>();
    changes.sort_by(|one, other| (one.kind, &one.method).cmp(&(other.kind, &other.method)));
    changes
}

/// How many roles each role includes.
fn weights(manifest: &Manifest) -> BTreeMap<&str, usize> {
    let roles = manifest.vocabularies.values().flat_map(|vocabulary| {
        vocabulary.roles.keys().map(move |role| (role.as_str(), vocabulary.held_with(role).len()))
    });
    roles.collect()
}

struct Comparison<'a> {
    old: &'a Manifest,
    new: &'a Manifest,
    weight: &'a dyn Fn(&str) -> usize,
}

impl Comparison<'_> {
    fn service(&self, name: &str) -> Vec<Change> {
        let (old, new) = (self.old.services.get(name), self.new.services.get(name));
        let names = [old, new].into_iter().flatten().flat_map(methods).collect::<BTreeSet<_>>();
        let changes = names.into_iter().filter_map(|method| {
            let full_name = format!("{name}/{method}");
            match (old.and_then(|it| entry(it, method)), new.and_then(|it| entry(it, method))) {
                (Some(old), Some(rule)) => {
                    self.changed(full_name, old, rule).map(|change| self.called_out(new, change))
                }
                (None, Some(rule)) => Some(self.called_out(new, self.added(full_name, rule))),
                (Some(old), None) => Some(self.removed(full_name, old)),
                (None, None) => None,
            }
        });
        changes.collect()
    }

    /// `None` if both rules mean the same.
    fn changed(&self, method: String, (old, _): Entry<'_>, (new, at): Entry<'_>) -> Option<Change> {
        let admits = witness(old, new, self.weight);
        let refuses = witness(new, old, self.weight);
        let kind = match (&admits, &refuses) {
            (Some(_), None) => ChangeKind::Widened,
            (Some(_), Some(_)) => ChangeKind::Moved,
            (None, Some(_)) => ChangeKind::Narrowed,
            (None, None) => return None,
        };
        let (at, old, new, sensitive_roles) = (at.clone(), Some(old.clone()), Some(new.clone()), BTreeSet::new());
        Some(Change { method, kind, at, old, new, admits, refuses, sensitive_roles })
    }

    /// The change with the sensitive roles of the service that gain access by it.
    fn called_out(&self, service: Option<&Service>, change: Change) -> Change {
        let vocabulary = service.and_then(|it| self.new.vocabularies.get(it.vocabulary.as_ref()?));
        let sensitive = vocabulary.into_iter().flat_map(|it| &it.roles).filter(|(_, role)| role.is_sensitive);
        let denied = Rule::of(Access::Denied);
        let (old, new) = (change.old.as_ref().unwrap_or(&denied), change.new.as_ref().unwrap_or(&denied));
        let gaining = sensitive.filter(|(name, _)| gains(name, old, new)).map(|(name, _)| name.clone());
        Change { sensitive_roles: gaining.collect(), ..change }
    }

    fn added(&self, method: String, (new, at): Entry<'_>) -> Change {
        let admits = witness(&Rule::of(Access::Denied), new, self.weight);
        let kind = ChangeKind::Added;
        let (at, new, sensitive_roles) = (at.clone(), Some(new.clone()), BTreeSet::new());
        Change { method, kind, at, old: None, new, admits, refuses: None, sensitive_roles }
    }

    fn removed(&self, method: String, (old, at): Entry<'_>) -> Change {
        let refuses = witness(&Rule::of(Access::Denied), old, self.weight);
        let kind = ChangeKind::Removed;
        let (at, old, sensitive_roles) = (at.clone(), Some(old.clone()), BTreeSet::new());
        Change { method, kind, at, old, new: None, admits: None, refuses, sensitive_roles }
    }
}

/// A rule and where it is written.
type Entry<'a> = (&'a Rule, &'a Location);

/// The names of methods, and `*` for one rule for all of them.
fn methods(service: &Service) -> impl Iterator<Item = &str> {
    service.methods.keys().map(String::as_str).chain(service.rule.as_ref().map(|_| ALL))
}

/// The rule of a method, or the one of all methods.
fn entry<'a>(service: &'a Service, method: &str) -> Option<Entry<'a>> {
    let own = service.methods.get(method).map(|method| (&method.rule, &method.declared_at));
    own.or_else(|| Some((service.rule.as_ref()?, &service.declared_at)))
}

const ALL: &str = "*";
