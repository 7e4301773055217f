//! The user's editor: which one, with what it is started, the file that it gets, and what it leaves.
//!
//! The editor runs in the process group of the console, as git runs its editor: Ctrl-Z stops both and the shell
//! wakes both, and a terminal that hangs up tells both. Ctrl-C and Ctrl-\ are the editor's alone. Nothing else of the
//! console starts a program.

mod child;
mod command;
mod file;
mod folder;

use super::app::Signal;
use super::effect::{Draft, EditFailure, EditOutcome, EditRequest, Edited};
use child::{Child, Ended};
use command::Words;
use folder::Folder;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// An editor that is back before this time, with nothing changed, may go on in another window.
const QUICK: Duration = Duration::from_secs(1);

/// What the editor is started with.
#[derive(Debug, Clone, Default)]
pub struct EditorOptions {
    /// The variable that names the editor, and its value; none: there is no editor.
    pub command: Option<(&'static str, OsString)>,
    /// The whole environment of the editor.
    pub environment: Vec<(String, OsString)>,
    /// `XDG_RUNTIME_DIR`, as it is set.
    pub runtime_dir: Option<PathBuf>,
    /// The folder of what the console keeps; without it and a safe folder of the session nothing is edited.
    pub state_dir: Option<PathBuf>,
}

/// The editor of one console, with the files that are open or kept.
#[derive(Debug)]
pub(super) struct Editor {
    options: EditorOptions,
    kept: Vec<Folder>,
}

/// An edit that can begin.
#[derive(Debug)]
pub(super) struct Prepared {
    child: Child,
    file: PathBuf,
}

/// How an edit ended.
#[derive(Debug)]
pub(super) struct Returned {
    ended: Result<Ended, String>,
    file: PathBuf,
    is_quick: bool,
}

impl Returned {
    /// Whether the editor ended by itself, and so left the terminal as it found it.
    pub(super) fn is_orderly(&self) -> bool {
        matches!(self.ended, Ok(Ended::With(_)))
    }

    /// What the editor left.
    pub(super) fn outcome(self) -> EditOutcome {
        let Returned { ended, file: path, is_quick } = self;
        let failed = |why| EditFailure { path: Some(path.clone()), why };
        let failure = match ended.map_err(failed)? {
            Ended::With(0) => None,
            Ended::With(code) => Some(format!("exit code {code}")),
            Ended::By(signal) => Some(format!("signal {signal}")),
        };
        let text = file::read(&path).map_err(failed)?;
        Ok(Edited { path, text, failure, is_quick })
    }
}

impl Editor {
    /// Removes what consoles left that are not there any more.
    pub(super) fn new(options: EditorOptions) -> Self {
        folder::sweep(&options);
        Self { options, kept: Vec::new() }
    }

    /// Writes the file, unless it is there, and finds out what is to be started.
    pub(super) fn prepare(&mut self, request: &EditRequest) -> Result<Prepared, EditFailure> {
        let file = match &request.draft {
            Draft::Kept(path) => path.clone(),
            Draft::New(text) => self.write(text).map_err(|why| EditFailure { path: None, why })?,
        };
        let failed = |why| EditFailure { path: Some(file.clone()), why };
        let Some((variable, value)) = &self.options.command else {
            return Err(failed("There is no editor: set VISUAL or EDITOR.".to_owned()));
        };
        let words = Words::of(variable, value).map_err(failed)?;
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        let environment = self.options.environment.clone();
        Ok(Prepared { child: Child::new(&words, &file, request.line, folder, environment), file })
    }

    fn write(&mut self, text: &str) -> Result<PathBuf, String> {
        let (folder, file) = folder::with_file(&self.options, text)?;
        self.kept.push(folder);
        Ok(file)
    }

    /// Removes a file that an edit left, with its folder and all that an editor left beside it.
    pub(super) fn discard(&mut self, file: &Path) {
        self.kept.retain(|folder| {
            let is_own = file.parent() == Some(folder.path());
            if is_own {
                folder.remove();
            }
            !is_own
        });
    }
}

impl Prepared {
    /// Starts the editor and waits for its end. A signal for the console goes to the editor too, which is not waited
    /// for long then.
    pub(super) async fn run(self, ending: impl Future<Output = Signal> + Send) -> Returned {
        let begun = Instant::now();
        let ended = self.child.run(ending).await;
        Returned { ended, file: self.file, is_quick: begun.elapsed() < QUICK }
    }
}
