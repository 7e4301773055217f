//! Where a step leads: other screens, what lies over them, and what every screen has to hear of.

use super::{cancel_all, leaving, run_command, session};
use crate::domain::{Account, AccountId, Organization, OrganizationId};
use crate::tui::Leave;
use crate::tui::action::Command;
use crate::tui::cards::Overlay;
use crate::tui::effect::Effect;
use crate::tui::model::{Model, Shared};
use crate::tui::screens::doctor::Doctor;
use crate::tui::screens::operators::Operators;
use crate::tui::screens::organization::OrganizationScreen;
use crate::tui::screens::organizations::Column;
use crate::tui::screens::{Move, Screen, Step};
use crate::tui::theme::Role;
use std::sync::Arc;

/// Follows the moves of a step, in their order.
pub(super) fn apply(model: &mut Model, step: Step) -> Vec<Effect> {
    let mut effects = step.effects;
    for to in step.moves {
        effects.extend(go(model, to));
    }
    effects
}

fn go(model: &mut Model, to: Move) -> Vec<Effect> {
    match to {
        Move::Push(screen) => {
            model.screens.push(screen);
            Vec::new()
        }
        Move::Pop => pop(model),
        Move::Open(overlay) => {
            model.overlays.push(overlay);
            Vec::new()
        }
        Move::Close => {
            let reads = model.overlays.pop().map(|overlay| overlay.reads());
            cancel_all(&mut model.shared, reads.unwrap_or_default())
        }
        Move::SortBy(column) => {
            sort_by(model, column);
            Vec::new()
        }
        Move::Operators => to_operators(model),
        Move::Doctor => to_doctor(model),
        Move::RepairAll => with_doctor(model, Doctor::repair_all),
        Move::Repaired(finding) => {
            with_doctor(model, |doctor, shared| Step::effects(doctor.repaired(&finding, shared)))
        }
        Move::First => back_to(model, 1),
        Move::Visit(organization) => visit(model, organization),
        Move::Run(command) => run_command(model, command),
        Move::Quit => leaving::leave(model, Leave::Quit),
        Move::SignOut { everywhere } => session::sign_out(model, everywhere),
        Move::SignedIn(signed_in) => session::signed_in(model, *signed_in),
        Move::SignedOut { email, reason } => session::signed_out(model, &email, reason),
        Move::Saved(organization) => saved(model, &organization),
        Move::Gone(id) => gone(model, id),
        Move::OperatorSaved(account) => {
            operator_saved(model, &account);
            Vec::new()
        }
        Move::OperatorGone(id) => operator_gone(model, id),
        Move::Reread => reread(model),
    }
}

/// One screen back; from the first one, out.
fn pop(model: &mut Model) -> Vec<Effect> {
    if model.screens.len() < 2 {
        return leaving::leave(model, Leave::Quit);
    }
    let below = model.screens.len() - 1;
    back_to(model, below)
}

/// Back until so many screens are left; the reads of those that go are cancelled.
fn back_to(model: &mut Model, count: usize) -> Vec<Effect> {
    let left = model.screens.split_off(count.min(model.screens.len()));
    let reads = left.iter().flat_map(Screen::reads).collect();
    cancel_all(&mut model.shared, reads)
}

/// To the operators: back to where they are open, or over what is in view.
fn to_operators(model: &mut Model) -> Vec<Effect> {
    if let Some(at) = model.screens.iter().position(|screen| matches!(screen, Screen::Operators(_))) {
        return back_to(model, at + 1);
    }
    let (screen, effects) = Operators::open(&mut model.shared);
    model.screens.push(Screen::Operators(Box::new(screen)));
    effects
}

/// To the doctor, which begins to check: back to where it is open, or over what is in view.
fn to_doctor(model: &mut Model) -> Vec<Effect> {
    if let Some(at) = model.screens.iter().position(|screen| matches!(screen, Screen::Doctor(_))) {
        return back_to(model, at + 1);
    }
    let (screen, effects) = Doctor::open(&mut model.shared);
    model.screens.push(Screen::Doctor(Box::new(screen)));
    effects
}

/// Does something to the doctor, wherever it is open.
fn with_doctor(model: &mut Model, work: impl FnOnce(&mut Doctor, &mut Shared) -> Step) -> Vec<Effect> {
    let doctor = model.screens.iter_mut().find_map(|screen| match screen {
        Screen::Doctor(doctor) => Some(doctor),
        Screen::SignIn(_)
        | Screen::Organizations(_)
        | Screen::Organization(_)
        | Screen::Form(_)
        | Screen::Operators(_) => None,
    });
    let step = doctor.map(|doctor| work(doctor, &mut model.shared));
    step.map(|step| apply(model, step)).unwrap_or_default()
}

/// To an organization, over the list.
fn visit(model: &mut Model, organization: Arc<Organization>) -> Vec<Effect> {
    let mut effects = back_to(model, 1);
    if let Some(Screen::Organizations(list)) = model.screens.last_mut() {
        list.choose(organization.id);
    }
    let (screen, more) = OrganizationScreen::open(organization, &mut model.shared);
    model.screens.push(Screen::Organization(Box::new(screen)));
    effects.extend(more);
    effects
}

fn sort_by(model: &mut Model, column: Column) {
    if let Some(Screen::Organizations(list)) = model.screens.last_mut() {
        let (_, is_reverse) = list.sorting();
        list.sort_by(column, is_reverse);
    }
}

fn saved(model: &mut Model, organization: &Arc<Organization>) -> Vec<Effect> {
    let shared = &mut model.shared;
    let screens = model.screens.iter_mut();
    screens.flat_map(|screen| screen.saved(organization, shared)).collect()
}

fn gone(model: &mut Model, id: OrganizationId) -> Vec<Effect> {
    for screen in &mut model.screens {
        if let Screen::Organizations(list) = screen {
            list.gone(id);
        }
    }
    drop_screens(model, |screen| match screen {
        Screen::Organization(screen) => screen.shows(id),
        Screen::SignIn(_)
        | Screen::Organizations(_)
        | Screen::Form(_)
        | Screen::Operators(_)
        | Screen::Doctor(_) => false,
    })
}

fn operator_saved(model: &mut Model, account: &Account) {
    for screen in &mut model.screens {
        match screen {
            Screen::Operators(list) => list.saved(account),
            Screen::Form(form) => form.operator_saved(account),
            Screen::SignIn(_) | Screen::Organizations(_) | Screen::Organization(_) | Screen::Doctor(_) => {}
        }
    }
    for overlay in &mut model.overlays {
        if let Overlay::Remove(card) = overlay {
            card.operator_saved(account);
        }
    }
}

/// The list has it no more, and whatever is about it closes.
fn operator_gone(model: &mut Model, id: AccountId) -> Vec<Effect> {
    let before = (model.overlays.len(), model.screens.len());
    for screen in &mut model.screens {
        if let Screen::Operators(list) = screen {
            list.gone(id);
        }
    }
    model.overlays.retain(|overlay| match overlay {
        Overlay::Remove(card) => !card.is_about(id),
        Overlay::Confirm(_)
        | Overlay::Ask(_)
        | Overlay::Choose(_)
        | Overlay::Leave(_)
        | Overlay::Menu(_)
        | Overlay::Help(_)
        | Overlay::Palette(_)
        | Overlay::SignIn(_) => true,
    });
    let effects = drop_screens(model, |screen| match screen {
        Screen::Form(form) => form.is_about(id),
        Screen::SignIn(_)
        | Screen::Organizations(_)
        | Screen::Organization(_)
        | Screen::Operators(_)
        | Screen::Doctor(_) => false,
    });
    let is_closed = (model.overlays.len(), model.screens.len()) != before;
    // Whoever knows more has said it already.
    if is_closed && model.shared.notice.is_none() {
        model.shared.say(Role::Warning, "It is gone: that operator was removed.");
    }
    effects
}

fn drop_screens(model: &mut Model, goes: impl Fn(&Screen) -> bool) -> Vec<Effect> {
    let mut reads = Vec::new();
    model.screens.retain(|screen| {
        let goes = goes(screen);
        if goes {
            reads.extend(screen.reads());
        }
        !goes
    });
    cancel_all(&mut model.shared, reads)
}

fn reread(model: &mut Model) -> Vec<Effect> {
    let shared = &mut model.shared;
    let mut effects = Vec::new();
    for screen in &mut model.screens {
        match screen {
            Screen::Organizations(list) => effects.extend(list.read(shared)),
            Screen::Organization(screen) => {
                let step = screen.command(Command::Refresh, shared);
                effects.extend(step.unwrap_or_default().effects);
            }
            Screen::Operators(list) => effects.extend(list.read(shared)),
            // A check is asked for: it is no list that is read behind others.
            Screen::SignIn(_) | Screen::Form(_) | Screen::Doctor(_) => {}
        }
    }
    effects
}
