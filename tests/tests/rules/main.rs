//! What a rule admits and refuses, for services of every kind.

mod conditions;
mod decisions;
mod denial_reasons;
mod many_services;
mod mounted_services;
mod public_vendored_service;
mod refusals;
mod report_only;
mod request_conditions;
mod roles_across_crates;
