//! What an audit log shows of a policy's use: which methods nobody calls, which roles nobody needs, and who may do more than
//! it does.
//!
//! 1. [`Line`] reads one line of the log.
//! 2. [`Tally`] counts. Its memory does not grow with the log: there is a limit on the number of principals.
//! 3. [`Usage`] compares the counts with the manifest. It always says which time and how much of the log it has seen.
//!
//! It does not know which roles a principal holds. It concludes them from methods that the principal was admitted to.

mod findings;
mod format;
mod line;
mod tally;

pub(crate) use findings::Usage;
pub(crate) use format::Format;
pub(crate) use tally::Tally;

#[cfg(test)]
mod tests;
