//! What is done with the mouse.

/// What the mouse does that is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointed {
    /// The wheel is turned up by a notch.
    WheelUp,
    /// The wheel is turned down by a notch.
    WheelDown,
    /// The left button is pressed over this column and row, from 0.
    Click(u16, u16),
}
