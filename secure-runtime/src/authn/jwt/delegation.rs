//! Delegated tokens: who acts for the subject (RFC 8693, section 4.1).

use serde_json::{Map, Value};

use super::reason;
use crate::authn::Rejection;
use crate::invisible::is_invisible;
use crate::principal::PrincipalId;

/// The actors of `act`: the current one, then those before it. None without that claim.
///
/// Each actor is an object with `sub`, and `iss` if it is not of `issuer`, the issuer of the token. Both are text as a subject
/// is. Other members are not read, nor is `may_act`, which is for the server that issues tokens.
pub(super) fn actors(claims: &Map<String, Value>, issuer: &str) -> Result<Vec<PrincipalId>, Rejection> {
    let mut actors = Vec::new();
    let mut next = claims.get("act");
    while let Some(act) = next {
        if actors.len() == MAX_ACTORS {
            return Err(reason::ACTORS);
        }
        let act = act.as_object().ok_or(reason::ACTOR)?;
        let subject = text(act.get("sub")).ok_or(reason::ACTOR)?;
        let issuer = if act.contains_key("iss") { text(act.get("iss")).ok_or(reason::ACTOR)? } else { issuer };
        actors.push(PrincipalId::new(issuer, subject));
        next = act.get("act");
    }
    Ok(actors)
}

fn text(value: Option<&Value>) -> Option<&str> {
    let is_readable = |text: &&str| !text.is_empty() && !text.chars().any(|it| it == ' ' || is_invisible(it));
    value?.as_str().filter(is_readable)
}

const MAX_ACTORS: usize = 4;
