//! From a policy to text. Nothing here can fail: whatever could go wrong was a finding before.

pub(crate) mod manifest;
pub(crate) mod rust;
