//! `orders_client`: one line a method.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::text;
use crate::policy::{MethodPolicy, ServicePolicy};

pub(super) fn client(service: &ServicePolicy) -> TokenStream {
    let module = format_ident!("{}_client", service.rust.module());
    let policy = format_ident!("{}_policy", service.rust.module());
    let name = format_ident!("{}Client", service.rust.variant());
    let allow = super::allow();
    let doc = format!(" Calls `{}`.", service.name);
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
                /// A client that presents `credentials` to the methods whose rule asks for them.
                pub fn #new(channel: secure::SecureChannel, credentials: secure::Credentials) -> Self {
                    Self(secure::Client::new(channel, credentials))
                }
                #(#calls)*
            }
        }
    }
}

/// `new`, with as many `_` as it takes to make way for the methods.
fn constructor(service: &ServicePolicy) -> Ident {
    let mut new = format_ident!("new");
    while service.methods.iter().any(|method| *method.rust.method() == new) {
        new = format_ident!("{new}_");
    }
    new
}

fn call(method: &MethodPolicy) -> TokenStream {
    let (name, marker, run) = (method.rust.method(), method.rust.variant(), method.kind.function());
    let doc = text::who_may_call(method);
    let (request, response) = (method.request.tokens(1), method.response.tokens(1));
    let request = if method.kind.streams_requests() {
        quote!(impl secure::IntoStreamingRequest<Message = #request>)
    } else {
        quote!(impl secure::IntoRequest<#request>)
    };
    let response = if method.kind.streams_responses() { quote!(secure::Streaming<#response>) } else { response };
    quote! {
        #[doc = #doc]
        pub async fn #name(&self, request: #request) -> secure::Result<secure::Response<#response>, secure::Status> {
            self.0.#run::<rpc::#marker>(request).await
        }
    }
}
