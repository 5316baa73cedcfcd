//! The plugin as protoc, buf and people run it.

mod broken_requests;
mod buf_check;
mod commands;
mod compiled;
mod doors;
mod examples;
mod languages;
mod lint;
mod many_methods;
mod mistakes;
mod page;
mod readme;
mod reports;
mod scale;
mod schema;
mod services_of_others;
mod tools;
mod warnings;
