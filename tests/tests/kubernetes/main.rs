//! A server in a cluster: manifests, health probes, and a scan of its TLS.

mod manifests;
mod probes;
mod scan;
mod tools;
