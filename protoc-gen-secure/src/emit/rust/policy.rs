//! `orders_policy`: the methods, the rule of each, and a marker type for each.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

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

fn table(service: &Service<'_>, positions: Positions) -> TokenStream {
    let rules = rows(service, |method| rule::rule(&method.policy.rule));
    let paths = rows(service, |method| {
        let constant = method.rust.constant();
        quote!(path::#constant)
    });
    let places = rows(service, |method| method.policy.at.shown(positions).to_string().into_token_stream());
    let variants = service.methods.iter().map(|method| method.rust.variant());
    quote! {
        impl Method {
            /// Who may call the method.
            pub const fn rule(self) -> secure::Rule {
                match self { #rules }
            }
            /// The path of the method.
            pub const fn path(self) -> &'static str {
                match self { #paths }
            }
            /// Where the rule is written.
            pub const fn declared_at(self) -> &'static str {
                match self { #places }
            }
            /// Every method, in the order of the `.proto`.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];
        }
    }
}

/// One arm for each method.
fn rows(service: &Service<'_>, value: impl Fn(&Method<'_>) -> TokenStream) -> TokenStream {
    let variants = service.methods.iter().map(|method| method.rust.variant());
    let values = service.methods.iter().map(value);
    quote!(#(Self::#variants => #values,)*)
}

fn digest(service: &Service<'_>) -> TokenStream {
    let digest = manifest::digest(service.policy);
    quote! {
        /// The SHA-256 of the rules of this service. Audit events contain it.
        pub const POLICY_DIGEST: &str = #digest;
    }
}

/// What the runtime asks about recording and rate limits, for a service that differs from the defaults.
fn handling(service: &Service<'_>) -> TokenStream {
    let records_admitted =
        service.methods.iter().any(|method| !method.policy.rule.handling.records_admitted).then(|| {
            let rows = rows(service, |method| method.policy.rule.handling.records_admitted.into_token_stream());
            quote! {
                fn records_admitted(self) -> bool {
                    match self { #rows }
                }
            }
        });
    let rate_class = service.methods.iter().any(|method| method.policy.rule.handling.rate_class.is_some()).then(|| {
        let rows = rows(service, |method| match &method.policy.rule.handling.rate_class {
            Some(class) => quote!(Some(#class)),
            None => quote!(None),
        });
        quote! {
            fn rate_class(self) -> Option<&'static str> {
                match self { #rows }
            }
        }
    });
    quote!(#records_admitted #rate_class)
}

fn lookup(service: &Service<'_>) -> TokenStream {
    let (name, exempt, handling) = (&service.policy.name, exempt_roles(service), handling(service));
    let rows = service.methods.iter().map(|method| {
        let (variant, path) = (method.rust.variant(), method.rust.constant());
        quote!(path::#path => Some(Self::#variant))
    });
    quote! {
        impl secure::Method for Method {
            const SERVICE: &'static str = #name;
            const ALL: &'static [Self] = Self::ALL;
            const POLICY_DIGEST: &'static str = POLICY_DIGEST;
            fn from_path(path: &str) -> Option<Self> {
                match path {
                    #(#rows,)*
                    _ => None,
                }
            }
            fn path(self) -> &'static str {
                self.path()
            }
            fn rule(self) -> secure::Rule {
                self.rule()
            }
            fn declared_at(self) -> &'static str {
                self.declared_at()
            }
            #exempt
            #handling
        }
    }
}

/// The roles that are exempt from every condition about the request, if a method has such roles.
fn exempt_roles(service: &Service<'_>) -> Option<TokenStream> {
    let has_some = service.methods.iter().any(|method| !rule::exempt(method).is_empty());
    let rows = rows(service, |method| {
        let roles = rule::exempt(method);
        quote!(&[#(#roles),*])
    });
    has_some.then(|| {
        quote! {
            fn exempt_roles(self) -> &'static [&'static str] {
                match self { #rows }
            }
        }
    })
}

fn paths(service: &Service<'_>) -> TokenStream {
    let constants = service.methods.iter().map(|method| {
        let (constant, path) = (method.rust.constant(), format!("/{}/{}", service.policy.name, method.policy.name));
        let doc = format!(" The path of `{}`.", method.policy.name);
        quote! {
            #[doc = #doc]
            pub const #constant: &str = #path;
        }
    });
    quote! {
        /// The paths of the methods.
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
