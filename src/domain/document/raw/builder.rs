//! Writing the bytes of a document.

use super::Value;

/// Builds the bytes of a document from the first field to the last.
#[derive(Debug)]
pub struct Builder {
    bytes: Vec<u8>,
    /// Where the documents that are not finished begin; the first one is the whole.
    open: Vec<usize>,
}

impl Default for Builder {
    fn default() -> Self {
        Self { bytes: vec![0; 4], open: vec![0] }
    }
}

impl Builder {
    /// Appends a field. A name, and the texts of a regular expression, end before a NUL in them.
    pub fn put(&mut self, name: &[u8], value: &Value<'_>) -> &mut Self {
        self.bytes.push(value.type_number());
        put_name(&mut self.bytes, name);
        value.write(&mut self.bytes);
        self
    }

    /// Begins an embedded document, which gets the fields until [`Self::end`].
    pub fn begin_document(&mut self, name: &[u8]) -> &mut Self {
        self.begin(0x03, name)
    }

    /// Begins an array, as [`Self::begin_document`].
    pub fn begin_array(&mut self, name: &[u8]) -> &mut Self {
        self.begin(0x04, name)
    }

    fn begin(&mut self, kind: u8, name: &[u8]) -> &mut Self {
        self.bytes.push(kind);
        put_name(&mut self.bytes, name);
        self.open.push(self.bytes.len());
        self.bytes.extend_from_slice(&[0; 4]);
        self
    }

    /// Ends what was begun last; the whole document stays open.
    pub fn end(&mut self) -> &mut Self {
        if self.open.len() > 1 {
            self.close();
        }
        self
    }

    fn close(&mut self) {
        if let Some(start) = self.open.pop() {
            self.bytes.push(0);
            let length = self.bytes.len() - start;
            let mut prefix = Vec::with_capacity(4);
            put_length(&mut prefix, length);
            if let Some(place) = self.bytes.get_mut(start..start + 4) {
                place.copy_from_slice(&prefix);
            }
        }
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no field yet.
    pub fn is_empty(&self) -> bool {
        self.bytes.len() <= 4
    }

    /// Ends everything that is open, and returns the bytes of the document.
    pub fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.close();
        }
        self.bytes
    }
}

pub(super) fn put_length(bytes: &mut Vec<u8>, length: usize) {
    // A document of more bytes is refused before it is sent; until then the length only must not be a valid one.
    bytes.extend_from_slice(&i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes());
}

pub(super) fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    put_length(bytes, text.len() + 1);
    bytes.extend_from_slice(text);
    bytes.push(0);
}

pub(super) fn put_name(bytes: &mut Vec<u8>, name: &[u8]) {
    bytes.extend(name.iter().copied().take_while(|byte| *byte != 0));
    bytes.push(0);
}
