//! The columns of the list: as wide as what stands in them. Where not all fit, the least important one goes first; the
//! one that is sorted by stays.

use super::rows::{Column, Known};
use crate::domain::{Organization, SizeFact, Status};
use crate::tui::text;

/// Free columns between two of them, at least and at most.
const GAPS: (u16, u16) = (2, 5);
/// A name or an email narrower than this says nothing.
const NARROWEST: u16 = 14;
/// An email as wide as this says enough for a long name to be cut.
const WORTH: u16 = 24;
/// Sign, space and the longest word of a state.
const STATE: u16 = 11;
/// An age, right-aligned.
const AGE: u16 = 7;
const DATE: u16 = 10;
/// The narrowest number of documents, and the narrowest size: they come behind the rows and shall not move them.
const NUMBERS: (u16, u16) = (7, 8);
/// The bar beside a size, with the space before it.
pub(super) const BAR: u16 = 7;
/// From so many columns of the terminal on sizes are shown, and so they are read.
pub(super) const WITH_SIZES: u16 = 90;

/// In the order in which they stand.
const ORDER: [Column; 9] = [
    Column::Name,
    Column::Collection,
    Column::Admin,
    Column::SignedIn,
    Column::Documents,
    Column::Size,
    Column::Created,
    Column::Changed,
    Column::State,
];
/// In the order in which they find room.
const IMPORTANCE: [Column; 9] = [
    Column::Name,
    Column::State,
    Column::Changed,
    Column::Admin,
    Column::Documents,
    Column::Size,
    Column::SignedIn,
    Column::Created,
    Column::Collection,
];
/// The same beside the preview, which has the email.
const IMPORTANCE_BESIDE: [Column; 9] = [
    Column::Name,
    Column::State,
    Column::Changed,
    Column::Size,
    Column::Documents,
    Column::Admin,
    Column::SignedIn,
    Column::Created,
    Column::Collection,
];

/// What each column needs: the widest that was seen in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Needs {
    name: u16,
    collection: u16,
    admin: u16,
    documents: u16,
    size: u16,
    /// Whether a row has a state that is shown.
    has_state: bool,
}

impl Needs {
    /// Of these rows.
    pub(super) fn of<'a>(rows: impl Iterator<Item = (&'a Organization, Known)>) -> Self {
        let wide = |text: &str| u16::try_from(text::width(text)).unwrap_or(u16::MAX);
        rows.fold(Self::default(), |needs, (row, known)| {
            let (documents, bytes) = match known.facts.size {
                SizeFact::Is(size) => {
                    (wide(&text::count(size.documents)), wide(&text::bytes(size.data_bytes)))
                }
                SizeFact::Unread | SizeFact::Unknown | SizeFact::Missing => (0, 0),
            };
            Self {
                name: needs.name.max(wide(&row.name)),
                collection: needs.collection.max(wide(row.collection_name())),
                admin: needs.admin.max(wide(&row.admin_email)),
                documents: needs.documents.max(documents),
                size: needs.size.max(bytes),
                has_state: needs.has_state || row.status() != Status::Active || known.facts.is_missing(row),
            }
        })
    }

    /// What both need: while a list is scrolled its columns only become wider, so that they do not jump to and fro.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            name: self.name.max(other.name),
            collection: self.collection.max(other.collection),
            admin: self.admin.max(other.admin),
            documents: self.documents.max(other.documents),
            size: self.size.max(other.size),
            has_state: self.has_state || other.has_state,
        }
    }

    fn width(self, column: Column) -> u16 {
        let head = u16::try_from(head(column).len()).unwrap_or(0) + 2;
        match column {
            Column::Name => self.name.max(head),
            Column::Collection => self.collection.max(head),
            Column::Admin => self.admin.max(head),
            Column::Created => DATE.max(head),
            Column::Changed | Column::SignedIn => AGE.max(head),
            Column::Documents => self.documents.max(NUMBERS.0).max(head),
            Column::Size => self.size.max(NUMBERS.1).max(head),
            Column::State => STATE,
        }
    }
}

/// The word over a column.
pub(super) fn head(column: Column) -> &'static str {
    match column {
        Column::Name => "NAME",
        Column::Collection => "COLLECTION",
        Column::Admin => "ADMIN",
        Column::Created => "CREATED",
        Column::Changed => "CHANGED",
        Column::Documents => "DOCS",
        Column::Size => "SIZE",
        Column::SignedIn => "SIGNED IN",
        Column::State => "",
    }
}

/// A column where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) column: Column,
    pub(super) x: u16,
    pub(super) width: u16,
}

/// The columns of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Those that fit, from the left.
    pub(super) columns: Vec<Placed>,
    /// Whether the bars beside the sizes have room.
    pub(super) has_bars: bool,
}

/// The columns that fit into so many cells, from the left. Beside the preview, which has it, an email that would be cut
/// leaves its room to the names.
pub(super) fn layout(needs: Needs, sorted: Column, cells: u16, has_preview: bool) -> Layout {
    let wanted = |column: Column| match column {
        Column::State => needs.has_state || sorted == Column::State,
        Column::Name | Column::Admin | Column::Changed => true,
        // A narrow terminal shows names, emails and ages; of a row's size the number of documents goes last.
        Column::Documents => sorted == column || has_preview || cells >= WITH_SIZES - 4,
        Column::Size => sorted == column || has_preview || cells > WITH_SIZES,
        // A date and a second name of it are for who has the room.
        Column::SignedIn | Column::Created | Column::Collection => sorted == column || cells >= 110,
    };
    let importance = if has_preview { IMPORTANCE_BESIDE } else { IMPORTANCE };
    let sorted_first = importance.into_iter().filter(|column| *column == sorted);
    let others = importance.into_iter().filter(|column| *column != sorted);
    let mut chosen: Vec<(Column, u16)> = Vec::new();
    let mut free = cells;
    for column in sorted_first.chain(others).filter(|column| wanted(*column)) {
        let gap = if chosen.is_empty() { 0 } else { GAPS.0 };
        let need = needs.width(column);
        let least = match column {
            Column::Admin if has_preview && sorted != Column::Admin => need,
            Column::Name | Column::Admin | Column::Collection => need.min(NARROWEST),
            Column::Documents
            | Column::Size
            | Column::SignedIn
            | Column::Created
            | Column::Changed
            | Column::State => need,
        };
        let room = free.saturating_sub(gap);
        if room < least {
            continue;
        }
        let reserved = reserved(needs, (column, sorted), cells, has_preview);
        let width = need.min(room.saturating_sub(reserved).max(least));
        free -= gap + width;
        chosen.push((column, width));
    }
    let has_size = chosen.iter().any(|(column, _)| *column == Column::Size);
    let has_bars = has_size && free >= BAR && (has_preview || cells >= WITH_SIZES + 6);
    if has_bars {
        free -= BAR;
    }
    let between = u16::try_from(chosen.len().saturating_sub(1)).unwrap_or(0);
    let gap = GAPS.0 + free.checked_div(between).unwrap_or(0).min(GAPS.1 - GAPS.0);
    let mut x = 0;
    let mut columns = Vec::new();
    for column in ORDER {
        if let Some((_, width)) = chosen.iter().find(|(chosen, _)| *chosen == column) {
            columns.push(Placed { column, x, width: *width });
            let bar = if has_bars && column == Column::Size { BAR } else { 0 };
            x += width + bar + gap;
        }
    }
    Layout { columns, has_bars }
}

/// A name leaves room for what is said of it, and a column that is sorted by for a name.
fn reserved(needs: Needs, (column, sorted): (Column, Column), cells: u16, has_preview: bool) -> u16 {
    let with_gap = |column: Column| needs.width(column) + GAPS.0;
    let state = if needs.has_state { with_gap(Column::State) } else { 0 };
    match column {
        Column::Name if has_preview => {
            state + with_gap(Column::Changed) + with_gap(Column::Size) + with_gap(Column::Documents)
        }
        Column::Name if cells >= 60 => state + AGE + GAPS.0 + needs.admin.min(WORTH) + GAPS.0,
        Column::Name => state + if cells >= 44 { AGE + GAPS.0 } else { 0 },
        _ if column == sorted => needs.name.min(NARROWEST) + GAPS.0,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NEEDS: Needs =
        Needs { name: 30, collection: 30, admin: 30, documents: 9, size: 7, has_state: true };

    fn columns(needs: Needs, sorted: Column, cells: u16, has_preview: bool) -> Vec<Column> {
        let layout = layout(needs, sorted, cells, has_preview);
        layout.columns.into_iter().map(|placed| placed.column).collect()
    }

    fn widths(needs: Needs, cells: u16, has_preview: bool) -> Vec<u16> {
        let layout = layout(needs, Column::Name, cells, has_preview);
        layout.columns.iter().map(|placed| placed.width).collect()
    }

    #[test]
    fn nothing_is_cut_while_there_is_room() {
        let needs = Needs { name: 40, admin: 34, ..NEEDS };
        assert_eq!(widths(needs, 84, false), [36, 22, 9, STATE], "an email gives way before the name");
        assert_eq!(widths(needs, 200, true), [40, 30, 34, 11, 9, 8, 10, 9, STATE]);
    }

    #[test]
    fn beside_the_preview_sizes_come_before_emails() {
        use Column::{Admin, Changed, Created, Documents, Name, SignedIn, Size, State};
        assert_eq!(columns(NEEDS, Name, 60, true), [Name, Documents, Size, Changed, State]);
        assert_eq!(columns(NEEDS, Name, 72, true), [Name, Documents, Size, Changed, State]);
        assert!(!layout(NEEDS, Name, 60, true).has_bars, "the least important of all");
        assert!(layout(Needs { has_state: false, ..NEEDS }, Name, 74, true).has_bars);
        let wide = columns(NEEDS, Name, 132, true);
        assert_eq!(wide, [Name, Admin, SignedIn, Documents, Size, Created, Changed, State]);
    }

    #[test]
    fn least_important_column_goes_first_and_the_sorted_one_stays() {
        use Column::{Admin, Changed, Collection, Documents, Name, Size, State};
        assert_eq!(columns(NEEDS, Name, 96, false), [Name, Admin, Size, Changed, State]);
        let short = Needs { name: 20, admin: 22, ..NEEDS };
        assert_eq!(columns(short, Name, 96, false), [Name, Admin, Documents, Size, Changed, State]);
        assert_eq!(columns(short, Name, 88, false), [Name, Admin, Documents, Changed, State]);
        assert_eq!(columns(NEEDS, Name, 76, false), [Name, Admin, Changed, State]);
        assert_eq!(columns(NEEDS, Name, 56, false), [Name, Changed, State]);
        assert_eq!(columns(NEEDS, Name, 36, false), [Name, State]);
        assert_eq!(columns(NEEDS, Collection, 56, false), [Name, Collection]);
        assert_eq!(columns(NEEDS, Admin, 36, false), [Name, Admin]);
        assert_eq!(columns(NEEDS, Size, 36, false), [Name, Size, Changed]);
    }

    proptest! {
        #[test]
        fn columns_never_overlap_or_leave_their_place(
            name in 0..90_u16, collection in 0..90_u16, admin in 0..90_u16, documents in 0..14_u16,
            size in 0..9_u16, has_state: bool, sorted in 0..9_usize, cells in 20..200_u16, has_preview: bool,
        ) {
            let sorted = ORDER[sorted];
            let needs = Needs { name, collection, admin, documents, size, has_state };
            let Layout { columns, has_bars } = layout(needs, sorted, cells, has_preview);
            prop_assert!(columns.iter().any(|placed| placed.column == sorted));
            let mut end = 0;
            for placed in columns {
                prop_assert!(placed.x >= end);
                let bar = if has_bars && placed.column == Column::Size { BAR } else { 0 };
                end = placed.x + placed.width + bar;
            }
            prop_assert!(end <= cells, "{end} of {cells}");
        }
    }
}
