//! `orders_server`: the trait to implement, the server, and one row for each method between them.

use super::code::Code;
use super::{USE_RUNTIME, module, policy, text};
use crate::rust::{Method, Service};

pub(super) fn server(service: &Service<'_>, code: &mut Code) {
    let doc = format!(" Serves `{}`.", service.policy.name);
    let stem = service.rust.module();
    module(&doc, &format!("{stem}_server"), code, |code| {
        code.line(format_args!("use super::{stem}_policy as policy;"));
        code.line(format_args!("use super::{stem}_policy::rpc;"));
        code.line(USE_RUNTIME);
        handlers(service, code);
        alias(service, code);
        dispatch(service, code);
    });
}

fn handlers(service: &Service<'_>, code: &mut Code) {
    let generated = format!(" The handlers of `{}`: plain `async fn`, without `#[async_trait]`.", service.policy.name);
    code.item();
    text::docs(&service.policy.comments, generated).iter().for_each(|doc| code.doc(doc));
    code.block(format_args!("pub trait {}: secure::Send + secure::Sync + 'static", service.rust.variant()), |code| {
        let streams = service.methods.iter().filter(|method| method.policy.kind.streams_responses());
        streams.for_each(|method| stream(method, code));
        service.methods.iter().for_each(|method| handler(method, code));
    });
}

fn stream(method: &Method<'_>, code: &mut Code) {
    let (name, response) = (stream_name(method), method.response.seen_from(1));
    code.item();
    code.doc(format!(" The responses of `{}`.", method.policy.name));
    code.line(format_args!("type {name}: secure::Stream<Item = secure::Result<{response}, secure::Status>>"));
    code.indented(|code| {
        code.line("+ secure::Send");
        code.line("+ 'static;");
    });
}

/// `WatchStream`; `SelfStream`, though the variant is `Self_`.
fn stream_name(method: &Method<'_>) -> String {
    format!("{}Stream", method.rust.variant().trim_end_matches('_'))
}

fn handler(method: &Method<'_>, code: &mut Code) {
    let (name, kind, request) = (method.rust.method(), method.policy.kind, method.request.seen_from(1));
    let caller = policy::caller(method, &format!("rpc::{}", method.rust.variant()));
    let request = if kind.streams_requests() { format!("secure::Streaming<{request}>") } else { request };
    let response = match kind.streams_responses() {
        true => format!("Self::{}", stream_name(method)),
        false => method.response.seen_from(1),
    };
    let arguments = ["&self".to_owned(), format!("caller: {caller}"), format!("request: secure::Request<{request}>")];
    let tail = format!(") -> impl secure::Future<Output = secure::Reply<{response}>> + secure::Send;");
    code.item();
    text::docs(&method.policy.comments, text::who_may_call(method)).iter().for_each(|doc| code.doc(doc));
    code.list(&format!("fn {name}("), &arguments, &tail);
}

fn alias(service: &Service<'_>, code: &mut Code) {
    code.item();
    code.doc(format!(" `{}` behind its gate.", service.policy.name));
    let name = service.rust.variant();
    code.line(format_args!("pub type {name}Server<T> = secure::SecuredServer<T, policy::Method>;"));
}

/// One row for each method: its kind and its handler.
fn dispatch(service: &Service<'_>, code: &mut Code) {
    code.item();
    code.block("secure::dispatch!", |code| {
        code.block(format_args!("{} for policy::Method", service.rust.variant()), |code| {
            for Method { rust, policy, .. } in &service.methods {
                code.line(format_args!("{} => {} {},", rust.variant(), policy.kind.function(), rust.method()));
            }
        });
    });
}
