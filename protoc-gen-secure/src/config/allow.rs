//! Lints that a user's crate may deny, and that generated messages cannot satisfy. Many messages have no comments, and
//! their names come from the `.proto`.

/// Writes an attribute before every item of a module that prost-build formatted.
pub(super) fn allow_lints(module: &str) -> String {
    let mut text = String::with_capacity(module.len());
    for line in module.lines() {
        if line.starts_with("pub ") || line.starts_with("impl ") || line.starts_with("impl<") {
            text += ALLOW;
        }
        text += line;
        text.push('\n');
    }
    text
}

const ALLOW: &str = "#[allow(clippy::all, clippy::nursery, clippy::pedantic, dead_code, deprecated, missing_docs)]\n";

#[cfg(test)]
mod tests {
    use super::allow_lints;

    #[test]
    fn every_item_has_the_attribute_and_nothing_else_has() {
        let module =
            "/// Doc.\n#[derive(Clone)]\npub struct A {\n    pub b: u8,\n}\nimpl A {\n    pub fn c(&self) {}\n}\n";
        let text = allow_lints(module);
        assert_eq!(text.matches("#[allow(").count(), 2);
        assert!(text.contains("#[derive(Clone)]\n#[allow(") && text.contains("missing_docs)]\nimpl A {"), "{text}");
    }
}
