//! `orders_client`: one function for each method.

use super::code::Code;
use super::{USE_RUNTIME, module, text};
use crate::rust::{Method, Service};

pub(super) fn client(service: &Service<'_>, code: &mut Code) {
    let doc = format!(" Calls `{}`.", service.policy.name);
    let name = format!("{}Client", service.rust.variant());
    module(&doc, &format!("{}_client", service.rust.module()), code, |code| {
        code.line(format_args!("use super::{}_policy::rpc;", service.rust.module()));
        code.line(USE_RUNTIME);
        code.item();
        code.doc(&doc);
        code.line("#[derive(Clone, Debug)]");
        code.line(format_args!("pub struct {name}(secure::Client);"));
        code.item();
        code.block(format_args!("impl {name}"), |code| {
            new(service, code);
            service.methods.iter().for_each(|method| call(method, code));
        });
    });
}

fn new(service: &Service<'_>, code: &mut Code) {
    code.doc(" A client that presents `credentials` to the methods whose rule requires them.");
    let head = format!("pub fn {}(", constructor(service));
    let arguments = ["channel: secure::SecureChannel", "credentials: secure::Credentials"].map(str::to_owned);
    code.list(&head, &arguments, ") -> Self {");
    code.indented(|code| code.line("Self(secure::Client::new(channel, credentials))"));
    code.line("}");
}

/// `new`, followed by `_` until no method has the name.
fn constructor(service: &Service<'_>) -> String {
    let mut new = "new".to_owned();
    while service.methods.iter().any(|method| method.rust.method() == new) {
        new.push('_');
    }
    new
}

fn call(method: &Method<'_>, code: &mut Code) {
    let (name, marker, kind) = (method.rust.method(), method.rust.variant(), method.policy.kind);
    let (request, response) = (method.request.seen_from(1), method.response.seen_from(1));
    let request = match kind.streams_requests() {
        true => format!("request: impl secure::IntoStreamingRequest<Message = {request}>"),
        false => format!("request: impl secure::IntoRequest<{request}>"),
    };
    let response = if kind.streams_responses() { format!("secure::Streaming<{response}>") } else { response };
    code.item();
    code.doc(text::who_may_call(method));
    if method.policy.is_deprecated {
        code.line("#[deprecated]");
    }
    let (head, tail) = (format!("pub async fn {name}("), format!(") -> secure::Reply<{response}> {{"));
    code.list(&head, &["&self".to_owned(), request], &tail);
    code.indented(|code| code.line(format_args!("self.0.{}::<rpc::{marker}>(request).await", kind.function())));
    code.line("}");
}
