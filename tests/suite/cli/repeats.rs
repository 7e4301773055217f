//! A write is done once, however often it is repeated with its operation id.

use super::*;

const ID: &str = "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11";

#[rstest]
fn repeated_write_returns_the_first_outcome(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let with = |id: &str, arguments: &[&str]| {
        home.run_with(&[arguments, &["--json", "--operation-id", id]].concat(), PASSWORD)
    };
    let create = ["org", "create", "Acme", "--admin-email", "ann@x", "--password-stdin"];
    let other = "7f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11";
    let third = "8f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11";
    let created = with(ID, &create).json();
    assert_eq!(with(ID, &create).json(), created);
    let rename = ["org", "update", "Acme", "--name", "Acme Labs"];
    let renamed = with(other, &rename).json();
    assert_eq!(with(other, &rename).json(), renamed, "also by the name that it had before");
    assert_eq!(with(ID, &create).json(), renamed, "the organization that it made, as it is now");
    let by_id =
        ["org", "delete", "--id", created["organization_id"].as_str().unwrap(), "--confirm", "Acme Labs"];
    let deleted = with(third, &by_id).json();
    assert_eq!(with(third, &by_id).json(), deleted);
    assert_eq!(deleted["collection_name"], "org_acme_labs");
    assert_eq!(with(ID, &create).code_word(), (5, "not_found".into()), "it was made, and is gone");
    let audited = home.run(&["audit", "list", "--all", "--json"]).json();
    let is_of_organization = |item: &&Value| item["action"].as_str().unwrap().starts_with("organization_");
    let of_organizations = audited["items"].as_array().unwrap().iter().filter(is_of_organization);
    assert_eq!(of_organizations.count(), 3, "{audited}");
}

#[rstest]
fn operation_id_of_another_request_is_refused(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let with_id = |arguments: &[&str]| {
        home.run_with(&[arguments, &["--json", "--operation-id", ID]].concat(), PASSWORD)
    };
    home.create("Other", "bob@x").json();
    with_id(&["org", "create", "Acme", "--admin-email", "ann@x", "--password-stdin"]).json();
    for arguments in [
        &["org", "create", "Acme Two", "--admin-email", "ann@x", "--password-stdin"][..],
        &["org", "create", "Acme", "--admin-email", "eva@x", "--password-stdin"],
        &["org", "update", "Acme", "--name", "Hidden"],
        &["org", "update", "Other", "--name", "Hidden"],
        &["org", "delete", "Acme", "--confirm", "Acme"],
        &["org", "delete", "Other", "--confirm", "Other"],
    ] {
        let refused = with_id(arguments);
        assert_eq!(refused.code_word(), (2, "operation_mismatch".into()), "{arguments:?}");
        assert_eq!(refused.error()["field"], "operation_id");
    }
    assert_eq!(home.run(&["org", "list", "-o", "name"]).stdout, "Acme\nOther\n");
    // An admin reads the id of its own creation in the audit; repeating with it gains nothing.
    assert_eq!(home.run_with(&["login", "--email", "ann@x", "--password-stdin"], PASSWORD).code, 0);
    let hidden = with_id(&["org", "update", "Acme", "--name", "Hidden"]);
    assert_eq!(hidden.code_word(), (2, "operation_mismatch".into()));
    let foreign = with_id(&["org", "create", "Acme", "--admin-email", "ann@x", "--password-stdin"]);
    assert_eq!(foreign.code_word(), (7, "forbidden".into()));
}

#[rstest]
fn writes_of_accounts_can_be_repeated(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::on(store);
    let last = std::cell::Cell::new(0_u128);
    let twice = |arguments: &[&str]| {
        last.set(last.get() + 1);
        let id = uuid::Uuid::from_u128(last.get()).to_string();
        let with_id = [arguments, &["--json", "--operation-id", &id]].concat();
        let first = home.run_with(&with_id, PASSWORD).json();
        assert_eq!(home.run_with(&with_id, PASSWORD).json(), first, "{arguments:?}");
        id
    };
    let init = twice(&["init", "--email", "root@example.com", "--password-stdin"]);
    assert_eq!(
        home.run_with(&["login", "--email", "root@example.com", "--password-stdin"], PASSWORD).code,
        0
    );
    let added = twice(&["operator", "add", "kim@x", "--password-stdin"]);
    twice(&["operator", "password", "kim@x", "--password-stdin"]);
    twice(&["operator", "password", "kim@x", "--recover", "--password-stdin"]);
    twice(&["operator", "remove", "kim@x", "--confirm", "kim@x"]);
    let audited = home.run(&["audit", "list", "--all", "--json"]).json();
    let ids: Vec<&str> = audited["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["operation_id"].as_str())
        .collect();
    assert_eq!(ids.len(), 5, "each once: {audited}");
    assert!(ids.contains(&init.as_str()) && ids.contains(&added.as_str()), "{audited}");
}
