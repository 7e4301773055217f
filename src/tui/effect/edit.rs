//! What is edited in the user's editor, and what comes of that.

use std::fmt;
use std::path::PathBuf;

/// What the editor opens.
#[derive(Clone, PartialEq, Eq)]
pub enum Draft {
    /// A new file with this text.
    New(String),
    /// The file that an earlier edit left.
    Kept(PathBuf),
}

impl fmt::Debug for Draft {
    /// A document may be anybody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(_) => f.write_str("New"),
            Self::Kept(path) => write!(f, "Kept({})", path.display()),
        }
    }
}

/// A text for the user's editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRequest {
    /// What the editor opens.
    pub draft: Draft,
    /// The line where it begins, from 1, for editors that are known to take one.
    pub line: Option<usize>,
}

/// What the editor left when it ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Edited {
    /// The file, if it is still there.
    pub path: PathBuf,
    /// What is in it; none if it is gone or holds nothing but white space.
    pub text: Option<String>,
    /// How the editor failed, as `exit code 1`.
    pub failure: Option<String>,
    /// Whether it was back at once, as one is that only starts another program.
    pub is_quick: bool,
}

impl fmt::Debug for Edited {
    /// A document may be anybody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edited({}, {:?})", self.path.display(), self.failure)
    }
}

/// Why there is no text from the editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditFailure {
    /// The file, if there is one.
    pub path: Option<PathBuf>,
    /// What is wrong, as a sentence.
    pub why: String,
}

/// What came of an edit.
pub type EditOutcome = Result<Edited, EditFailure>;
