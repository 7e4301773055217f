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
fn ten_organizations_from_a_file_twice_and_gone(#[values(On::Embedded, On::MongoDb)] store: On) {
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
