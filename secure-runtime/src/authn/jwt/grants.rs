use std::fmt;

/// The roles and scopes that an issuer may grant.
///
/// Roles and scopes beyond them are dropped from its tokens. The token is still accepted. Claims that a handler reads
/// are those that the issuer wrote.
///
/// ```
/// use secure_runtime::authn::jwt::Grants;
///
/// let partner = Grants::starting_with("partner:").scopes(["orders:read"]);
/// ```
#[derive(Clone)]
pub struct Grants {
    roles: Allowed,
    scopes: Allowed,
    owners_and_tenants: bool,
}

/// The names that an issuer may use.
#[derive(Clone)]
enum Allowed {
    Any,
    Only(Vec<String>),
    StartingWith(String),
}

impl Grants {
    /// Allows these roles only, and no scopes unless [`scopes`](Self::scopes) allows some. An empty list allows none.
    pub fn only(roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::of_roles(Allowed::only(roles))
    }

    /// Allows the roles that start with `prefix` and are longer, such as `partner:` and `partner:clerk`. It allows no
    /// scopes unless [`scopes`](Self::scopes) allows some. The empty prefix allows no role.
    pub fn starting_with(prefix: impl Into<String>) -> Self {
        Self::of_roles(Allowed::StartingWith(prefix.into()))
    }

    /// Allows these scopes only. Default: none.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { scopes: Allowed::only(scopes), ..self }
    }

    /// Lets subjects and claims of the issuer satisfy `owner` and `tenant` rules. Default: its callers are
    /// [excluded from ownership](crate::Principal::excluded_from_ownership).
    ///
    /// Risk: if two issuers use the same names for different owners or tenants, callers of one reach data of the other.
    #[must_use]
    pub fn owners_and_tenants(self) -> Self {
        Self { owners_and_tenants: true, ..self }
    }

    /// For an issuer that is the only one.
    pub(in crate::authn) fn any() -> Self {
        Self { roles: Allowed::Any, scopes: Allowed::Any, owners_and_tenants: true }
    }

    fn of_roles(roles: Allowed) -> Self {
        Self { roles, scopes: Allowed::only([""; 0]), owners_and_tenants: false }
    }

    pub(super) fn excludes_from_ownership(&self) -> bool {
        !self.owners_and_tenants
    }

    pub(super) fn allow_role(&self, role: &str) -> bool {
        self.roles.allows(role)
    }

    pub(super) fn allow_scope(&self, scope: &str) -> bool {
        self.scopes.allows(scope)
    }
}

/// Shows no role.
impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").finish_non_exhaustive()
    }
}

impl Allowed {
    fn only(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Only(names.into_iter().map(Into::into).collect())
    }

    fn allows(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => names.iter().any(|allowed| allowed == name),
            Self::StartingWith(prefix) if prefix.is_empty() => false,
            Self::StartingWith(prefix) => name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()),
        }
    }
}
