//! Commands of the binary against sqlite3's program.

use crate::ROUNDS;
use crate::binary::{Binary, first_byte, output, sqlite3, timed};
use crate::table::Table;

pub(crate) fn measure(table: &mut Table, binary: &Binary, organizations: usize) {
    let version = (0..ROUNDS).map(|_| timed(|| output(binary.command(&["--version"]))));
    table.times("tenantry --version", &version.collect::<Vec<_>>(), Some(10.0));
    let list = ["org", "list", "--all", "-o", "jsonl"];
    let (firsts, memory): (Vec<_>, Vec<_>) = (0..ROUNDS).map(|_| first_byte(binary.command(&list))).unzip();
    table.times(&format!("org list --all of {organizations}: first byte"), &firsts, Some(20.0));
    let few = Binary::with(1_000);
    let (_, memory_of_few) = first_byte(few.command(&list));
    let grown = memory.into_iter().map(|memory| memory / memory_of_few).collect();
    table.put(format!("org list --all: memory of {organizations} / 1000"), grown, "x", Some(1.2));
    let file = binary.data().join("tenantry.db");
    let columns = "id, organization_name, collection_name, admin_email, state, created_at, updated_at";
    let one = format!("SELECT {columns} FROM organizations ORDER BY name_key LIMIT 1");
    let all = format!("SELECT {columns} FROM organizations ORDER BY name_key");
    let Some(_) = sqlite3(&file, &one) else {
        println!("sqlite3 is not installed: two ratios are left out");
        return;
    };
    let name = output(binary.command(&["org", "list", "--limit", "1", "-o", "name"]));
    let name = String::from_utf8(name).unwrap();
    let pair = |arguments: &[&str], sql: &str| {
        let bare = timed(|| output(sqlite3(&file, sql).unwrap()));
        (timed(|| output(binary.command(arguments))), bare)
    };
    let gets =
        (0..ROUNDS).map(|_| pair(&["org", "get", name.trim(), "-o", "json"], &one)).collect::<Vec<_>>();
    table.ratios("org get / sqlite3 reading the record", &gets, Some(1.5));
    let lists = (0..ROUNDS).map(|_| pair(&list, &all)).collect::<Vec<_>>();
    table.ratios(&format!("org list --all of {organizations} / sqlite3"), &lists, Some(1.3));
    let tops = (0..ROUNDS).map(|_| timed(|| output(binary.command(&["org", "top", "-o", "json"]))));
    table.times(&format!("org top of {organizations}"), &tops.collect::<Vec<_>>(), None);
}
