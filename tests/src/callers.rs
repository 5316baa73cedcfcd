//! Callers whose credential is their list of roles.

use secure_runtime::{Authentication, CallHead, Principal, Rejection};

/// Reads `Bearer roles.reader.writer` as a caller with the roles `reader` and `writer`; `Bearer roles` as one without.
pub fn by_roles(head: &CallHead<'_>) -> Authentication {
    match head.bearer() {
        Ok(None) => Authentication::anonymous(),
        Ok(Some(token)) => match token.as_str().strip_prefix("roles") {
            Some(roles) => principal(roles.split('.').filter(|role| !role.is_empty())).into(),
            None => Rejection::rejected("not a list of roles").into(),
        },
        Err(rejection) => rejection.into(),
    }
}

/// The same, after a while.
pub fn by_roles_later(head: &CallHead<'_>) -> Authentication {
    let Authentication::Ready(answer) = by_roles(head) else { unreachable!("answers at once") };
    Authentication::pending(async {
        tokio::task::yield_now().await;
        answer
    })
}

/// A caller with these roles.
pub fn principal<'a>(roles: impl IntoIterator<Item = &'a str>) -> Principal {
    Principal::new("https://id.example.com", "somebody").roles(roles)
}
