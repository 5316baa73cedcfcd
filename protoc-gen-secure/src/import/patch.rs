//! Rules into the text of a file, as a patch.

use diffy::DiffOptions;

use super::methods::{Method, Source};
use super::rule::Rule;
use super::shown;
use crate::compile::{edit, tokens};

/// A unified diff; empty if there is nothing to write.
pub(super) fn write(source: &Source, rules: &[(&Method, Rule)]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let text = &source.text;
    // A file of which some lines end in another way keeps those.
    let is_crlf = text.contains('\n') && text.matches('\n').count() == text.matches("\r\n").count();
    let text = if is_crlf { text.replace("\r\n", "\n") } else { text.clone() };
    let mut lines = text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    // From the end on, so that positions stay true.
    let name = edit::option("method", &tokens(&text));
    for (method, rule) in rules.iter().rev() {
        insert(&mut lines, method, &rule.to_option(&name));
    }
    let patched = edit::with_import(&lines.join("\n"));
    let patched = if is_crlf { patched.replace('\n', "\r\n") } else { patched };
    let path = shown(&source.path);
    let mut options = DiffOptions::new();
    options.set_original_filename(format!("a/{path}")).set_modified_filename(format!("b/{path}"));
    with_ends_of_names(&options.create_patch(&source.text, &patched).to_string())
}

/// The patch with a tab after each name that has a blank, as git writes it. Without a tab, GNU patch ends a name at its first
/// blank. A name with special characters is in quotes already.
fn with_ends_of_names(patch: &str) -> String {
    let end = |line: &str| if line[4..].contains(' ') && !line.ends_with('"') { "\t" } else { "" };
    match patch.splitn(3, '\n').collect::<Vec<_>>()[..] {
        [old, new, hunks] => format!("{old}{}\n{new}{}\n{hunks}", end(old), end(new)),
        _ => patch.to_owned(),
    }
}

/// A declaration ends in `;` or in `}`.
fn insert(lines: &mut [String], method: &Method, option: &str) {
    let (line, end) = method.end;
    let indent = indent(&lines[method.line]);
    let option = format!("{indent}  option {option};");
    let Some((before, rest)) = lines[line].split_at_checked(end.saturating_sub(1)) else { return };
    let after = rest.get(1..).unwrap_or_default();
    lines[line] = match (rest.starts_with(';'), before.trim().is_empty()) {
        (true, _) => format!("{} {{\n{option}\n{indent}}}{after}", before.trim_end()),
        (false, true) => format!("{option}\n{indent}}}{after}"),
        (false, false) => format!("{}\n{option}\n{indent}}}{after}", before.trim_end()),
    };
}

/// The blanks at the start of a line.
fn indent(line: &str) -> String {
    line.chars().take_while(|character| matches!(character, ' ' | '\t')).collect()
}
