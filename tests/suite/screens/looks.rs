//! Every screen on a wide terminal, without colours and in ASCII; other sizes stand beside each screen's own tests.

use super::*;
use ratatui::style::Color;

const ASCII: Look = Look { size: (80, 24), palette: Palette::Plain, ascii: true };

type Way = fn(Look) -> Scene;

/// A name for each screen, and the way there.
const SCREENS: [(&str, Way); 14] = [
    ("list", |look| Scene::listing(look, several()).keys("jj")),
    ("filter", |look| Scene::listing(look, several()).keys("/acm")),
    ("overview", |look| Scene::listing(look, several()).keys("j<Enter>").figures()),
    ("activity", |look| activity::opened(look).activity(activity::entries(), false).keys("jj")),
    ("documents", |look| documents::shown(look).keys("jj")),
    ("document", |look| documents::one(look, every_type())),
    ("form", |look| Scene::listing(look, several()).keys("nBakery<Tab>ann.acme<Tab>short<Tab>")),
    ("card", |look| Scene::listing(look, several()).keys("jD").figures().keys("acme corp")),
    ("help", |look| Scene::listing(look, several()).keys("?")),
    ("sign_in", |look| Scene::new(look).answer(Ok(answer(true))).keys("ann@acme.example<Tab>correct horse")),
    ("doctor", doctor::checked),
    ("operators", operators::own),
    ("trash", trash::in_trash),
    ("go_to", |look| Scene::listing(look, several()).keys(":ac")),
];

#[test]
fn wide() {
    for (name, way) in SCREENS {
        assert_snapshot!(format!("{name}_160x50"), way(at(160, 50)).text());
    }
}

#[test]
fn rest_in_ascii_and_on_the_smallest_terminal() {
    for (name, way) in SCREENS {
        match name {
            "overview" | "document" | "documents" | "help" | "sign_in" => {
                assert_snapshot!(format!("{name}_ascii"), way(ASCII).text());
            }
            "trash" => {
                assert_snapshot!("trash_ascii", way(ASCII).text());
                assert_snapshot!("trash_40x10", way(at(40, 10)).text());
            }
            _ => {}
        }
    }
}

#[test]
fn without_colour_there_is_none() {
    let look = Look { size: (120, 40), palette: Palette::Plain, ascii: false };
    let others: [Way; 4] = [
        |look| Scene::listing(look, several()).keys("r").answer(no_answer()),
        |look| Scene::listing(look, several()).later(1_800),
        |look| operators::own(look).keys("nx<Tab>"),
        |look| operators::own(look).keys("kDx"),
    ];
    for way in SCREENS.map(|(_, way)| way).into_iter().chain(others) {
        let scene = way(look);
        for cell in scene.buffer().content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{}", scene.text());
        }
    }
}

#[test]
fn in_ascii_there_is_no_other_sign() {
    for (name, way) in SCREENS {
        let text = way(ASCII).text();
        let odd = text.chars().find(|c| !c.is_ascii() && !c.is_alphabetic());
        assert_eq!(odd, None, "{name}:\n{text}");
    }
}
