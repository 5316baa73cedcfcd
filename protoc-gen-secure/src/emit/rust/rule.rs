//! A rule in Rust: a constant for the table, and the bounds of its request.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::super::condition::call;
use crate::policy::{Access, Bound, Condition, Fact, RulePolicy, admitted};
use crate::rust::Method;

/// `Rule::any_role(&["clerk"]).scopes(&["orders:read"])`.
pub(super) fn rule(RulePolicy { access: who, conditions, .. }: &RulePolicy) -> TokenStream {
    let access = access(who);
    let conditions = conditions.iter().map(call);
    quote!(Rule::#access #(#conditions)*)
}

fn access(access: &Access) -> TokenStream {
    match access {
        Access::Anonymous => quote!(anonymous()),
        Access::AnyRole(roles) => {
            let roles = admitted(roles);
            quote!(any_role(&[#(#roles),*]))
        }
        Access::Authenticated => quote!(authenticated()),
        Access::Denied => quote!(denied()),
        Access::Public => quote!(public()),
    }
}

/// What each message of the request must satisfy, if the rule has conditions about it.
pub(super) fn bounds(method: &Method<'_>) -> Option<TokenStream> {
    let bounds = method.policy.rule.conditions.iter().flat_map(Condition::bounds);
    let bounds = bounds.zip(&method.fields).map(|(item, fields)| bound(item, fields)).collect::<Vec<_>>();
    (!bounds.is_empty()).then(|| {
        quote! {
            const BOUNDS: &'static [secure::Bound<Self::Request>] = &[#(#bounds),*];
        }
    })
}

/// The roles that are exempt from all of the conditions about the request.
pub(super) fn exempt<'a>(method: &Method<'a>) -> Vec<&'a str> {
    let conditions = method.policy.rule.conditions.iter().flat_map(Condition::bounds);
    let exempt = conditions.map(|bound| admitted(&bound.exempt));
    exempt.reduce(|all, of_next| all.into_iter().filter(|role| of_next.contains(role)).collect()).unwrap_or_default()
}

fn bound(Bound { fact, field, exempt }: &Bound, fields: &[Ident]) -> TokenStream {
    let request = format_ident!("request");
    let steps = fields.iter().zip(&field.steps);
    let path = steps.fold(quote!(#request), |path, (field, step)| {
        if step.is_optional { quote!(#path.#field.as_ref()?) } else { quote!(#path.#field) }
    });
    let accessor = quote!(|#request| secure::field(&#path));
    let bound = match fact {
        Fact::Claim(path) => quote!(secure::Bound::<Self::Request>::claim(&[#(#path),*], #accessor)),
        Fact::Subject => quote!(secure::Bound::<Self::Request>::subject(#accessor)),
    };
    let exempt = admitted(exempt);
    if exempt.is_empty() { bound } else { quote!(#bound.exempt(&[#(#exempt),*])) }
}
