//! Requests that are malformed, forged, compressed or too many.

mod address_limit;
mod compression;
mod forged_identity;
mod malformed_requests;
mod reflection;
