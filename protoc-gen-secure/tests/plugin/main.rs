//! The plugin as protoc, buf and people run it.

#![allow(clippy::too_many_lines)] // an expected text is as long as it must be

mod broken_requests;
mod buf_check;
mod commands;
mod entry_points;
mod examples;
mod excluded_services;
mod generated_code;
mod languages;
#[cfg(target_os = "linux")]
mod large_logs;
mod large_reports;
mod large_schemas;
mod lint;
mod many_methods;
mod matrix_page;
mod mistakes;
mod mistyped_options;
mod readme;
mod reports;
mod schema;
mod tools;
mod warnings;
