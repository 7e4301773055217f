//! Fields one below the other, one of them with the focus. Knows nothing of what they mean.

use super::canvas::Canvas;
use super::text_input::{PasteError, TextInput, line_of};
use crate::tui::keys::{Pasted, Text, Typed};
use crate::tui::text;
use crate::tui::theme::Tone;
use ratatui::layout::Rect;

/// Which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The name of an organization.
    Name,
    /// An email.
    Email,
    /// A password.
    Password,
    /// The password a second time.
    Again,
    /// The present password.
    Current,
    /// The path of a file.
    File,
}

/// A field with what is said below it: an error takes the place of the help.
#[derive(Debug)]
pub struct Field {
    /// Which it is.
    pub key: Key,
    /// Its label.
    pub label: &'static str,
    /// Its text.
    pub input: TextInput,
    /// What to know about it.
    pub help: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Field {
    /// A field with nothing wrong.
    pub fn new(key: Key, label: &'static str, input: TextInput) -> Self {
        Self { key, label, input, help: String::new(), error: None }
    }

    /// The same with a help.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        help.clone_into(&mut self.help);
        self
    }
}

/// How fields are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Labels in a column of this width; every field has its row, the one below it, and this many free rows.
    Beside(u16, u16),
    /// Each label above its field, a free row between fields.
    Above,
}

/// The fields of a form.
#[derive(Debug)]
pub struct Fields {
    /// From top to bottom; never empty.
    pub fields: Vec<Field>,
    /// The one with the focus.
    pub focus: usize,
}

impl Fields {
    /// With the focus on the first empty field.
    pub fn new(fields: Vec<Field>) -> Self {
        let focus = fields.iter().position(|field| field.input.is_empty()).unwrap_or(0);
        Self { fields, focus }
    }

    /// The field of a key.
    pub fn get(&self, key: Key) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// The field of a key, to be changed.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.key == key)
    }

    /// The text of a field; nothing if there is no such field.
    pub fn value(&self, key: Key) -> &str {
        self.get(key).map_or("", |field| field.input.value())
    }

    /// Which field has the focus.
    pub fn focused(&self) -> Option<Key> {
        self.fields.get(self.focus).map(|field| field.key)
    }

    /// Whether the focus is on the last field.
    pub fn is_on_last(&self) -> bool {
        self.focus + 1 >= self.fields.len()
    }

    /// Moves the focus around.
    pub fn step(&mut self, forward: bool) {
        let count = self.fields.len().max(1);
        self.focus = (self.focus + if forward { 1 } else { count - 1 }) % count;
    }

    /// The focus to the first field with an error; answers whether there is one.
    pub fn focus_error(&mut self) -> bool {
        match self.fields.iter().position(|field| field.error.is_some()) {
            Some(at) => {
                self.focus = at;
                true
            }
            None => false,
        }
    }

    /// Sets the focus to a field.
    pub fn focus_on(&mut self, key: Key) {
        if let Some(at) = self.fields.iter().position(|field| field.key == key) {
            self.focus = at;
        }
    }

    /// Whether something is wrong with the focused field.
    pub fn is_focus_wrong(&self) -> bool {
        self.fields.get(self.focus).is_some_and(|field| field.error.is_some())
    }

    /// Takes what is typed or pasted for the focused field, or for it and those below it when that has columns; answers the
    /// fields that changed.
    pub fn take(&mut self, text: &Text) -> Vec<Key> {
        match text {
            Text::Typed(typed) => self.edit(*typed).into_iter().collect(),
            Text::Pasted(pasted) => match self.paste(pasted) {
                Ok(changed) => changed,
                Err(refused) => {
                    if let Some(field) = self.fields.get_mut(self.focus) {
                        field.error = Some(refused.to_string());
                    }
                    Vec::new()
                }
            },
        }
    }

    /// Edits the focused field; a change takes its error away. Answers the field that changed.
    fn edit(&mut self, typed: Typed) -> Option<Key> {
        let field = self.fields.get_mut(self.focus)?;
        field.input.edit(typed).then(|| {
            field.error = None;
            field.key
        })
    }

    fn paste(&mut self, pasted: &Pasted) -> Result<Vec<Key>, PasteError> {
        let Some(field) = self.fields.get_mut(self.focus) else {
            return Ok(Vec::new());
        };
        match field.input.paste(pasted) {
            Ok(()) => {
                field.error = None;
                Ok(vec![field.key])
            }
            Err(PasteError::Columns) => self.paste_columns(pasted),
            Err(refused) => Err(refused),
        }
    }

    /// The columns of one row of a table, from the focused field on; they take the place of what was there.
    fn paste_columns(&mut self, pasted: &Pasted) -> Result<Vec<Key>, PasteError> {
        let columns: Vec<Pasted> =
            line_of(&pasted.0).split('\t').map(|column| Pasted(column.to_owned())).collect();
        let targets = self.fields.get_mut(self.focus..).unwrap_or_default();
        if columns.len() > targets.len() {
            return Err(PasteError::TooManyColumns);
        }
        for (field, column) in targets.iter().zip(&columns) {
            field.input.check_paste(&column.0)?;
        }
        let mut changed = Vec::new();
        for (field, column) in targets.iter_mut().zip(&columns) {
            field.input.clear();
            field.input.paste(column)?;
            field.error = None;
            changed.push(field.key);
        }
        self.focus += columns.len() - 1;
        Ok(changed)
    }

    /// The rows that the fields take.
    pub fn height(&self, layout: Layout) -> u16 {
        let count = u16::try_from(self.fields.len()).unwrap_or(u16::MAX);
        match layout {
            Layout::Beside(_, free) => (count * (2 + free)).saturating_sub(free),
            Layout::Above => count * 3,
        }
    }

    /// Draws the fields that fit, the focused one among them.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, layout: Layout) {
        let free = match layout {
            Layout::Beside(_, free) => free,
            Layout::Above => 1,
        };
        let rows = 2 + free;
        let fits = usize::from((area.height + free) / rows).max(1);
        let first = (self.focus + 1).saturating_sub(fits);
        let mut y = area.y;
        for (at, field) in self.fields.iter().enumerate().skip(first).take(fits) {
            draw_field(canvas, Rect { y, ..area }, field, at == self.focus, layout);
            y += rows;
        }
    }
}

fn draw_field(canvas: &mut Canvas<'_>, area: Rect, field: &Field, focused: bool, layout: Layout) {
    let theme = canvas.theme;
    let tone = if focused { Tone::Text } else { Tone::Muted };
    let (x, y) = match layout {
        Layout::Beside(label, _) => (area.x + label, area.y),
        Layout::Above => (area.x, area.y + 1),
    };
    let label = if focused { theme.strong(tone) } else { theme.style(tone) };
    canvas.put((area.x, area.y), field.label, area.width, label);
    let bar = theme.style(if focused { Tone::Accent } else { Tone::Muted });
    canvas.put((x, y), canvas.signs().focus, 1, bar);
    let columns = area.right().saturating_sub(x + 2);
    field.input.draw(canvas, (x + 2, y), columns, theme.style(Tone::Text), focused);
    match &field.error {
        Some(error) => {
            let sign = canvas.signs().wrong;
            canvas.put((x, y + 1), sign, 1, theme.strong(Tone::Danger));
            // A free row below is the error's too; without one it is cut rather than drawn over the next field.
            let free = match layout {
                Layout::Beside(_, free) => free.min(1),
                Layout::Above => 1,
            };
            let style = theme.style(Tone::Danger);
            if free == 0 {
                canvas.put((x + 2, y + 1), error, columns, style);
                return;
            }
            for (y, line) in (y + 1..y + 3).zip(text::wrap(error, usize::from(columns))) {
                canvas.put((x + 2, y), &line, columns, style);
            }
        }
        None => {
            canvas.put((x + 2, y + 1), &field.help, columns, theme.style(Tone::Muted));
        }
    }
}
