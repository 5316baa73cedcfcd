//! Code of users that runs in destructors.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs code of users in a destructor, such as that of an audit log. A panic of it ends here: during another panic it would abort
/// the process. The panic hook prints its message.
pub(crate) fn contain_panic(code: impl FnOnce()) {
    _ = catch_unwind(AssertUnwindSafe(code));
}
