//! Pieces that screens are made of. They know no service, no layer and no table of keys.

pub mod canvas;
pub mod facts;
pub mod fields;
pub mod gauge;
pub mod json;
pub mod json_tree;
pub mod placeholder;
pub mod state;
pub mod table;
pub mod text_input;
