//! The meaning of the rules, for any implementation: the vectors of `tests/conformance/`, random schemas, and every
//! rule over a few roles.

mod all_role_rules;
mod compiled;
mod decisions;
mod faults;
mod generator;
mod json_schema;
mod manifest;
mod model;
mod random;
mod reference;
mod schemas;
mod vectors;
