//! A rule in Rust: a constant for the table, and what its marker says of requests.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::policy::{Access, Bound, Credential, Fact, FieldPath, MethodPolicy, RulePolicy, Step, admitted};

/// `Rule::any_role(&["clerk"]).scopes(&["orders:read"])`.
pub(super) fn rule(rule: &RulePolicy) -> TokenStream {
    let RulePolicy { access: who, scopes, credentials, peers, bounds } = rule;
    let access = access(who);
    let scopes = (!scopes.is_empty()).then(|| quote!(.scopes(&[#(#scopes),*])));
    let credentials = (!credentials.is_empty()).then(|| {
        let credentials = credentials.iter().map(credential);
        quote!(.credentials(&[#(#credentials),*]))
    });
    let peers = (!peers.is_empty()).then(|| quote!(.peers(&[#(#peers),*])));
    let bound = (!bounds.is_empty()).then(|| quote!(.bound_to_request()));
    quote!(secure::Rule::#access #scopes #credentials #peers #bound)
}

fn access(access: &Access) -> TokenStream {
    match access {
        Access::AnyRole(roles) => {
            let roles = admitted(roles);
            quote!(any_role(&[#(#roles),*]))
        }
        Access::Authenticated => quote!(authenticated()),
        Access::Denied => quote!(denied()),
        Access::Public => quote!(public()),
    }
}

fn credential(credential: &Credential) -> TokenStream {
    match credential {
        Credential::Jwt => quote!(secure::Credential::Jwt),
        Credential::Mtls => quote!(secure::Credential::Mtls),
    }
}

/// What the request has to say, for the marker of its method.
pub(super) fn bounds(method: &MethodPolicy) -> Option<TokenStream> {
    let bounds = method.rule.bounds.iter().map(bound);
    (!method.rule.bounds.is_empty()).then(|| {
        quote! {
            const BOUNDS: &'static [secure::Bound<Self::Request>] = &[#(#bounds),*];
        }
    })
}

fn bound(Bound { fact, field, exempt }: &Bound) -> TokenStream {
    let accessor = accessor(field);
    let bound = match fact {
        Fact::Claim(path) => quote!(secure::Bound::<Self::Request>::claim(&[#(#path),*], #accessor)),
        Fact::Subject => quote!(secure::Bound::<Self::Request>::subject(#accessor)),
    };
    let exempt = admitted(exempt);
    if exempt.is_empty() { bound } else { quote!(#bound.exempt(&[#(#exempt),*])) }
}

/// `|request| secure::field(&request.order.as_ref()?.tenant_id)`.
fn accessor(field: &FieldPath) -> TokenStream {
    let request = format_ident!("request");
    let path = field.steps.iter().fold(quote!(#request), |path, Step { ident, is_optional }| {
        if *is_optional { quote!(#path.#ident.as_ref()?) } else { quote!(#path.#ident) }
    });
    quote!(|#request| secure::field(&#path))
}
