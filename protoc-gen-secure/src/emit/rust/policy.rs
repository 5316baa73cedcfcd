//! `orders_policy`: the methods, who may call each, and a marker for each.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use super::super::manifest;
use super::{rule, text};
use crate::policy::{Access, MethodPolicy, ServicePolicy, implied as implied_by};

pub(super) fn policy(service: &ServicePolicy) -> TokenStream {
    let module = format_ident!("{}_policy", service.rust.module());
    let doc = format!(" Who may call `{}`.", service.name);
    let allow = super::allow();
    let methods = methods(service);
    let table = table(service);
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

fn methods(service: &ServicePolicy) -> TokenStream {
    let doc = format!(" The methods of `{}`.", service.name);
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

fn table(service: &ServicePolicy) -> TokenStream {
    let rules = rows(service, |method| rule::rule(&method.rule));
    let paths = rows(service, |method| {
        let constant = method.rust.constant();
        quote!(path::#constant)
    });
    let places = rows(service, |method| method.at.to_string().into_token_stream());
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
fn rows(service: &ServicePolicy, value: impl Fn(&MethodPolicy) -> TokenStream) -> TokenStream {
    let variants = service.methods.iter().map(|method| method.rust.variant());
    let values = service.methods.iter().map(value);
    quote!(#(Self::#variants => #values,)*)
}

fn digest(service: &ServicePolicy) -> TokenStream {
    let digest = manifest::digest(service);
    quote! {
        /// The SHA-256 of the rules of this service; the audit log names it.
        pub const POLICY_DIGEST: &str = #digest;
    }
}

fn lookup(service: &ServicePolicy) -> TokenStream {
    let name = &service.name;
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
        }
    }
}

fn paths(service: &ServicePolicy) -> TokenStream {
    let constants = service.methods.iter().map(|method| {
        let (constant, path) = (method.rust.constant(), format!("/{}/{}", service.name, method.name));
        let doc = format!(" The path of `{}`.", method.name);
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

fn markers(service: &ServicePolicy) -> TokenStream {
    let markers = service.methods.iter().map(marker);
    quote! {
        /// A marker for each method: what a `Caller` is a caller of.
        pub mod rpc {
            use ::secure_runtime::codegen as secure;
            #(#markers)*
        }
    }
}

fn marker(method: &MethodPolicy) -> TokenStream {
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

/// What the handler receives for a marker: a public method may have no caller.
pub(super) fn caller(method: &MethodPolicy, marker: &TokenStream) -> TokenStream {
    match method.rule.access {
        Access::Public => quote!(::core::option::Option<secure::Caller<#marker>>),
        Access::AnyRole(_) | Access::Authenticated | Access::Denied => quote!(secure::Caller<#marker>),
    }
}

/// A rule admits nobody without the roles that all of its roles give.
fn implied(method: &MethodPolicy) -> TokenStream {
    let roles = match &method.rule.access {
        Access::AnyRole(roles) => implied_by(roles),
        Access::Authenticated | Access::Denied | Access::Public => Vec::new(),
    };
    let (name, roles) = (method.rust.variant(), roles.into_iter().map(|role| role.tokens(2)));
    quote!(#(impl secure::Implies<#roles> for #name {})*)
}
