//! What is said beside the fields: errors as a field is left, and the collection that comes of the name.

use super::Form;
use super::purpose::Purpose;
use crate::domain::OrganizationName;
use crate::tui::screens::checks::check;
use crate::tui::shared::Shared;
use crate::tui::widgets::fields::Key;

impl Form {
    pub(super) fn check_left_field(&mut self) {
        if let Some(key) = self.fields.focused() {
            self.check(key, false);
        }
    }

    pub(super) fn check(&mut self, key: Key, submitted: bool) {
        match key {
            // What stays as it is may have been made by older rules: only new values are judged.
            Key::Name | Key::Email if self.is_kept(key) => {
                if let Some(field) = self.fields.get_mut(key) {
                    field.error = None;
                }
            }
            Key::Name => {
                let typed = self.fields.value(Key::Name);
                let error = OrganizationName::parse(typed).err().map(|error| error.to_string());
                if let Some(field) = self.fields.get_mut(Key::Name) {
                    field.error = error.filter(|_| submitted || !field.input.is_empty());
                }
            }
            // Where it may stay away, an empty password keeps the present one.
            Key::Password => check(&mut self.fields, key, submitted && self.purpose.wants_password()),
            Key::Email | Key::Again | Key::File => check(&mut self.fields, key, submitted),
            Key::Current => {
                let is_needed = submitted && self.purpose.changes_own_account(&self.fields);
                if let Some(field) = self.fields.get_mut(Key::Current) {
                    let is_missing = is_needed && field.input.is_empty();
                    field.error = is_missing.then(|| "Needed to change email or password.".to_owned());
                }
            }
        }
    }

    fn is_kept(&self, key: Key) -> bool {
        !self.fields.value(key).is_empty() && !self.purpose.differs(&self.fields, key)
    }

    /// Says which collection comes of the name.
    pub(super) fn preview(&mut self, shared: &Shared) {
        let shown = match &self.purpose {
            Purpose::Create | Purpose::Restore(_) => None,
            Purpose::Edit { shown, .. } => Some(shown),
            Purpose::AddOperator
            | Purpose::OperatorPassword(_)
            | Purpose::OwnPassword(_)
            | Purpose::OwnAccount(_) => return,
        };
        let collection = (shared.config.collection_of.0)(self.fields.value(Key::Name));
        let help = match (collection, shown) {
            (Err(_), None) => "the collection gets its name from it".to_owned(),
            (Err(_), Some(_)) => String::new(),
            (Ok(collection), None) => format!("collection  {collection}"),
            (Ok(collection), Some(shown)) if shown.collection_name() == collection.as_str() => {
                format!("collection stays {collection}")
            }
            (Ok(collection), Some(_)) => format!("collection becomes {collection}, documents stay"),
        };
        if let Some(field) = self.fields.get_mut(Key::Name) {
            field.help = help;
        }
    }
}
