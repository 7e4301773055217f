//! Version 4 of the file: the tables of version 3, with email keys in NFKC.

use crate::domain::Email;
use rusqlite::{Transaction, params};

/// Two accounts with the same new key keep their old keys: sign-in looks for both, and the doctor reports them.
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

/// The rows whose key differs by the current rules, with the new key.
fn changed(tx: &Transaction<'_>, sql: &str) -> Result<Vec<(i64, String)>, rusqlite::Error> {
    let mut statement = tx.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        // Only keys that older rules made from this email. The doctor reports other values.
        let (Ok(email), Ok(key)) = (row.get::<_, String>(1), row.get::<_, String>(2)) else { continue };
        let today = Email::key_of(&email);
        if today != key && Email::former_key_of(&email) == key {
            changed.push((row.get(0)?, today));
        }
    }
    Ok(changed)
}
