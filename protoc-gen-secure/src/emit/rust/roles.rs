//! `policy_roles`: a type for each role of a vocabulary, or that a rule names.

use super::super::words::{list, literals};
use super::code::Code;
use super::{USE_RUNTIME, module};
use crate::rust::Role;

pub(super) fn roles(roles: &[Role], code: &mut Code) {
    if roles.is_empty() {
        return;
    }
    let doc = " The roles, as types: `secure_runtime` proves at compile time that a caller holds one.";
    module(doc, "policy_roles", code, |code| {
        code.line(USE_RUNTIME);
        roles.iter().for_each(|role| marker(role, code));
    });
}

fn marker(Role { policy, marker }: &Role, code: &mut Code) {
    let (name, held_by) = (&policy.name, &policy.held_by);
    code.item();
    code.doc(match &held_by[1..] {
        [] => format!(" `{name}`"),
        others => format!(" `{name}`, included in {}", list(others, "and")),
    });
    code.line("#[derive(Debug)]");
    code.line(format_args!("pub enum {marker} {{}}"));
    code.item();
    code.block(format_args!("impl secure::Role for {marker}"), |code| {
        code.line(format_args!("const HELD_BY: &'static [&'static str] = &[{}];", literals(held_by)));
    });
}
