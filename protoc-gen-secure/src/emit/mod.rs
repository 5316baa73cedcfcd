//! From a policy to text. Nothing here can fail: whatever could go wrong was a finding before.

mod manifest;
pub(crate) mod rust;
