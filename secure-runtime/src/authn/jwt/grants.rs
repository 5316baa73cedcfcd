use std::fmt;

/// The roles and scopes an issuer may grant. What goes beyond them is dropped from its tokens; the rest of the token
/// counts.
///
/// The claims that a handler reads are left as the issuer wrote them.
#[derive(Clone)]
pub struct Grants {
    roles: Limit,
    scopes: Limit,
    names: Names,
}

#[derive(Clone)]
enum Limit {
    Any,
    Only(Vec<String>),
    StartingWith(String),
}

/// What the subjects and claims of an issuer mean in requests.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Names {
    Foreign,
    Own,
}

impl Grants {
    /// These roles and no others, and no scopes unless [`scopes`](Self::scopes) says so. An empty list grants none.
    pub fn only(roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { roles: Limit::only(roles), scopes: Limit::only([""; 0]), names: Names::Foreign }
    }

    /// The roles that start with `prefix` and go on after it, such as `partner:`, and no scopes unless
    /// [`scopes`](Self::scopes) says so. The empty prefix grants none.
    pub fn starting_with(prefix: impl Into<String>) -> Self {
        Self { roles: Limit::StartingWith(prefix.into()), scopes: Limit::only([""; 0]), names: Names::Foreign }
    }

    /// Also these scopes, and no others.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { scopes: Limit::only(scopes), ..self }
    }

    /// Also lets its subjects and claims satisfy `owner` and `tenant` rules: they mean what the service means by them. Of
    /// several issuers, that is one; or none calls owners or tenants as another does. Left out, its callers are
    /// [foreign](crate::Principal::foreign) to such rules.
    #[must_use]
    pub fn owners_and_tenants(self) -> Self {
        Self { names: Names::Own, ..self }
    }

    /// For an issuer with nobody beside it.
    pub(super) fn any() -> Self {
        Self { roles: Limit::Any, scopes: Limit::Any, names: Names::Own }
    }

    pub(super) fn makes_foreign(&self) -> bool {
        self.names == Names::Foreign
    }

    pub(super) fn allow(&self, role: &str) -> bool {
        self.roles.allows(role)
    }

    pub(super) fn allow_scope(&self, scope: &str) -> bool {
        self.scopes.allows(scope)
    }
}

/// Names no role.
impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").finish_non_exhaustive()
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
