//! `policy_roles`: a type for each role of a vocabulary, or that a rule names.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::words::list;
use crate::rust::Role;

pub(super) fn roles(roles: &[Role]) -> Option<TokenStream> {
    let markers = roles.iter().map(marker);
    let allow = super::allow();
    (!roles.is_empty()).then(|| {
        quote! {
            /// The roles, as types: `secure_runtime` proves at compile time that a caller holds one.
            #allow
            pub mod policy_roles {
                use ::secure_runtime::codegen as secure;
                #(#markers)*
            }
        }
    })
}

fn marker(Role { policy, marker }: &Role) -> TokenStream {
    let (name, held_by) = (&policy.name, &policy.held_by);
    let doc = match &held_by[1..] {
        [] => format!(" `{name}`"),
        others => format!(" `{name}`, included in {}", list(others, "and")),
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
