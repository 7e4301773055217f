//! Who may write to a file.

use nix::unistd::{Gid, Group, Uid, User};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Whether anyone but the owner may write to the file. The user's private group counts as the user: with a umask of
/// 002 every new file is writable for that group.
pub fn others_can_write(data: &Metadata) -> bool {
    data.mode() & 0o002 != 0 || (data.mode() & 0o020 != 0 && !is_private_group(data))
}

/// Whether the file's group has the owner's name, is the owner's primary group, and has no other member.
fn is_private_group(data: &Metadata) -> bool {
    if data.uid() != rustix::process::geteuid().as_raw() {
        return false;
    }
    let user = User::from_uid(Uid::from_raw(data.uid()));
    let group = Group::from_gid(Gid::from_raw(data.gid()));
    let (Ok(Some(user)), Ok(Some(group))) = (user, group) else {
        return false;
    };
    group.name == user.name && user.gid == group.gid && group.mem.iter().all(|member| *member == user.name)
}
