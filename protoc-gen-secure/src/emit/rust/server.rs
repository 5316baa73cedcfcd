//! `orders_server`: the trait to implement, the server, and one line for each method between them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{policy, text};
use crate::rust::{Method, Service};

pub(super) fn server(service: &Service<'_>) -> TokenStream {
    let module = format_ident!("{}_server", service.rust.module());
    let policy = format_ident!("{}_policy", service.rust.module());
    let allow = super::allow();
    let doc = format!(" Serves `{}`.", service.policy.name);
    let handlers = handlers(service);
    let server = alias(service);
    let dispatch = dispatch(service);
    quote! {
        #[doc = #doc]
        #allow
        pub mod #module {
            use ::secure_runtime::codegen as secure;
            use super::#policy as policy;
            use super::#policy::rpc;
            #handlers
            #server
            #dispatch
        }
    }
}

fn handlers(service: &Service<'_>) -> TokenStream {
    let name = service.rust.variant();
    let generated = format!(" The handlers of `{}`: plain `async fn`, without `#[async_trait]`.", service.policy.name);
    let docs = text::docs(&service.policy.comments, generated);
    let streams = service.methods.iter().filter(|method| method.policy.kind.streams_responses()).map(stream);
    let handlers = service.methods.iter().map(handler);
    quote! {
        #(#[doc = #docs])*
        pub trait #name: secure::Send + secure::Sync + 'static {
            #(#streams)*
            #(#handlers)*
        }
    }
}

fn stream(method: &Method<'_>) -> TokenStream {
    let name = stream_name(method);
    let doc = format!(" The responses of `{}`.", method.policy.name);
    let response = method.response.tokens(1);
    quote! {
        #[doc = #doc]
        type #name: secure::Stream<Item = secure::Result<#response, secure::Status>> + secure::Send + 'static;
    }
}

/// `WatchStream`; `SelfStream`, though the variant is `Self_`.
fn stream_name(method: &Method<'_>) -> Ident {
    format_ident!("{}Stream", method.rust.variant().to_string().trim_end_matches('_'))
}

fn handler(method: &Method<'_>) -> TokenStream {
    let (name, marker) = (method.rust.method(), method.rust.variant());
    let docs = text::docs(&method.policy.comments, text::who_may_call(method));
    let caller = policy::caller(method, &quote!(rpc::#marker));
    let request = method.request.tokens(1);
    let request = if method.policy.kind.streams_requests() { quote!(secure::Streaming<#request>) } else { request };
    let response = if method.policy.kind.streams_responses() {
        let stream = stream_name(method);
        quote!(Self::#stream)
    } else {
        method.response.tokens(1)
    };
    quote! {
        #(#[doc = #docs])*
        fn #name(
            &self,
            caller: #caller,
            request: secure::Request<#request>,
        ) -> impl secure::Future<Output = secure::Reply<#response>> + secure::Send;
    }
}

fn alias(service: &Service<'_>) -> TokenStream {
    let name = format_ident!("{}Server", service.rust.variant());
    let doc = format!(" `{}` behind its gate.", service.policy.name);
    quote! {
        #[doc = #doc]
        pub type #name<T> = secure::SecuredServer<T, policy::Method>;
    }
}

/// One line for each method: its kind, its marker and its handler.
fn dispatch(service: &Service<'_>) -> TokenStream {
    let name = service.rust.variant();
    let lines = service.methods.iter().map(|method| {
        let (marker, handler, kind) = (method.rust.variant(), method.rust.method(), method.policy.kind.function());
        quote!(Self::#marker => secure::run!(call, service, #kind, rpc::#marker, T::#handler))
    });
    quote! {
        impl<T: #name> secure::Dispatch<T> for policy::Method {
            async fn dispatch(self, service: secure::Arc<T>, call: secure::Call<Self>) -> secure::Answer {
                match self {
                    #(#lines,)*
                }
            }
        }
    }
}
