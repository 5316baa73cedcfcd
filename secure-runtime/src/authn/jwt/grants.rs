/// The roles an issuer may grant. A role beyond them is dropped from its tokens; the rest of the token counts.
///
/// The claims that a handler reads are left as the issuer wrote them.
#[derive(Clone, Debug)]
pub struct Grants(Limit);

#[derive(Clone, Debug)]
enum Limit {
    Any,
    Only(Vec<String>),
    StartingWith(String),
}

impl Grants {
    /// These roles and no others. An empty list grants none.
    pub fn only(roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Limit::Only(roles.into_iter().map(Into::into).collect()))
    }

    /// The roles that start with `prefix` and go on after it, such as `partner:`. The empty prefix grants none.
    pub fn starting_with(prefix: impl Into<String>) -> Self {
        Self(Limit::StartingWith(prefix.into()))
    }

    /// For an issuer with nobody beside it.
    pub(super) fn any() -> Self {
        Self(Limit::Any)
    }

    pub(super) fn allow(&self, role: &str) -> bool {
        match &self.0 {
            Limit::Any => true,
            Limit::Only(roles) => roles.iter().any(|granted| granted == role),
            Limit::StartingWith(prefix) if prefix.is_empty() => false,
            Limit::StartingWith(prefix) => role.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()),
        }
    }
}
