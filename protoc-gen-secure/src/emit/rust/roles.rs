//! `policy_roles`: a marker for each role of a vocabulary, or that a rule names.

use proc_macro2::TokenStream;
use quote::quote;

use crate::policy::RolePolicy;

pub(super) fn roles(roles: &[RolePolicy]) -> Option<TokenStream> {
    let markers = roles.iter().map(marker);
    let allow = super::allow();
    (!roles.is_empty()).then(|| {
        quote! {
            /// The roles, for code that demands the proof of one.
            #allow
            pub mod policy_roles {
                use ::secure_runtime::codegen as secure;
                #(#markers)*
            }
        }
    })
}

fn marker(RolePolicy { role, held_by, .. }: &RolePolicy) -> TokenStream {
    let (marker, name) = (role.marker(), role.as_str());
    let doc = match &held_by[1..] {
        [] => format!(" `{name}`"),
        others => format!(" `{name}`, included in {}", super::text::list(others, "and")),
    };
    quote! {
        #[doc = #doc]
        #[derive(Debug)]
        pub enum #marker {}
        impl secure::Role for #marker {
            const HELD_BY: &'static [&'static str] = &[#(#held_by),*];
        }
    }
}
