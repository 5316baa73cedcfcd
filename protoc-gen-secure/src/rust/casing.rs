//! Names from a `.proto` in the casings of generated Rust.

use heck::ToShoutySnakeCase;

use super::ident;

/// The name of a service or method.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RustName {
    variant: String,
    method: String,
    constant: String,
    module: String,
}

impl RustName {
    /// `None` if one of the casings is no Rust identifier.
    pub(crate) fn new(proto: &str) -> Option<Self> {
        let variant = ident::upper_camel(proto);
        Some(Self {
            module: ident::naive_snake(&variant),
            variant: ident::checked(variant)?,
            method: ident::checked(ident::snake(proto))?,
            constant: ident::checked(ident::sanitize(&proto.to_shouty_snake_case()))?,
        })
    }

    /// `GetOrder`, also the name of a trait or type; `Self` becomes `Self_`.
    pub(crate) fn variant(&self) -> &str {
        &self.variant
    }

    /// `get_order`, `r#move`, `self_`.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// `GET_ORDER`.
    pub(crate) fn constant(&self) -> &str {
        &self.constant
    }

    /// The stem of a service's modules, as in `orders_server`; by itself it may be a keyword.
    pub(crate) fn module(&self) -> &str {
        &self.module
    }
}

/// The type of a role: `OrdersRead` for `orders:read`, or the name that its vocabulary gives it.
///
/// `None` if the given name is not an identifier in upper camel case, or the role has neither ASCII letter nor digit.
pub(super) fn marker(role: &str, rust_name: Option<&str>) -> Option<String> {
    match rust_name {
        Some(name) => {
            ident::checked(name.to_owned()).filter(|_| name.starts_with(|first: char| first.is_ascii_uppercase()))
        }
        None => {
            let words = role.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
            ident::checked(ident::upper_camel(&words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RustName, marker};

    #[track_caller]
    fn check(proto: &str, expected: [&str; 4]) {
        let name = RustName::new(proto).expect("a name");
        assert_eq!([name.variant(), name.method(), name.constant(), name.module()], expected);
    }

    #[test]
    fn names_have_four_casings() {
        check("GetOrder", ["GetOrder", "get_order", "GET_ORDER", "get_order"]);
        check("ABCServiceX", ["AbcServiceX", "abc_service_x", "ABC_SERVICE_X", "abc_service_x"]);
        check("Move", ["Move", "r#move", "MOVE", "move"]);
        check("Self", ["Self_", "self_", "SELF", "self_"]);
        check("_1", ["_1", "_1", "_1", "_1"]);
        check("V2", ["V2", "v2", "V2", "v2"]);
    }

    #[test]
    fn a_name_of_underscores_has_none() {
        assert_eq!(RustName::new("_"), None);
        assert_eq!(RustName::new("__"), None);
    }

    #[test]
    fn markers_are_made_of_letters_and_digits() {
        let marker = |role| marker(role, None);
        assert_eq!(marker("orders:read").as_deref(), Some("OrdersRead"));
        assert_eq!(marker("https://example.com/roles/Admin").as_deref(), Some("HttpsExampleComRolesAdmin"));
        assert_eq!(marker("2fa").as_deref(), Some("_2fa"));
        assert_eq!(marker("self").as_deref(), Some("Self_"));
        assert_eq!(marker("ärzte").as_deref(), Some("Rzte"));
        assert_eq!(marker("***"), None);
    }
}
