//! What is typed and pasted into a field.

use crossterm::event::{Event, KeyEvent};
use std::fmt;
use tui_input::InputRequest;

/// A change to the text of a field. Its `Debug` prints no content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Typed(pub InputRequest);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed")
    }
}

/// A pasted text. Its `Debug` prints no content; it is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Pasted(pub String);

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pasted")
    }
}

impl Drop for Pasted {
    fn drop(&mut self) {
        secrecy::zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// What changes the text of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// A key.
    Typed(Typed),
    /// A paste.
    Pasted(Pasted),
}

/// What a key does to the text of a field, if it does anything.
pub fn text_of(key: KeyEvent) -> Option<Text> {
    let request = tui_input::backend::crossterm::to_input_request(&Event::Key(key))?;
    Some(Text::Typed(Typed(request)))
}
