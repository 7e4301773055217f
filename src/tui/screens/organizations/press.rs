//! What the keys of the list do.

use super::rows::Column;
use super::{Key, Organizations};
use crate::domain::Organization;
use crate::tui::cards::copy::{self, CopyCard};
use crate::tui::cards::delete_organization::DeleteOrganizationCard;
use crate::tui::cards::export_organization::ExportOrganizationCard;
use crate::tui::cards::menu::Menu;
use crate::tui::cards::suspend_organization::SuspendOrganizationCard;
use crate::tui::layer::{Cx, Screen};
use crate::tui::screens::form::Form;
use crate::tui::screens::organization::OrganizationScreen;
use std::sync::Arc;

impl Organizations {
    /// Opens what is about the selected one.
    fn open_selected<T: Screen>(
        &mut self,
        make: fn(Arc<Organization>, &mut Cx<'_, T>) -> T,
        cx: &mut Cx<'_, Self>,
    ) {
        self.choose_selected();
        if let Some(organization) = self.selected().map(Arc::clone) {
            cx.open(|cx| make(organization, cx));
        }
    }

    pub(super) fn press(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => {
                self.window.move_by(motion, self.rows.shown());
                self.choose_selected();
            }
            Key::Open => self.open_selected(OrganizationScreen::open, cx),
            Key::Edit => self.open_selected(Form::edit, cx),
            Key::Delete => self.open_selected(DeleteOrganizationCard::new, cx),
            Key::Suspend => self.open_selected(|shown, _| SuspendOrganizationCard::new(shown), cx),
            Key::Export => self.open_selected(ExportOrganizationCard::new, cx),
            Key::Copy => self.open_selected(|shown, _| CopyCard::new(copy::of_organization(&shown)), cx),
            Key::Undo => {
                if let Some(trashed) = self.trashed.clone() {
                    cx.open(|cx| Form::restore(trashed, cx));
                }
            }
            Key::Filter => self.is_filtering = true,
            Key::KeepFilter if self.filters_the_trash() => {
                self.is_filtering = false;
                self.filter.clear();
                self.refilter(cx.shared().now);
                cx.go("trash");
            }
            Key::KeepFilter => {
                self.is_filtering = false;
                self.choose_selected();
                if self.must_ask_for_filter() {
                    self.ask_for_filter(cx);
                }
            }
            Key::ClearFilter => {
                self.is_filtering = false;
                self.filter.clear();
                self.refilter(cx.shared().now);
            }
            Key::Sort => self.choose_column(cx),
            Key::Reverse => {
                let (column, is_reverse) = self.rows.sorting();
                self.sort_by(column, !is_reverse, cx);
            }
        }
    }

    /// Whether what is typed asks for deleted organizations: they are in the trash alone.
    pub(super) fn filters_the_trash(&self) -> bool {
        self.rows.filters_the_trash()
    }

    fn choose_column(&mut self, cx: &mut Cx<'_, Self>) {
        let (current, _) = self.rows.sorting();
        let items = Column::ALL.map(|column| (column, column.word()));
        let reply = cx.reply_to(|screen: &mut Self, column: Column, cx| {
            if column.is_read_by_row() {
                return screen.sort_by_what_is_read(column, cx);
            }
            // The biggest first is for numbers alone.
            let (sorted, is_reverse) = screen.rows.sorting();
            screen.sort_by(column, is_reverse && !sorted.is_read_by_row(), cx);
        });
        cx.open(|_| Menu::new("Sort by", items.to_vec(), current, reply));
    }

    /// Sorts by a column; the selection stays on its organization. The next console begins with it.
    pub(super) fn sort_by(&mut self, column: Column, is_reverse: bool, cx: &mut Cx<'_, Self>) {
        self.rows.sort_by(column, is_reverse);
        // What has to be read first is not where the next console begins.
        if !column.is_read_by_row() {
            cx.remember(|memory| {
                (memory.sort, memory.reverse) = (Some(column.word().to_owned()), is_reverse);
            });
        }
        self.follow_chosen();
    }
}
