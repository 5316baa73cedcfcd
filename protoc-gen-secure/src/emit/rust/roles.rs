//! `policy_roles`: a marker for each role that a rule names.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use crate::policy::{Access, RoleName, ServicePolicy};

pub(super) fn roles(services: &[&ServicePolicy]) -> Option<TokenStream> {
    let methods = services.iter().flat_map(|service| &service.methods);
    let roles = methods.flat_map(|method| match &method.access {
        Access::AnyRole(roles) => roles.as_slice(),
        Access::Authenticated | Access::Public => &[],
    });
    let roles = roles.map(|role| (role.as_str(), role)).collect::<BTreeMap<_, _>>();
    let markers = roles.values().map(|role| marker(role));
    let allow = super::allow();
    (!roles.is_empty()).then(|| {
        quote! {
            /// The roles that the rules name, for code that demands the proof of one.
            #allow
            pub mod policy_roles {
                use ::secure_runtime::codegen as secure;
                #(#markers)*
            }
        }
    })
}

fn marker(role: &RoleName) -> TokenStream {
    let (marker, name) = (role.marker(), role.as_str());
    let doc = format!(" `{name}`");
    quote! {
        #[doc = #doc]
        #[derive(Debug)]
        pub enum #marker {}
        impl secure::Role for #marker {
            const NAME: &'static str = #name;
        }
    }
}
