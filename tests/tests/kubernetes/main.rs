//! What runs a server in a cluster, and looks at it from outside: manifests, health probes, and a scan of its TLS.

mod manifests;
mod probes;
mod scan;
mod tools;
