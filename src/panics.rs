//! What a panic may still say while the process ends.

use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};

/// Set when everything was said and the runtime is about to stop.
static IS_LEAVING: AtomicBool = AtomicBool::new(false);

/// From now on a panic only reaches the log. Stopping the runtime drops tasks of libraries in the middle of their
/// work, and some panic at that: the MongoDB driver when its pool ends before a connection that it waits for. The user
/// has the answer already, and with JSON its error object is the last line of stderr.
pub fn leave() {
    IS_LEAVING.store(true, Ordering::Relaxed);
}

/// Puts [`leave`] before the hook that is installed now.
pub fn install() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        if IS_LEAVING.load(Ordering::Relaxed) {
            tracing::debug!(%panic, "a task panicked while the process ended");
        } else {
            before(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    static TOLD: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn panics_are_told_until_the_process_leaves() {
        panic::set_hook(Box::new(|_| {
            TOLD.fetch_add(1, Ordering::Relaxed);
        }));
        install();
        assert!(panic::catch_unwind(|| panic!("before")).is_err());
        assert_eq!(TOLD.load(Ordering::Relaxed), 1);
        leave();
        assert!(panic::catch_unwind(|| panic!("after")).is_err());
        let _ = panic::take_hook();
        assert_eq!(TOLD.load(Ordering::Relaxed), 1);
    }
}
