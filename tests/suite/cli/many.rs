//! Several processes at the same moment.

use super::*;

#[rstest]
fn six_processes_create_one_first_operator(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::on(store);
    let email = |number| format!("root{number}@example.com");
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6)
            .map(|number| {
                let home = &home;
                scope.spawn(move || {
                    home.run_with(
                        &["init", "--email", &email(number), "--password-stdin", "--json"],
                        PASSWORD,
                    )
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let made = answers.iter().filter(|answer| answer.code == 0).count();
    let refused = answers.iter().filter(|answer| answer.code == 6).count();
    assert_eq!((made, refused), (1, 5), "{:?}", answers.iter().map(|a| &a.stderr).collect::<Vec<_>>());
    let signed_in = (0..6)
        .filter(|number| {
            let login = ["login", "--email", &email(*number), "--password-stdin"];
            home.run_with(&login, PASSWORD).code == 0
        })
        .count();
    assert_eq!(signed_in, 1);
}

#[rstest]
fn eight_processes_create_one_organization_per_name(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let creates: Vec<_> = (0..8)
            .map(|number| {
                let home = &home;
                scope.spawn(move || home.create("Acme", &format!("a{number}@x")).code)
            })
            .collect();
        creates.into_iter().map(|create| create.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 6).count(), 7, "{codes:?}");
}
