/// The roles and scopes an issuer may grant. What goes beyond them is dropped from its tokens; the rest of the token
/// counts.
///
/// The claims that a handler reads are left as the issuer wrote them.
#[derive(Clone, Debug)]
pub struct Grants {
    roles: Limit,
    scopes: Limit,
}

#[derive(Clone, Debug)]
enum Limit {
    Any,
    Only(Vec<String>),
    StartingWith(String),
}

impl Grants {
    /// These roles and no others, and no scopes unless [`scopes`](Self::scopes) says so. An empty list grants none.
    pub fn only(roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { roles: Limit::only(roles), scopes: Limit::only([""; 0]) }
    }

    /// The roles that start with `prefix` and go on after it, such as `partner:`, and no scopes unless
    /// [`scopes`](Self::scopes) says so. The empty prefix grants none.
    pub fn starting_with(prefix: impl Into<String>) -> Self {
        Self { roles: Limit::StartingWith(prefix.into()), scopes: Limit::only([""; 0]) }
    }

    /// Also these scopes, and no others.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { scopes: Limit::only(scopes), ..self }
    }

    /// For an issuer with nobody beside it.
    pub(super) fn any() -> Self {
        Self { roles: Limit::Any, scopes: Limit::Any }
    }

    pub(super) fn allow(&self, role: &str) -> bool {
        self.roles.allows(role)
    }

    pub(super) fn allow_scope(&self, scope: &str) -> bool {
        self.scopes.allows(scope)
    }
}

impl Limit {
    fn only(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Only(names.into_iter().map(Into::into).collect())
    }

    fn allows(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => names.iter().any(|granted| granted == name),
            Self::StartingWith(prefix) if prefix.is_empty() => false,
            Self::StartingWith(prefix) => name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()),
        }
    }
}
