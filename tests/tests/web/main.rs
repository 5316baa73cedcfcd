//! Web clients: layers around a server, routes beside its services, gRPC-Web, and a browser.

mod browser;
mod example;
mod fallback;
mod grpc_web;
mod grpc_web_over_http1;
mod layers;
