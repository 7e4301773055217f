//! The fourth version of the file: its tables are those of version 3, and keys of emails are in NFKC.

use crate::domain::Email;
use rusqlite::{Transaction, params};

/// Two accounts that meet in one key keep the keys that they have: sign-in looks for both, and the doctor reports them.
pub(super) fn run(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    let emails = "SELECT rowid, email, email_key FROM admins WHERE email_key IS NOT NULL";
    for (row, today) in changed(tx, emails)? {
        tx.execute("UPDATE OR IGNORE admins SET email_key = ?1 WHERE rowid = ?2", params![today, row])?;
    }
    for (row, today) in changed(tx, "SELECT rowid, actor_key, actor_key FROM audit")? {
        tx.execute("UPDATE audit SET actor_key = ?1 WHERE rowid = ?2", params![today, row])?;
    }
    Ok(())
}

/// The rows whose key is another one by today's rules, with that.
fn changed(tx: &Transaction<'_>, sql: &str) -> Result<Vec<(i64, String)>, rusqlite::Error> {
    let mut statement = tx.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        // Only what older rules made of this email: another value, or what is no text, is for the doctor.
        let (Ok(email), Ok(key)) = (row.get::<_, String>(1), row.get::<_, String>(2)) else { continue };
        let today = Email::key_of(&email);
        if today != key && Email::former_key_of(&email) == key {
            changed.push((row.get(0)?, today));
        }
    }
    Ok(changed)
}
