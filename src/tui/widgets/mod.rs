//! Pieces that screens are made of. They know no service and no keys.

pub mod canvas;
pub mod fields;
pub mod placeholder;
pub mod state;
pub mod table;
pub mod text_input;
