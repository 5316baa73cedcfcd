//! Clients and servers in Go, JavaScript and Python, on gRPC and TLS libraries that share no code with ours.

mod clients;
mod peer;
mod servers;
