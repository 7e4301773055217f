//! A script as people write them: `examples/provision.sh` sets up ten organizations from a CSV file, is run again
//! without harm, and cleans up.

use super::*;
use std::path::Path;

fn provision(home: &Home, arguments: &[&str]) -> Answer {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/provision.sh");
    let template = home.command(&[]);
    let mut command = Command::new("bash");
    command.arg(script).args(arguments).env_clear().current_dir(home.folder.path());
    for (name, value) in template.get_envs() {
        command.env(name, value.unwrap());
    }
    let folder = cargo_bin("tenantry").parent().unwrap().to_owned();
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.display())).stdin(Stdio::null());
    Answer::of(command.output().unwrap())
}

#[rstest]
fn script_creates_and_deletes_ten_organizations_and_can_be_repeated(
    #[values(On::Embedded, On::MongoDb)] store: On,
) {
    let home = Home::signed_in_on(store);
    let lines: Vec<String> =
        (0..10).map(|number| format!("Müller & Söhne {number},admin{number}@x.example\n")).collect();
    fs::write(home.folder.path().join("organizations.csv"), lines.concat()).unwrap();
    let password = home.folder.path().join("password");
    fs::write(&password, PASSWORD).unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();

    let first = provision(&home, &["organizations.csv", "password"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(first.stdout.matches("done     Müller & Söhne").count(), 10, "{}", first.stdout);
    assert_eq!(first.stdout.matches(",active,admin").count(), 10, "{}", first.stdout);
    assert!(first.stderr.contains("email  root@example.com"), "{}", first.stderr);
    let before = home.run(&["org", "list", "--json"]).stdout;

    let second = provision(&home, &["organizations.csv", "password"]);
    assert_eq!((second.code, second.stdout.matches("as it is").count()), (0, 10), "{}", second.stdout);
    assert_eq!(home.run(&["org", "list", "--json"]).stdout, before);

    for expected in ["done     ", "as it is "] {
        let removed = provision(&home, &["organizations.csv", "password", "--remove"]);
        assert_eq!((removed.code, removed.stdout.matches(expected).count()), (0, 10), "{}", removed.stderr);
    }
    assert_eq!(home.run(&["org", "list", "-o", "name"]).stdout, "");

    home.run(&["logout"]);
    let signed_out = provision(&home, &["organizations.csv", "password"]);
    assert_eq!((signed_out.code, signed_out.stdout.as_str()), (4, ""), "it stops at once");
}

/// A file of another system or of tenantry itself: no line is lost, none read wrong.
#[test]
fn script_reads_csv_files_of_other_programs() {
    let home = Home::signed_in();
    let password = home.folder.path().join("password");
    fs::write(&password, PASSWORD).unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
    let made = |text: &str| {
        fs::write(home.folder.path().join("organizations.csv"), text).unwrap();
        let made = provision(&home, &["organizations.csv", "password"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        home.run(&["org", "list", "--all", "-o", "name"]).stdout
    };
    assert_eq!(made("Acme,ann@x.example\nBeta,bob@x.example"), "Acme\nBeta\n", "no line end at the end");
    assert_eq!(
        made("\u{feff}Acme,ann@x.example\r\n\r\nGamma,cid@x.example\r\n"),
        "Acme\nBeta\nGamma\n",
        "a byte order mark, CRLF, an empty line"
    );
    let expected = "+Plus\nAcme\nBeta\nGamma\nSmith, Jones & Co\n";
    assert_eq!(made("\"Smith, Jones & Co\",\"dot@x.example\"\r\n+Plus,eve@x.example"), expected);
    // Out and in again, elsewhere.
    let own = home.run(&["org", "list", "--all", "-o", "csv", "--fields", "organization_name,admin_email"]);
    let other = Home::signed_in();
    fs::write(other.folder.path().join("organizations.csv"), own.stdout).unwrap();
    fs::copy(&password, other.folder.path().join("password")).unwrap();
    let again = provision(&other, &["organizations.csv", "password"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(other.run(&["org", "list", "--all", "-o", "name"]).stdout, expected);
}

/// Exit code 6 is more than "it is there".
#[test]
fn script_stops_at_a_difference_from_the_file() {
    let home = Home::signed_in();
    home.create("Acme", "someone@else.example").json();
    home.create("Taken", "bob@x.example").json();
    let password = home.folder.path().join("password");
    fs::write(&password, PASSWORD).unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
    for (line, says) in
        [("Acme,ann@x.example", "someone@else.example"), ("Beta,bob@x.example", "email_taken")]
    {
        fs::write(home.folder.path().join("organizations.csv"), line).unwrap();
        let stopped = provision(&home, &["organizations.csv", "password"]);
        assert_eq!(stopped.code, 6, "{}", stopped.stdout);
        assert!(stopped.stderr.contains(says), "{}", stopped.stderr);
        assert!(!stopped.stdout.contains("as it is"), "{}", stopped.stdout);
    }
}
