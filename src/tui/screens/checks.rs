//! What is wrong with an email or a new password, as more than one screen says it.

use crate::domain::{Email, Password};
use crate::tui::widgets::fields::{Fields, Key};

/// Says what is wrong with an email or a new password; an empty field is wrong only when it is submitted.
pub fn check(fields: &mut Fields, key: Key, submitted: bool) {
    let typed = fields.value(key);
    let error = match key {
        _ if typed.is_empty() && !submitted => None,
        Key::Email => Email::parse(typed).err().map(|error| error.to_string()),
        Key::Password => Password::new(typed.into()).err().map(|error| error.to_string()),
        Key::Again => (typed != fields.value(Key::Password)).then(|| "The two passwords differ.".to_owned()),
        Key::File => typed.is_empty().then(|| "A file is needed.".to_owned()),
        Key::Name | Key::Current => None,
    };
    if let Some(field) = fields.get_mut(key) {
        field.error = error;
    }
}
