//! When its admin signed in last, read behind the record.

use super::OrganizationScreen;
use crate::domain::{AuditAction, SignIn};
use crate::tui::layer::Cx;
use crate::tui::reads::ReadSignIn;
use jiff::Timestamp;
use std::sync::Arc;

impl OrganizationScreen {
    /// Reads it, once the record is there. Without an answer what was known stays.
    pub(super) fn read_sign_in(&self, cx: &mut Cx<'_, Self>) {
        let Some(organization) = self.organization() else { return };
        cx.call(ReadSignIn(Arc::clone(organization)), |screen, read, _| {
            if let Ok(at) = read {
                screen.signed_in = at.map_or(SignIn::Never, SignIn::At);
            }
        });
    }

    /// Tries to sign in that failed since the last one that did not, as far as the activity is read.
    pub(super) fn failed_tries(&self) -> usize {
        let since = if let SignIn::At(at) = self.signed_in { at } else { Timestamp::MIN };
        let failed = self.activity.recent().iter();
        let failed = failed.filter(|entry| entry.action == AuditAction::SignInFailed && entry.at > since);
        failed.count()
    }
}
