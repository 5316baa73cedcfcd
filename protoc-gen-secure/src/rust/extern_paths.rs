//! Which messages live elsewhere, decided as prost-build does.

use std::collections::BTreeMap;

use super::ident;

/// Rust paths of messages and packages that are not generated here.
#[derive(Debug, Default)]
pub(crate) struct ExternPaths(BTreeMap<String, String>);

impl ExternPaths {
    /// # Errors
    ///
    /// Says which pair cannot be used.
    pub(crate) fn new(paths: &[(String, String)], compile_well_known_types: bool) -> Result<Self, String> {
        let well_known = if compile_well_known_types { &[] } else { WELL_KNOWN };
        let well_known = well_known.iter().map(|&(proto, rust)| (proto, rust));
        let paths = paths.iter().map(|(proto, rust)| (proto.as_str(), rust.as_str()));
        let mut extern_paths = Self::default();
        for (proto, rust) in paths.chain(well_known) {
            extern_paths.insert(proto, rust)?;
        }
        Ok(extern_paths)
    }

    /// True if a service with this full name, such as `shop.v1.Orders`, is generated elsewhere.
    pub(crate) fn covers(&self, service: &str) -> bool {
        self.resolve(&format!(".{service}")).is_some()
    }

    /// The Rust path of a full name such as `.shop.v1.Order`, if it or a prefix of it is given.
    pub(super) fn resolve(&self, proto: &str) -> Option<String> {
        if let Some(rust) = self.0.get(proto) {
            return Some(rust.clone());
        }
        proto.rmatch_indices('.').find_map(|(dot, _)| Some(below(self.0.get(&proto[..dot])?, &proto[dot + 1..])))
    }

    fn insert(&mut self, proto: &str, rust: &str) -> Result<(), String> {
        let Some(segments) = proto.strip_prefix('.') else {
            return Err(format!("the extern path `{proto}` does not start with a dot"));
        };
        if segments.split('.').any(str::is_empty) {
            return Err(format!("the extern path `{proto}` has an empty segment"));
        }
        if is_deep(rust) || has_comment(rust) || syn::parse_str::<syn::Type>(rust).is_err() {
            return Err(format!("`{rust}`, given for the extern path `{proto}`, is no Rust path"));
        }
        match self.0.insert(proto.to_owned(), rust.to_owned()) {
            Some(_) => Err(format!("the extern path `{proto}` is given twice")),
            None => Ok(()),
        }
    }
}

/// True for what is no path and would take the parser all of its stack.
fn is_deep(rust: &str) -> bool {
    let signs = rust.chars().filter(|letter| !letter.is_alphanumeric() && !" #,:_".contains(*letter));
    rust.len() > 256 || signs.count() > 32
}

/// True for a comment, which would swallow generated code, and for a path of several lines.
fn has_comment(rust: &str) -> bool {
    ["//", "/*", "\n", "\r"].iter().any(|text| rust.contains(text))
}

/// The path of `proto` under the Rust path of its package or outer message.
fn below(rust: &str, proto: &str) -> String {
    let mut segments = proto.split('.');
    let message = segments.next_back().map(ident::upper_camel);
    let modules = rust.split("::").chain(segments).enumerate().map(|(index, segment)| match (index, segment) {
        (0, "crate") => segment.to_owned(),
        _ => ident::snake(segment),
    });
    modules.chain(message).collect::<Vec<_>>().join("::")
}

/// What prost-build sets unless the well-known types are compiled.
const WELL_KNOWN: &[(&str, &str)] = &[
    (".google.protobuf", "::prost_types"),
    (".google.protobuf.BoolValue", "bool"),
    (".google.protobuf.BytesValue", "::prost::alloc::vec::Vec<u8>"),
    (".google.protobuf.DoubleValue", "f64"),
    (".google.protobuf.Empty", "()"),
    (".google.protobuf.FloatValue", "f32"),
    (".google.protobuf.Int32Value", "i32"),
    (".google.protobuf.Int64Value", "i64"),
    (".google.protobuf.StringValue", "::prost::alloc::string::String"),
    (".google.protobuf.UInt32Value", "u32"),
    (".google.protobuf.UInt64Value", "u64"),
];

#[cfg(test)]
mod tests {
    use super::ExternPaths;

    #[track_caller]
    fn check(paths: &[(&str, &str)], expected: &str) {
        let paths = paths.iter().map(|(proto, rust)| ((*proto).to_owned(), (*rust).to_owned())).collect::<Vec<_>>();
        assert_eq!(ExternPaths::new(&paths, false).expect_err("a refusal"), expected);
    }

    #[test]
    fn paths_that_prost_build_refuses_are_refused() {
        check(&[("money", "::money")], "the extern path `money` does not start with a dot");
        check(&[(".money.", "::money")], "the extern path `.money.` has an empty segment");
        check(&[(".money", "::a"), (".money", "::b")], "the extern path `.money` is given twice");
        check(&[(".google.protobuf", "::wkt")], "the extern path `.google.protobuf` is given twice");
        check(&[(".money", "::money::")], "`::money::`, given for the extern path `.money`, is no Rust path");
        check(&[(".money", "::m // a")], "`::m // a`, given for the extern path `.money`, is no Rust path");
        check(&[(".money", "::m /* a */")], "`::m /* a */`, given for the extern path `.money`, is no Rust path");
    }
}
