//! What any implementation of the rules has to do: the vectors of `tests/conformance/`, random schemas against their
//! documentation, and small spaces as a whole.

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
