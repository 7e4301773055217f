//! The keys of an organization: one table for each tab, one for the query of the documents, and one for the filter of the
//! activity.

use crate::tui::keys::Group::{Do, Find, Move};
use crate::tui::keys::{
    DOWN, ENTER, ESC, Keys, LEFT, Motion, RIGHT, Row, TAB, UP, back, char, danger, go_to, help, help_in_text,
    hint, live, place, quiet, refresh,
};
use crate::tui::screens::activity::{ActivityKey, FILTER_SYNTAX, motion};

/// What a key does to an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// Edits it.
    Edit,
    /// Deletes it, after a card.
    Delete,
    /// Suspends it, or resumes a suspended one, after a card.
    Suspend,
    /// Exports it, on a card.
    Export,
    /// Copies of it, after a menu.
    Copy,
    /// Ends the operation on it now, after a card.
    Recover,
    /// The first tab: the record.
    Overview,
    /// The second tab: what it has stored.
    Documents,
    /// The third tab: what was done.
    Activity,
    /// To the tab on the right.
    NextTab,
    /// To the tab on the left.
    PreviousTab,
    /// Something that the documents do.
    OfDocuments(DocumentsKey),
    /// Something that the activity does.
    OfActivity(ActivityKey),
}

/// What a key does to the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentsKey {
    /// Moves the selection.
    Motion(Motion),
    /// Opens the selected document.
    Open,
    /// Edits it.
    Edit,
    /// Makes a new one.
    New,
    /// Deletes it, after a card.
    Delete,
    /// Copies of it, after a menu.
    Copy,
    /// Shows documents as JSON, or as a table.
    View,
    /// To the next page.
    NextPage,
    /// To the page before.
    PreviousPage,
    /// Begins to type a query.
    Query,
    /// Completes the name of a field.
    Complete,
    /// Puts in the query that was run before.
    Older,
    /// Puts in the query that was run after that.
    Newer,
    /// Runs it.
    RunQuery,
    /// Clears it.
    ClearQuery,
    /// Stops a search, or clears the query that holds; without either, back.
    Escape,
}

/// The keys of the overview.
pub(super) static OVERVIEW: Keys<Key> = Keys::of(
    "organization",
    &[
        hint(&[char('e')], Key::Edit, "edit", Do, 2),
        danger(&[char('D')], Key::Delete, "delete", Do, 3),
        hint(&[char('S')], Key::Suspend, "suspend", Do, 8),
        hint(&[char('X')], Key::Export, "export", Do, 11),
        hint(&[char('y')], Key::Copy, "copy", Do, 9),
        hint(&[char('f')], Key::Recover, "finish now", Do, 5),
        place(&[char('!')], "doctor", "doctor", Find, None),
        hint(&[char('2')], Key::Documents, "documents", Move, 4),
        hint(&[char('3'), ENTER], Key::Activity, "activity", Move, 10),
        quiet(&[char(']')], Key::NextTab, "next tab", Move),
        quiet(&[char('[')], Key::PreviousTab, "previous tab", Move),
        refresh("refresh", 6),
        live(),
        go_to(7),
        back(&[ESC, char('q')], "back", Move, Some(1)),
        quiet(&[char('k'), UP], Key::Up, "one up", Move),
        quiet(&[char('j'), DOWN], Key::Down, "one down", Move),
        help(),
    ],
);

const fn of_documents(motion: Motion) -> Key {
    Key::OfDocuments(DocumentsKey::Motion(motion))
}

/// The keys of the documents.
pub(super) static DOCUMENTS: Keys<Key> = Keys::of(
    "documents",
    &[
        hint(&[ENTER], Key::OfDocuments(DocumentsKey::Open), "open", Do, 2),
        hint(&[char('e')], Key::OfDocuments(DocumentsKey::Edit), "edit", Do, 4),
        hint(&[char('n')], Key::OfDocuments(DocumentsKey::New), "new", Do, 6),
        danger(&[char('D')], Key::OfDocuments(DocumentsKey::Delete), "delete", Do, 7),
        hint(&[char('/')], Key::OfDocuments(DocumentsKey::Query), "query", Find, 3),
        hint(&[char('v')], Key::OfDocuments(DocumentsKey::View), "JSON", Do, 5),
        hint(&[char('y')], Key::OfDocuments(DocumentsKey::Copy), "copy", Do, 12),
        hint(&[char('X')], Key::Export, "export", Do, 13),
        hint(&[char('>'), RIGHT], Key::OfDocuments(DocumentsKey::NextPage), "next page", Move, 8),
        hint(&[char('<'), LEFT], Key::OfDocuments(DocumentsKey::PreviousPage), "page before", Move, 10),
        quiet(&[char('1')], Key::Overview, "overview", Move),
        quiet(&[char('3')], Key::Activity, "activity", Move),
        quiet(&[char(']')], Key::NextTab, "next tab", Move),
        quiet(&[char('[')], Key::PreviousTab, "previous tab", Move),
        refresh("refresh", 9),
        live(),
        go_to(11),
        place(&[char('!')], "doctor", "doctor", Find, None),
        back(&[char('q')], "back", Move, Some(1)),
        quiet(&[ESC], Key::OfDocuments(DocumentsKey::Escape), "stop; clear query; back", Find),
        Row::Motions(of_documents),
        help(),
    ],
);

/// What may be typed.
const QUERY_SYNTAX: &[(&str, &str)] = &[
    ("kind:invoice", "equal; in lists too"),
    ("total:>100", "also >= < <="),
    ("date:2026-11", "in that month, or day"),
    ("address.zip:x", "inside of a document"),
    ("\"due date\":x", "quotes keep spaces"),
    ("n:\"5\"", "the text, not the number"),
    ("{\"a\":1}", "JSON: $gt $in $regex $or ..."),
];

/// The keys while the query is typed.
pub(super) static DOCUMENTS_QUERY: Keys<Key> = Keys::of_text(
    "query of the documents",
    &[
        hint(&[ENTER], Key::OfDocuments(DocumentsKey::RunQuery), "run", Do, 2),
        hint(&[TAB], Key::OfDocuments(DocumentsKey::Complete), "complete", Do, 4),
        hint(&[UP], Key::OfDocuments(DocumentsKey::Older), "query before", Find, 5),
        quiet(&[DOWN], Key::OfDocuments(DocumentsKey::Newer), "query after", Find),
        hint(&[ESC], Key::OfDocuments(DocumentsKey::ClearQuery), "clear", Do, 1),
        help_in_text("syntax"),
    ],
)
.syntax(QUERY_SYNTAX);

const fn of_activity(key: Motion) -> Key {
    Key::OfActivity(motion(key))
}

/// The keys of the activity.
pub(super) static ACTIVITY: Keys<Key> = Keys::of(
    "activity",
    &[
        hint(&[ENTER], Key::OfActivity(ActivityKey::Open), "entry", Do, 2),
        hint(&[char('y')], Key::OfActivity(ActivityKey::Copy), "copy", Do, 8),
        hint(&[char('/')], Key::OfActivity(ActivityKey::Filter), "filter", Find, 4),
        hint(&[char('1')], Key::Overview, "overview", Move, 3),
        hint(&[char('2')], Key::Documents, "documents", Move, 6),
        quiet(&[char(']')], Key::NextTab, "next tab", Move),
        quiet(&[char('[')], Key::PreviousTab, "previous tab", Move),
        refresh("refresh", 5),
        live(),
        go_to(7),
        back(&[char('q')], "back", Move, Some(1)),
        quiet(&[ESC], Key::OfActivity(ActivityKey::Escape), "clear filter; back", Find),
        Row::Motions(of_activity),
        help(),
    ],
);

/// The keys while the filter of the activity is typed.
pub(super) static ACTIVITY_FILTER: Keys<Key> = Keys::of_text(
    "filter of the activity",
    &[
        hint(&[ENTER], Key::OfActivity(ActivityKey::ApplyFilter), "filter", Do, 2),
        hint(&[ESC], Key::OfActivity(ActivityKey::ClearFilter), "clear", Do, 1),
        help_in_text("syntax"),
    ],
)
.syntax(FILTER_SYNTAX);
