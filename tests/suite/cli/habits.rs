//! Commands as people type them: aliases, similar names, help, and errors about unknown names.

use super::*;

#[rstest]
fn unknown_name_is_reported_with_similar_names(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme Books", "ann@x.example").json();
    home.create("Café Noir", "post@x.example").json();
    for (arguments, says) in [
        (&["org", "get", "Acme"][..], "No organization is called \"Acme\". Did you mean \"Acme Books\"?"),
        (
            &["org", "get", "acme boks"],
            "No organization is called \"acme boks\". Did you mean \"Acme Books\"?",
        ),
        (&["org", "show", "cafe noir"], "Did you mean \"Café Noir\"?"),
        (&["org", "rename", "Acme", "Zebra"], "called \"Acme\". Did you mean \"Acme Books\"?"),
        (&["org", "update", "Acme", "--name", "Zebra"], "Did you mean \"Acme Books\"?"),
        (&["org", "update", "Acme", "--name", "Zebra", "-n"], "Did you mean \"Acme Books\"?"),
        (&["org", "suspend", "Acme"], "Did you mean \"Acme Books\"?"),
        (&["org", "resume", "Acme"], "Did you mean \"Acme Books\"?"),
        (&["org", "rm", "Acme", "--confirm", "Acme"], "Did you mean \"Acme Books\"?"),
        (&["org", "delete", "Acme", "-n"], "Did you mean \"Acme Books\"?"),
        (&["org", "get", "Zephyr"], "No organization is called \"Zephyr\"."),
        (&["org", "restore", "Acme Books"], "No deleted organization was called \"Acme Books\"."),
        (
            &["org", "purge", "Zephyr", "--confirm", "Zephyr"],
            "No deleted organization was called \"Zephyr\".",
        ),
        (&["org", "get", "--id", "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11"], "has the id 6f0c2f8e-3b1d-4f7e"),
        (
            &["audit", "list", "--organization", "Acme"],
            "is or was called \"Acme\". Did you mean \"Acme Books\"?",
        ),
        (&["audit", "ls", "--id", "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11"], "has or had the id 6f0c2f8e"),
        (&["audit", "list", "--actor", "nobody@x.example"], "has the email \"nobody@x.example\""),
        (
            &["operator", "rm", "kim@x.example", "--confirm", "kim@x.example"],
            "No operator has the email \"kim@x",
        ),
        (&["operator", "password", "kim@x.example", "-n"], "No operator has the email \"kim@x.example\"."),
    ] {
        let answer = home.run(&[arguments, &["--json"]].concat());
        assert_eq!(answer.code_word(), (5, "not_found".into()), "{arguments:?}: {}", answer.stderr);
        let message = answer.error()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(says), "{arguments:?}: {message}");
    }
    let deleted = home.run(&["org", "delete", "Acme Books", "--confirm", "Acme Books"]);
    assert_eq!(deleted.code, 0, "{}", deleted.stderr);
    let near = home.run(&["org", "restore", "Acme", "--json"]);
    assert!(near.stderr.contains("Did you mean \\\"Acme Books\\\"?"), "{}", near.stderr);
    assert_eq!(
        home.run(&["audit", "list", "--organization", "acme books", "--json"]).code,
        0,
        "it was there"
    );
    let of_none =
        home.run(&["audit", "list", "--organization", "Café Noir", "--since", "2999-01-01", "--json"]);
    assert_eq!(of_none.json()["items"], json!([]), "it is there, and nothing was done");
}

/// An admin learns of no other tenant by a name that is nearly one.
#[rstest]
fn admin_learns_no_name_of_another_organization(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme Books", "ann@x.example").json();
    home.create("Zephyr Air", "zoe@x.example").json();
    assert_eq!(home.run_with(&["login", "--email", "zoe@x.example", "--password-stdin"], PASSWORD).code, 0);
    for arguments in [
        &["org", "get", "Acme"][..],
        &["org", "get", "Acme Books"],
        &["org", "rename", "Acme Book", "X"],
        &["audit", "list", "--organization", "Acme Book"],
        &["audit", "list", "--actor", "ann@x.example"],
        &["audit", "list", "--actor", "nobody@x.example"],
    ] {
        let answer = home.run(&[arguments, &["--json"]].concat());
        assert_eq!(answer.code_word(), (5, "not_found".into()), "{arguments:?}: {}", answer.stderr);
        let message = answer.error()["message"].as_str().unwrap().to_owned();
        assert!(!message.contains("Did you mean"), "{message}");
    }
    let own = home.run(&["org", "get", "Zephyr", "--json"]).error()["message"].as_str().unwrap().to_owned();
    assert_eq!(own, "No organization is called \"Zephyr\". Did you mean \"Zephyr Air\"?");
    let nothing = home.run(&["audit", "list", "--actor", "zoe@x.example", "--since", "2999-01-01", "--json"]);
    assert_eq!(nothing.code, 0, "{}", nothing.stderr);
}

#[rstest]
fn aliases_do_the_same_as_their_commands(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x.example").json();
    assert_eq!(home.run(&["org", "ls", "--json"]).json(), home.run(&["org", "list", "--json"]).json());
    assert_eq!(
        home.run(&["org", "show", "acme", "--json"]).json(),
        home.run(&["org", "get", "acme", "--json"]).json()
    );
    assert_eq!(home.run(&["operator", "ls", "-o", "name"]).stdout, "root@example.com\n");
    assert!(home.run(&["audit", "ls"]).stdout.contains("  created  "));
    let renamed = home.run(&["org", "rename", "acme", "Acme Books", "--json"]).json();
    assert_eq!(
        (renamed["organization_name"].as_str(), renamed["collection_name"].as_str()),
        (Some("Acme Books"), Some("org_acme_books"))
    );
    let id = renamed["organization_id"].as_str().unwrap();
    assert_eq!(
        home.run(&["org", "rename", "--id", id, "--json", "--", "-Acme-"]).json()["organization_name"],
        "-Acme-"
    );
    let operation = "7c1b7c55-6b8e-4b3f-9c8f-1f6f0f1a2b3c";
    for _ in 0..2 {
        let again = ["org", "rename", "--id", id, "Acme", "--operation-id", operation, "--json"];
        assert_eq!(home.run(&again).json()["organization_name"], "Acme");
    }
    assert_eq!(home.run(&["org", "rename", "Acme"]).code, 2, "to what?");
    assert_eq!(home.run(&["org", "rm", "Acme", "--confirm", "Acme", "--json"]).json()["deleted"], true);
}

/// Each change is printed as from -> to.
#[test]
fn dry_runs_print_from_and_to() {
    let home = Home::signed_in();
    home.create("Acme", "ann@x.example").json();
    let rename = home.run(&["org", "rename", "Acme", "Acme Books", "-n"]).stdout;
    assert!(rename.contains("organization_name  Acme -> Acme Books\n"), "{rename}");
    assert!(rename.contains("collection_name    org_acme -> org_acme_books\n"), "{rename}");
    assert!(rename.contains("admin_email        ann@x.example\n"), "{rename}");
    let update =
        ["org", "update", "Acme", "--admin-email", "bob@x.example", "--password-stdin", "-n", "--json"];
    let update = home.run_with(&update, PASSWORD).json();
    assert_eq!(
        update["changes"],
        json!({"admin_email": {"from": "ann@x.example", "to": "bob@x.example"}, "password": "changed"})
    );
    assert_eq!((update["admin_email"].as_str(), &update["dry_run"]), (Some("bob@x.example"), &json!(true)));
    let suspend = home.run(&["org", "suspend", "Acme", "--reason", "unpaid", "-n"]).stdout;
    assert!(suspend.contains("state              active -> suspended\n"), "{suspend}");
    assert_eq!(home.run(&["org", "resume", "Acme", "-n", "--json"]).json()["changes"], json!({}));
    let same = home.run(&["org", "rename", "Acme", "Acme", "-n", "--json"]).json();
    assert_eq!(same["changes"], json!({}));
    let account = home.run(&["account", "update", "--email", "new@example.com", "-n"]).stdout;
    assert!(account.contains("root@example.com -> new@example.com"), "{account}");
    assert_eq!(home.run(&["org", "delete", "Acme", "--confirm", "Acme"]).code, 0);
    home.create("Acme", "eve@x.example").json();
    let restore = home.run(&["org", "restore", "Acme", "--name", "Old Acme", "-n"]).stdout;
    assert!(restore.contains("organization_name  Acme -> Old Acme\n"), "{restore}");
    assert!(restore.contains("state              deleted -> active\n"), "{restore}");
    let taken = home.run(&["org", "restore", "Acme", "--json"]);
    assert_eq!(taken.code_word(), (6, "name_taken".into()));
    assert!(taken.stderr.contains("--name"), "{}", taken.stderr);
}

#[rstest]
#[case(&["org", "add", "Acme"], "tenantry org create")]
#[case(&["org", "remove", "Acme"], "tenantry org delete")]
#[case(&["-o", "json", "org", "describe", "Acme"], "tenantry org get")]
#[case(&["signin"], "tenantry login")]
#[case(&["tenants", "list"], "tenantry org")]
#[case(&["ls"], "tenantry org list")]
#[case(&["operator", "delete", "kim@x"], "tenantry operator remove")]
#[case(&["audit", "log"], "tenantry audit list")]
#[case(&["status"], "tenantry whoami")]
fn commands_of_other_tools_get_a_suggestion(#[case] arguments: &[&str], #[case] ours: &str) {
    let answer = Home::new().run(arguments);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains(&format!("did you mean '{ours}'?")), "{}", answer.stderr);
}

#[test]
fn help_and_version_are_commands() {
    let home = Home::new();
    for arguments in [&["help"][..], &["help", "org"], &["help", "org", "create"], &["org", "help", "create"]]
    {
        let answer = home.run(arguments);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(answer.stdout.contains("Usage: tenantry"), "{}", answer.stdout);
    }
    assert_eq!(home.run(&["help", "org", "create"]).stdout, home.run(&["org", "create", "--help"]).stdout);
    let version = format!("tenantry {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(home.run(&["version"]).stdout, version);
    assert_eq!(home.run(&["-V"]).stdout, version);
    assert_eq!(home.run(&["version", "--json"]).json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(home.run(&["version", "-o", "name"]).code, 2);
}

/// The same rows by `--filter` on both stores; the console holds itself to the same function.
#[rstest]
fn one_search_finds_names_emails_collections_and_ids(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    for (name, email) in [
        ("Bäckerei Müller", "post@mueller.example"),
        ("Backerei Zwei", "zwei@x.example"),
        ("Straße 7", "info@strasse.example"),
        ("Smørrebrød", "ole@x.example"),
        ("Zebra", "backoffice@zebra.example"),
    ] {
        home.create(name, email).json();
    }
    let zebra = home.run(&["org", "get", "Zebra", "--json"]).json();
    let (id, collection) =
        (zebra["organization_id"].as_str().unwrap(), zebra["collection_name"].as_str().unwrap());
    for (filter, expected) in [
        ("backerei", "Backerei Zwei\nBäckerei Müller\n"),
        ("name:backerei", "Backerei Zwei\nBäckerei Müller\n"),
        ("BÄCKEREI muller", "Bäckerei Müller\n"),
        ("strasse", "Straße 7\n"),
        ("smorrebrod", "Smørrebrød\n"),
        ("backoffice@zebra.example", "Zebra\n"),
        (collection, "Zebra\n"),
        (id, "Zebra\n"),
        (id.split_at(8).0, "Zebra\n"),
        ("back !backerei", "Zebra\n"),
        ("email:post@", "Bäckerei Müller\n"),
    ] {
        let found = home.run(&["org", "list", "-o", "name", "--filter", filter]);
        assert_eq!(found.stdout, expected, "{filter}: {}", found.stderr);
    }
}

#[test]
fn cells_that_look_like_formulas_are_quoted() {
    let home = Home::signed_in();
    for (name, email) in [("+Plus", "a@x"), ("-Minus", "b@x"), ("@At", "c@x"), ("'Quoted", "d@x")] {
        home.create(name, email).json();
    }
    let list = ["org", "list", "-o", "csv", "--fields", "organization_name"];
    assert_eq!(home.run(&list).stdout, "organization_name\r\n'Quoted\r\n'+Plus\r\n'-Minus\r\n'@At\r\n");
    let raw = home.run(&[&list[..], &["--csv-raw"]].concat()).stdout;
    assert_eq!(raw, "organization_name\r\n'Quoted\r\n+Plus\r\n-Minus\r\n@At\r\n");
    for refused in [&["org", "list", "--csv-raw"][..], &["org", "list", "-o", "name", "--fields", "state"]] {
        assert_eq!(home.run(&[refused, &["-q"]].concat()).code, 2, "{refused:?}");
    }
    assert_eq!(home.run(&["org", "list", "-o", "name"]).stdout, "'Quoted\n+Plus\n-Minus\n@At\n");
}
