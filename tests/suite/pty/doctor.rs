//! The doctor by keys on a file that another program has changed.

use super::*;

const HARM: &str = "
    PRAGMA foreign_keys = OFF;
    DELETE FROM collections WHERE name = 'org_acme';
    UPDATE meta SET operators = 7;
    INSERT INTO collections (name, uuid, organization_id)
        VALUES ('org_nobodys', '00000000-0000-4000-8000-000000000001', NULL);";

#[test]
fn check_repair_what_is_safe_choose_and_look_again() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme", "Zephyr"]);
    let path = home.folder.path().join(".local/share/tenantry/tenantry.db");
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute_batch(HARM).unwrap();
    let mut console = Home::signed_in(home.terminal().size(80, 24).start());
    console.wait("Zephyr");
    console.send("!");
    console.wait("checked 2 organizations");
    console.wait("! I1 collection missing");
    console.wait("I2 orphaned collection");
    console.send("R");
    console.wait("Repair the one finding that is safe to repair?");
    console.send("y");
    console.wait("1 repaired; 2 findings are left.");
    console.wait_gone("operator count wrong");
    console.send(ENTER);
    console.wait("Type the name to continue:");
    console.send(&format!("acme{ENTER}"));
    console.wait("Case matters");
    console.send(&format!("{CTRL_U}Acme{ENTER}"));
    console.wait("Repaired: collection missing.");
    console.send(ENTER);
    console.wait("Esc close");
    console.send(ESC);
    console.wait_gone("close");
    file.execute("DELETE FROM collections WHERE name = 'org_nobodys'", []).unwrap();
    console.send("r");
    console.wait("Everything is as it should be.");
    console.send("q");
    console.wait("Organizations  2");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}
