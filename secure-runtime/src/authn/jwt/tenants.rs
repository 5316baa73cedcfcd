//! The tenants of an issuer that has one name for each.

use std::fmt;
use std::sync::Arc;

use super::claims::Claims;
use super::string_or_uri::NotStringOrUri;

/// The tenants whose tokens are accepted, of an issuer whose name has the tenant in it.
///
/// A tenant is 1 to 128 characters out of `A-Z a-z 0-9 - . _ ~`, and compared byte for byte.
#[derive(Clone)]
pub struct Tenants {
    allowed: Allowed,
    claim: Option<String>,
}

#[derive(Clone)]
enum Allowed {
    Any,
    Listed(Arc<[String]>),
    By(Arc<dyn Fn(&str) -> bool + Send + Sync>),
}

impl Tenants {
    /// Accepts these tenants. An empty list accepts none.
    pub fn listed(tenants: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(Allowed::Listed(tenants.into_iter().map(Into::into).collect()))
    }

    /// Accepts the tenants for which `is_tenant` returns true, such as those of a table that changes.
    ///
    /// It is asked for each token that is not in the cache, before its signature is verified, so it must be quick. A
    /// tenant that it no longer accepts is accepted for up to 60 seconds more, by the cache of tokens.
    ///
    /// Risk: a function that is always true accepts every customer of the issuer.
    pub fn accepted_by(is_tenant: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self::new(Allowed::By(Arc::new(is_tenant)))
    }

    /// Also demands that a claim is the tenant, such as `tid` of Entra ID. Default: no claim.
    #[must_use]
    pub fn also_in(self, claim: impl Into<String>) -> Self {
        Self { claim: Some(claim.into()), ..self }
    }

    /// For names that are recognized and never accepted.
    pub(super) fn any() -> Self {
        Self::new(Allowed::Any)
    }

    fn new(allowed: Allowed) -> Self {
        Self { allowed, claim: None }
    }

    fn accept(&self, tenant: &str, claims: &Claims) -> bool {
        let is_allowed = match &self.allowed {
            Allowed::Any => true,
            Allowed::Listed(tenants) => tenants.iter().any(|it| it == tenant),
            Allowed::By(is_tenant) => is_tenant(tenant),
        };
        is_allowed && self.claim.as_ref().is_none_or(|claim| claims.text(claim) == Some(tenant))
    }

    fn check(&self) -> Result<(), NotStringOrUri> {
        match &self.allowed {
            Allowed::Listed(tenants) if !tenants.iter().all(|tenant| is_tenant(tenant)) => Err(NotStringOrUri::Tenant),
            _ => Ok(()),
        }
    }
}

/// Shows no tenant.
impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants").finish_non_exhaustive()
    }
}

/// The name of an issuer with a place for the tenant.
#[derive(Clone, Debug)]
pub(super) struct Template {
    prefix: String,
    suffix: String,
    tenants: Tenants,
}

impl Template {
    pub(super) fn parse(text: &str, tenants: Tenants) -> Result<Self, NotStringOrUri> {
        tenants.check()?;
        match text.split(PLACE).collect::<Vec<_>>()[..] {
            [prefix, suffix] if !(prefix.is_empty() || suffix.contains(['{', '}']) || prefix.contains(['{', '}'])) => {
                Ok(Self { prefix: prefix.into(), suffix: suffix.into(), tenants })
            }
            _ => Err(NotStringOrUri::Template),
        }
    }

    /// Whether `name` is that of a tenant that is accepted.
    pub(super) fn accepts(&self, name: &str, claims: &Claims) -> bool {
        self.tenant(name).is_some_and(|tenant| self.tenants.accept(tenant, claims))
    }

    /// Whether `name` is that of any tenant.
    pub(super) fn fits(&self, name: &str) -> bool {
        self.tenant(name).is_some()
    }

    /// Whether some name is that of a tenant of both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let rest = |one: &str, other: &str, strip: fn(&str, &str) -> Option<String>| {
            strip(one, other).or_else(|| strip(other, one)).is_some_and(|rest| rest.bytes().all(is_tenant_byte))
        };
        let prefix = |one: &str, other: &str| one.strip_prefix(other).map(String::from);
        let suffix = |one: &str, other: &str| one.strip_suffix(other).map(String::from);
        rest(&self.prefix, &other.prefix, prefix) && rest(&self.suffix, &other.suffix, suffix)
    }

    fn tenant<'a>(&self, name: &'a str) -> Option<&'a str> {
        let tenant = name.strip_prefix(self.prefix.as_str())?.strip_suffix(self.suffix.as_str())?;
        is_tenant(tenant).then_some(tenant)
    }
}

/// A text that is one segment of a URL and not a step in its path.
fn is_tenant(text: &str) -> bool {
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(is_tenant_byte) && text != "." && text != ".."
}

fn is_tenant_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

const PLACE: &str = "{tenant}";
const MAX_BYTES: usize = 128;
