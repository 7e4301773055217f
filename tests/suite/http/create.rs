//! `POST /org/create`, with every kind of value and of body.

use super::client::{Request, encoded};
use super::table::{Body, Play, Right, exists, refused, whole_body, wrong};
use crate::common::home::PASSWORD;
use serde_json::{Value, json};
use std::fmt::Write as _;

const PATH: &str = "/org/create";
const NAME: &str = "organization_name";
const TEXT: &str = "string_type";

/// The right answer to a right body: as it says, without blanks around name and email.
fn created(body: &Value) -> Right {
    let text = |field: &str| body[field].as_str().unwrap_or_default().trim().to_owned();
    Right::new(200, Body::Created(text(NAME), text("email")))
}

/// A right body with another value of one field.
fn with(play: &Play<'_>, field: &str, value: impl Into<Value>) -> Value {
    let mut body = play.ground.new_body();
    body[field] = value.into();
    body
}

fn without(play: &Play<'_>, field: &str) -> Value {
    let mut body = play.ground.new_body();
    body.as_object_mut().unwrap().remove(field);
    body
}

fn post(body: &Value) -> Request {
    Request::post(PATH, body)
}

/// Rows that create, each with a value of its own.
pub(crate) fn sound_values(play: &mut Play<'_>) {
    let (longest, of_72) = ("n".repeat(64), "p".repeat(72));
    let rows = [
        ("unicode name", NAME, "Bäckerei Müller"),
        ("name with punctuation", NAME, "O'Neil & Sons (2nd)!"),
        ("name C++", NAME, "C++"),
        ("name v1.2", NAME, "v1.2"),
        ("name a/b", NAME, "a/b"),
        ("name system.users", NAME, "system.users"),
        ("name Two Words", NAME, "Two Words"),
        ("name two-words beside it", NAME, "two-words"),
        ("name of 64 characters", NAME, &longest),
        ("Café composed", NAME, "Caf\u{e9}"),
        ("name that ends in a dot", NAME, "Acme Inc."),
        ("free name with blanks around it", NAME, "  Blanks Around  "),
        ("password of 72 bytes", "password", &of_72),
        ("password with unicode", "password", "pässwörd ☃ 1"),
        ("password of eight blanks", "password", "        "),
        ("email with a tag", "email", "ann+tag@ref.example"),
        ("email with a unicode local part", "email", "jürgen@ref.example"),
        ("email in capitals", "email", "UP@REF.EXAMPLE"),
        ("email with blanks around it", "email", "  blanks@ref.example  "),
        ("email as other services display it", "email", "Ann <disp@ref.example>"),
        ("email without a dot in its domain", "email", "a@host"),
        ("email at .test", "email", "a@ref.test"),
        ("email at .invalid", "email", "a@ref.invalid"),
        ("email that begins with a dot", "email", ".ann@ref.example"),
    ];
    for (name, field, value) in rows {
        let body = with(play, field, value);
        // Rules of emails that may be wider or narrower.
        let either = name.contains(".test")
            || ["displ", "without a dot", ".invalid", "begins with"].iter().any(|it| name.contains(it));
        let right = created(&body);
        let right = if either { right.or(422, wrong_email()) } else { right };
        play.row(name, &post(&body), &right);
    }
}

fn wrong_email() -> Body {
    Body::Fields("body", vec![("email", "")])
}

/// Rows about two organizations, or about what stands beside a right body.
pub(crate) fn others(play: &mut Play<'_>) {
    let first = play.ground.new_body();
    play.row("name, email, password", &post(&first), &created(&first));
    let again = with(play, NAME, first[NAME].clone());
    play.row("the same name again", &post(&again), &exists());
    let name = first[NAME].as_str().unwrap();
    let again = with(play, NAME, name.to_uppercase());
    play.row("name in another case", &post(&again), &exists());
    let again = with(play, NAME, format!("  {name} "));
    play.row("taken name with blanks around it", &post(&again), &exists());
    let again = with(play, "email", first["email"].clone());
    play.row("email of another organization", &post(&again), &refused(400));
    let mut body = play.ground.new_body();
    body["role"] = "root".into();
    body["plan"] = json!({"seats": 3});
    play.row("fields nobody knows", &post(&body), &created(&body));
    let body = play.ground.new_body();
    play.row(
        "a query beside the body",
        &Request::post("/org/create?organization_name=x", &body),
        &created(&body),
    );
    let body = play.ground.new_body();
    play.row("a junk bearer", &post(&body).bearer("junk"), &created(&body));
    let other = play.ground.org();
    let body = play.ground.new_body();
    let right = created(&body).or(403, Body::Refusal);
    play.row("the bearer of another's admin", &post(&body).bearer(&other.token), &right);
}

/// Of eight at once one creates; the others are told that the name is taken or in work.
pub(crate) fn eight_at_once(play: &mut Play<'_>) {
    let bodies: Vec<_> = (0..8).map(|_| with(play, NAME, "Eight At Once")).collect();
    let open = &play.ground.open;
    let answers: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = bodies.iter().map(|body| scope.spawn(|| open.send(&post(body)))).collect();
        running.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let mut done = 0;
    for (body, answer) in bodies.iter().zip(&answers) {
        done += u32::from(answer.status == 200);
        let right = created(body).or(400, Body::Detail("Organization already exists"));
        let right = right.or(409, Body::Refusal).or(503, Body::Refusal);
        play.judge("eight at once with one name", &post(body), answer, &right);
    }
    play.holds("eight at once: one of them creates", done == 1, &answers[0]);
}

/// Refused registrations count too. Those of the rows before have used up a part of the hour's.
pub(crate) fn too_many_registrations(play: &mut Play<'_>) {
    let taken = play.ground.org();
    for _ in 0..=60 {
        let request = post(&with(play, NAME, taken.name.clone()));
        let answer = play.ground.open.send(&request);
        if answer.status != 429 {
            answer.expect(400);
            continue;
        }
        play.judge("too many registrations", &request, &answer, &refused(429));
        let seconds = answer.header("retry-after").and_then(|it| it.parse::<u64>().ok());
        play.holds("too many registrations: Retry-After", seconds.is_some_and(|it| it > 0), &answer);
        return;
    }
    panic!("sixty registrations, and none was refused for that");
}

/// Rows with one wrong value.
pub(crate) fn wrong_values(play: &mut Play<'_>) {
    let names = [
        ("50% off", "name with a percent sign"),
        ("a\\b", "name with a backslash"),
        ("line\nend", "name with a line end"),
        ("<b>x</b>", "name with markup"),
        ("right \u{202e} left", "name with an override"),
        ("smile \u{1f600}", "name with an emoji"),
        ("", "empty name"),
        (&"n".repeat(65), "name of 65 characters"),
        ("a$b", "name a$b"),
        ("../x", "name ../x"),
        (&"n".repeat(10_000), "name of 10,000 characters"),
    ];
    for (value, name) in names {
        play.row(name, &post(&with(play, NAME, value)), &wrong(&[NAME], ""));
    }
    let emails = [
        ("email without @", "nobody"),
        ("email empty", ""),
        ("email with two @", "a@b@ref.example"),
        ("email with a blank inside", "a b@ref.example"),
        ("email with a line end", "a@ref.example\nBcc: b"),
        ("email with a NUL", "a\0b@ref.example"),
        ("email of 300 bytes", &format!("{}@ref.example", "e".repeat(288))),
    ];
    for (name, value) in emails {
        play.row(name, &post(&with(play, "email", value)), &wrong(&["email"], ""));
    }
    let passwords = [
        ("password empty", String::new()),
        ("password of 5 bytes", "short".to_owned()),
        ("password of 73 bytes", "p".repeat(73)),
        ("password of 5,000 bytes", "p".repeat(5_000)),
        ("password with a NUL", "pass\0word".to_owned()),
    ];
    for (name, value) in passwords {
        play.row(name, &post(&with(play, "password", value)), &wrong(&["password"], ""));
    }
}

/// Rows with a value of another type, or without one.
pub(crate) fn wrong_types(play: &mut Play<'_>) {
    let types = [
        (NAME, json!(null)),
        (NAME, json!(17)),
        (NAME, json!(true)),
        ("email", json!(null)),
        ("email", json!(["a@ref.example"])),
        ("password", json!(null)),
        ("password", json!(12_345_678)),
    ];
    for (field, value) in types {
        let name = format!("{field} {value}");
        play.row(&name, &post(&with(play, field, value)), &wrong(&[field], TEXT));
    }
    for field in [NAME, "email", "password"] {
        play.row(&format!("no {field}"), &post(&without(play, field)), &wrong(&[field], "missing"));
    }
    let all = wrong(&[NAME, "email", "password"], "missing");
    play.row("{}", &post(&json!({})), &all);
    let capitals = json!({"Organization_Name": "Capitals", "Email": "c@ref.example", "Password": PASSWORD});
    play.row("field names in another case", &post(&capitals), &all);
    let mixed = json!({"organization_name": 17, "email": "nobody"});
    let right = vec![(NAME, TEXT), ("email", ""), ("password", "missing")];
    play.row("several wrong fields", &post(&mixed), &Right::new(422, Body::Fields("body", right)));
}

/// Bodies that are no JSON object, to one route.
fn wrong_bodies_of(play: &mut Play<'_>, route: &str, request: &dyn Fn() -> Request) {
    let mut row = |name: &str, request: &Request, right: &Right| {
        play.row(&format!("{route}: {name}"), request, right);
    };
    row("none", &request(), &whole_body());
    let bodies = [
        ("empty", ""),
        ("not JSON", "organization_name: Acme"),
        ("cut JSON", r#"{"organization_name": "Acme", "ema"#),
        ("[]", "[]"),
        (r#""x""#, r#""x""#),
        ("null", "null"),
        ("JSON and more after it", r#"{"organization_name": "Acme"} x"#),
        ("a comma too many", r#"{"organization_name": "Acme",}"#),
    ];
    for (name, body) in bodies {
        row(name, &request().raw(body), &whole_body());
    }
    let twice = r#"{"organization_name": "Once", "organization_name": "Twice", "email": "once@ref.example", "email": "a@ref.example", "password": "correct horse"}"#;
    row("one key twice", &request().raw(twice), &Right::new(422, Body::List));
    let form = request().raw("a=b&c=d").typed(Some("application/x-www-form-urlencoded"));
    row("a form", &form, &whole_body().or(415, Body::Refusal));
    let not_text =
        b"{\"organization_name\": \"a\xffb\", \"email\": \"a@ref.example\", \"password\": \"correct horse\"}";
    row(
        "bytes that are no UTF-8",
        &request().raw(*not_text),
        &Right::new(422, Body::List).or(400, Body::Refusal),
    );
    let brackets = format!(r#"{{"x": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    row(
        "100,000 brackets",
        &request().raw(brackets),
        &Right::new(413, Body::Refusal).or(422, Body::List).or(400, Body::Refusal),
    );
    let brackets = format!(r#"{{"x": {}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    row("20,000 brackets", &request().raw(brackets), &Right::new(422, Body::List).or(400, Body::Refusal));
    let big = json!({"x": "x".repeat(1_000_000)});
    row("1 MB in a field nobody knows", &request().json(&big), &refused(413));
    let number = r#"{"organization_name": NaN, "email": NaN, "password": NaN}"#;
    row("NaN", &request().raw(number), &Right::new(422, Body::List));
    let number = r#"{"organization_name": 1e400, "email": 1e400, "password": 1e400}"#;
    row("1e400", &request().raw(number), &Right::new(422, Body::List));
    let half = r#"{"organization_name": "a\ud800b", "email": "a@ref.example", "password": "correct horse"}"#;
    row("a lone surrogate", &request().raw(half), &Right::new(422, Body::List));
}

/// Bodies that are no JSON object, on each route that takes one.
pub(crate) fn wrong_bodies(play: &mut Play<'_>) {
    let org = play.ground.org();
    let routes: [(&str, &dyn Fn() -> Request); 3] = [
        ("create", &(|| Request::new("POST", PATH))),
        ("login", &(|| Request::new("POST", "/admin/login"))),
        ("update", &(|| Request::new("PUT", "/org/update").bearer(&org.token))),
    ];
    for (route, request) in routes {
        wrong_bodies_of(play, route, request);
    }
    let target = format!("{PATH}?organization_name=Query&email=q@ref.example&password={}", encoded(PASSWORD));
    play.row("fields in the query instead", &Request::new("POST", target), &whole_body());
    let body = with(play, NAME, "n".repeat(200_000));
    play.row("name of 200,000 characters", &post(&body), &Right::new(413, Body::Refusal).or(422, Body::List));
}

/// Bodies that are JSON, in forms of their own.
pub(crate) fn sound_bodies(play: &mut Play<'_>) {
    let body = play.ground.new_body();
    let spaced = format!(" \r\n\t{}\n ", serde_json::to_string_pretty(&body).unwrap());
    play.row("blanks and line ends around", &post(&body).raw(spaced), &created(&body));
    let body = play.ground.new_body();
    play.row("byte order mark before it", &post(&body).raw(format!("\u{feff}{body}")), &created(&body));
    for content_type in ["application/json; charset=utf-8", "APPLICATION/JSON"] {
        let body = play.ground.new_body();
        play.row(content_type, &post(&body).typed(Some(content_type)), &created(&body));
    }
    let body = play.ground.new_body();
    let right = created(&body).or(422, Body::Whole).or(415, Body::Refusal);
    play.row("text/plain", &post(&body).typed(Some("text/plain")), &right);
    let body = play.ground.new_body();
    let right = created(&body).or(422, Body::Whole).or(415, Body::Refusal);
    play.row("no content type", &post(&body).typed(None), &right);
    let body = play.ground.new_body();
    let wide: Vec<u8> = body.to_string().encode_utf16().flat_map(u16::to_le_bytes).collect();
    play.row("UTF-16", &post(&body).raw(wide), &Right::new(422, Body::List));
    let body = play.ground.new_body();
    let mut long = body.to_string();
    long.pop();
    write!(long, r#", "x": {}}}"#, "7".repeat(400)).unwrap();
    let right = created(&body).or(422, Body::List);
    play.row("a number of 400 digits in a field nobody knows", &post(&body).raw(long), &right);
}
