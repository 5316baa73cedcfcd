//! `orders_client`: one function for each method.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::text;
use crate::rust::{Method, Service};

pub(super) fn client(service: &Service<'_>) -> TokenStream {
    let module = format_ident!("{}_client", service.rust.module());
    let policy = format_ident!("{}_policy", service.rust.module());
    let name = format_ident!("{}Client", service.rust.variant());
    let allow = super::allow();
    let doc = format!(" Calls `{}`.", service.policy.name);
    let new = constructor(service);
    let calls = service.methods.iter().map(call);
    quote! {
        #[doc = #doc]
        #allow
        pub mod #module {
            use ::secure_runtime::codegen as secure;
            use super::#policy::rpc;
            #[doc = #doc]
            #[derive(Clone, Debug)]
            pub struct #name(secure::Client);
            impl #name {
                /// A client that presents `credentials` to the methods whose rule requires them.
                pub fn #new(channel: secure::SecureChannel, credentials: secure::Credentials) -> Self {
                    Self(secure::Client::new(channel, credentials))
                }
                #(#calls)*
            }
        }
    }
}

/// `new`, followed by `_` until no method has the name.
fn constructor(service: &Service<'_>) -> Ident {
    let mut new = format_ident!("new");
    while service.methods.iter().any(|method| *method.rust.method() == new) {
        new = format_ident!("{new}_");
    }
    new
}

fn call(method: &Method<'_>) -> TokenStream {
    let (name, marker, run) = (method.rust.method(), method.rust.variant(), method.policy.kind.function());
    let doc = text::who_may_call(method);
    let deprecated = method.policy.is_deprecated.then(|| quote!(#[deprecated]));
    let (request, response) = (method.request.tokens(1), method.response.tokens(1));
    let request = if method.policy.kind.streams_requests() {
        quote!(impl secure::IntoStreamingRequest<Message = #request>)
    } else {
        quote!(impl secure::IntoRequest<#request>)
    };
    let response = if method.policy.kind.streams_responses() { quote!(secure::Streaming<#response>) } else { response };
    quote! {
        #[doc = #doc]
        #deprecated
        pub async fn #name(&self, request: #request) -> secure::Reply<#response> {
            self.0.#run::<rpc::#marker>(request).await
        }
    }
}
