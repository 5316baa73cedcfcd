//! `orders_policy`: the methods, the rule of each, and a marker type for each.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::super::manifest;
use super::{rule, text};
use crate::diagnostic::Positions;
use crate::policy::Access;
use crate::rust::{Method, Service};

pub(super) fn policy(service: &Service<'_>, positions: Positions) -> TokenStream {
    let module = format_ident!("{}_policy", service.rust.module());
    let doc = format!(" Who may call `{}`.", service.policy.name);
    let allow = super::allow();
    let methods = methods(service);
    let table = table(service, positions);
    let lookup = lookup(service);
    let paths = paths(service);
    let digest = digest(service);
    let markers = markers(service);
    quote! {
        #[doc = #doc]
        #allow
        pub mod #module {
            use ::secure_runtime::codegen as secure;
            use ::secure_runtime::codegen::{Rule, entry};
            #methods
            #table
            #digest
            #lookup
            #paths
            #markers
        }
    }
}

fn methods(service: &Service<'_>) -> TokenStream {
    let doc = format!(" The methods of `{}`.", service.policy.name);
    let variants = service.methods.iter().map(|method| {
        let (doc, variant) = (text::who_may_call(method), method.rust.variant());
        quote! {
            #[doc = #doc]
            #variant
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum Method {
            #(#variants,)*
        }
    }
}

/// One entry for each method, in the order of the `.proto`, and constants of the methods from it.
fn table(service: &Service<'_>, positions: Positions) -> TokenStream {
    let entries = service.methods.iter().map(|method| entry(method, positions));
    let variants = service.methods.iter().map(|method| method.rust.variant());
    quote! {
        /// The path of each method, who may call it, and where its rule is written. In the order of the `.proto`.
        const TABLE: &[secure::Entry] = &[#(#entries),*];
        impl Method {
            /// Every method, in the order of the `.proto`.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];
            /// Who may call the method.
            pub const fn rule(self) -> Rule {
                TABLE[self as usize].rule
            }
            /// The path of the method.
            pub const fn path(self) -> &'static str {
                TABLE[self as usize].path
            }
            /// Where the rule is written.
            pub const fn declared_at(self) -> &'static str {
                TABLE[self as usize].declared_at
            }
        }
    }
}

/// `entry(path::GET, Rule::any_role(&["clerk"]), "shop/v1/shop.proto:21:5")`, and what differs from the defaults.
fn entry(method: &Method<'_>, positions: Positions) -> TokenStream {
    let (path, rule) = (method.rust.constant(), rule::rule(&method.policy.rule));
    let at = method.policy.at.shown(positions).to_string();
    let handling = &method.policy.rule.handling;
    let exempt = rule::exempt(method);
    let exempt = (!exempt.is_empty()).then(|| quote!(.exempt_roles(&[#(#exempt),*])));
    let refusals_only = (!handling.records_admitted).then(|| quote!(.record_refusals_only()));
    let rate_class = handling.rate_class.iter().map(|class| quote!(.rate_class(#class)));
    quote!(entry(path::#path, #rule, #at) #exempt #refusals_only #(#rate_class)*)
}

fn digest(service: &Service<'_>) -> TokenStream {
    let digest = manifest::digest(service.policy);
    quote! {
        /// The SHA-256 of the rules of this service. Audit events contain it.
        pub const POLICY_DIGEST: &str = #digest;
    }
}

fn lookup(service: &Service<'_>) -> TokenStream {
    let (name, by_path) = (&service.policy.name, by_path(service));
    quote! {
        impl secure::Method for Method {
            const SERVICE: &'static str = #name;
            const ALL: &'static [Self] = Self::ALL;
            const POLICY_DIGEST: &'static str = POLICY_DIGEST;
            const TABLE: &'static [secure::Entry] = TABLE;
            const BY_PATH: &'static [usize] = &[#(#by_path),*];
            fn index(self) -> usize {
                self as usize
            }
        }
    }
}

/// The places of the methods in the table, sorted by their paths.
fn by_path(service: &Service<'_>) -> impl Iterator<Item = Literal> {
    let mut places = (0..service.methods.len()).collect::<Vec<_>>();
    places.sort_unstable_by_key(|&place| service.methods[place].policy.name.as_str());
    places.into_iter().map(Literal::usize_unsuffixed)
}

fn paths(service: &Service<'_>) -> TokenStream {
    let constants = service.methods.iter().map(|method| {
        let (constant, path) = (method.rust.constant(), format!("/{}/{}", service.policy.name, method.policy.name));
        quote!(pub const #constant: &str = #path;)
    });
    quote! {
        /// The paths of the methods.
        #[allow(missing_docs)]
        pub mod path {
            #(#constants)*
        }
    }
}

fn markers(service: &Service<'_>) -> TokenStream {
    let markers = service.methods.iter().map(marker);
    quote! {
        /// A marker type for each method, as in `Caller<rpc::Get>`.
        pub mod rpc {
            use ::secure_runtime::codegen as secure;
            #(#markers)*
        }
    }
}

fn marker(method: &Method<'_>) -> TokenStream {
    let name = method.rust.variant();
    let doc = text::who_may_call(method);
    let caller = caller(method, &quote!(Self));
    let (request, response) = (method.request.tokens(2), method.response.tokens(2));
    let implied = implied(method);
    let bounds = rule::bounds(method);
    let unbound = bounds.is_none().then(|| quote!(impl secure::Unbound for #name {}));
    quote! {
        #[doc = #doc]
        #[derive(Debug)]
        pub enum #name {}
        impl secure::Rpc for #name {
            type Method = super::Method;
            type Caller = #caller;
            type Request = #request;
            type Response = #response;
            const METHOD: super::Method = super::Method::#name;
            #bounds
        }
        #unbound
        #implied
    }
}

/// The caller type of a handler: a public method may have no caller, and one that ignores credentials never has one.
pub(super) fn caller(method: &Method<'_>, marker: &TokenStream) -> TokenStream {
    match method.policy.rule.access {
        Access::Anonymous => quote!(secure::Anonymous),
        Access::Public => quote!(::core::option::Option<secure::Caller<#marker>>),
        Access::AnyRole(_) | Access::Authenticated | Access::Denied => quote!(secure::Caller<#marker>),
    }
}

/// Every admitted caller holds the roles that all roles of the rule give.
fn implied(method: &Method<'_>) -> TokenStream {
    let (name, roles) = (method.rust.variant(), method.implied.iter().map(|role| role.tokens(2)));
    quote!(#(impl secure::Implies<#roles> for #name {})*)
}
