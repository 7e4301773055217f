//! Three examples of each command, for `--help` and the man page. A test parses every one.

/// A command line, and what it does.
pub type Example = (&'static str, &'static str);

/// The examples of a command, by its path: `org create`. Nothing for a path that is none.
pub fn of(path: &str) -> &'static [Example] {
    EXAMPLES.iter().find(|(of, _)| *of == path).map_or(&[], |(_, examples)| examples.as_slice())
}

/// Every command with its examples; the first one is tenantry itself.
pub const EXAMPLES: &[(&str, &[Example; 3])] = &[
    (
        "",
        &[
            ("tenantry init", "create the first operator of a new store"),
            ("tenantry", "open the console"),
            (
                "tenantry --headless --email root@example.com --password-file pw",
                "sign in from a script and print the token",
            ),
        ],
    ),
    (
        "init",
        &[
            ("tenantry init", "ask for email and password"),
            ("tenantry init --email root@example.com", "ask for the password only"),
            ("tenantry init --email root@example.com --password-file pw", "ask for nothing"),
        ],
    ),
    (
        "login",
        &[
            ("tenantry login", "ask for email and password"),
            ("tenantry login --email root@example.com", "ask for the password only"),
            ("tenantry login --email root@example.com --password-file pw -o json", "print the token as well"),
        ],
    ),
    (
        "logout",
        &[
            ("tenantry logout", "end this session"),
            ("tenantry logout --everywhere", "end every session of this account"),
            ("tenantry logout -o json", "say in JSON whether there was a session"),
        ],
    ),
    (
        "whoami",
        &[
            ("tenantry whoami", "who is signed in, until when, on which store"),
            ("tenantry whoami --fields email,store", "only these two"),
            ("tenantry whoami -o json", "for scripts"),
        ],
    ),
    (
        "account",
        &[
            ("tenantry account update --email ann@acme.example", "change your email"),
            ("tenantry account update --password-stdin", "change your password"),
            ("tenantry account update --email ann@acme.example -n", "check it and write nothing"),
        ],
    ),
    (
        "account update",
        &[
            ("tenantry account update --email ann@acme.example", "ask for the current password"),
            (
                "tenantry account update --password-file new --current-password-file old",
                "change your password and ask for nothing",
            ),
            ("tenantry account update --email ann@acme.example -n", "check it and write nothing"),
        ],
    ),
    (
        "org",
        &[
            ("tenantry org create \"Acme Corp\" --admin-email ann@acme.example", "create one"),
            ("tenantry org list --filter acme", "find some"),
            ("tenantry org rename \"Acme Corp\" \"Acme Books\"", "rename one, with its collection"),
        ],
    ),
    (
        "org create",
        &[
            (
                "tenantry org create \"Acme Corp\" --admin-email ann@acme.example",
                "ask for the admin's password",
            ),
            ("tenantry org create Acme --admin-email ann@acme.example --password-file pw", "ask for nothing"),
            ("tenantry org create Acme --admin-email ann@acme.example -n", "check it and write nothing"),
        ],
    ),
    (
        "org list",
        &[
            ("tenantry org list --filter 'acme !state:suspended'", "words, fields, ! for not"),
            (
                "tenantry org list --all -o csv --fields organization_name,admin_email",
                "every row, two columns",
            ),
            ("tenantry org list --state deleted", "what is in the trash"),
        ],
    ),
    (
        "org get",
        &[
            ("tenantry org get \"Acme Corp\"", "every field"),
            ("tenantry org get \"Acme Corp\" -o json --fields collection_name", "one field, for scripts"),
            ("tenantry org get --id 6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11", "by its id"),
        ],
    ),
    (
        "org update",
        &[
            (
                "tenantry org update \"Acme Corp\" --admin-email bob@acme.example",
                "give the admin another email",
            ),
            ("tenantry org update \"Acme Corp\" --password-stdin", "give the admin a new password"),
            ("tenantry org update Acme --name \"Acme Books\" -n", "show what would change and write nothing"),
        ],
    ),
    (
        "org rename",
        &[
            ("tenantry org rename \"Acme Corp\" \"Acme Books\"", "its collection follows"),
            ("tenantry org rename \"Acme Corp\" \"Acme Books\" -n", "show what would change"),
            ("tenantry org rename --id 6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11 Acme", "by its id"),
        ],
    ),
    (
        "org suspend",
        &[
            ("tenantry org suspend \"Acme Corp\" --reason \"invoice 4711 is unpaid\"", "the admin reads why"),
            ("tenantry org suspend \"Acme Corp\"", "without a reason"),
            ("tenantry org suspend \"Acme Corp\" -n", "check it and write nothing"),
        ],
    ),
    (
        "org resume",
        &[
            ("tenantry org resume \"Acme Corp\"", "its admin can sign in again"),
            ("tenantry org resume \"Acme Corp\" -n", "check it and write nothing"),
            ("tenantry org list --state suspended -o name", "which ones are suspended"),
        ],
    ),
    (
        "org delete",
        &[
            ("tenantry org delete \"Acme Corp\"", "ask for the name again"),
            ("tenantry org delete \"Acme Corp\" --confirm \"Acme Corp\"", "ask for nothing"),
            ("tenantry org delete \"Acme Corp\" --now", "for good, past the trash"),
        ],
    ),
    (
        "org restore",
        &[
            ("tenantry org restore \"Acme Corp\"", "under the name it had"),
            ("tenantry org restore \"Acme Corp\" --name \"Acme Books\"", "under another, when that is taken"),
            ("tenantry org restore --id 6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11", "one of several of a name"),
        ],
    ),
    (
        "org purge",
        &[
            ("tenantry org purge \"Acme Corp\"", "ask for the name again"),
            ("tenantry org purge \"Acme Corp\" --confirm \"Acme Corp\"", "ask for nothing"),
            ("tenantry org purge --expired --yes", "whatever is due, from cron"),
        ],
    ),
    (
        "operator",
        &[
            ("tenantry operator add kim@example.com", "add one"),
            ("tenantry operator list", "see who there is"),
            ("tenantry operator remove kim@example.com", "remove one"),
        ],
    ),
    (
        "operator add",
        &[
            ("tenantry operator add kim@example.com", "ask for the password"),
            ("tenantry operator add kim@example.com --password-file pw", "ask for nothing"),
            ("tenantry operator add kim@example.com -n", "check it and write nothing"),
        ],
    ),
    (
        "operator list",
        &[
            ("tenantry operator list", "the first 100"),
            ("tenantry operator list --all -o name", "every email, one a line"),
            ("tenantry operator list -o json", "for scripts"),
        ],
    ),
    (
        "operator remove",
        &[
            ("tenantry operator remove kim@example.com", "ask for the email again"),
            ("tenantry operator remove kim@example.com --confirm kim@example.com", "ask for nothing"),
            ("tenantry operator remove kim@example.com -n", "check it and write nothing"),
        ],
    ),
    (
        "operator password",
        &[
            ("tenantry operator password", "your own"),
            ("tenantry operator password kim@example.com", "another operator's"),
            (
                "tenantry operator password kim@example.com --recover",
                "without a session, with the store's key",
            ),
        ],
    ),
    (
        "audit",
        &[
            ("tenantry audit list", "the newest 100 entries"),
            ("tenantry audit list --since 7d", "of the last week"),
            ("tenantry audit list --actor kim@example.com", "by one account"),
        ],
    ),
    (
        "audit list",
        &[
            ("tenantry audit list --organization \"Acme Corp\" --since 7d", "about one, of the last week"),
            ("tenantry audit list --actor kim@example.com", "by one account"),
            ("tenantry audit list --all -o jsonl", "everything, one entry a line"),
        ],
    ),
    (
        "doctor",
        &[
            ("tenantry doctor", "report what does not agree"),
            ("tenantry doctor --repair", "repair what loses nothing, asking once"),
            ("tenantry doctor --repair --yes -o json", "from a script"),
        ],
    ),
    (
        "demo",
        &[
            ("tenantry demo", "300 organizations, thrown away at the end"),
            ("tenantry demo --organizations 10000", "more of them"),
            ("tenantry demo --keep demo-store", "keep them"),
        ],
    ),
    (
        "completions",
        &[
            ("tenantry completions bash", "in .bashrc: source <(tenantry completions bash)"),
            ("tenantry completions zsh", "in .zshrc: source <(tenantry completions zsh)"),
            ("tenantry completions fish", "in config.fish: tenantry completions fish | source"),
        ],
    ),
    (
        "man",
        &[
            ("tenantry man | man -l -", "read it"),
            ("tenantry man > tenantry.1", "keep it"),
            ("tenantry man | less", "look at its source"),
        ],
    ),
    (
        "version",
        &[
            ("tenantry version", "for people"),
            ("tenantry version -o json", "for scripts"),
            ("tenantry -V", "the same as an option"),
        ],
    ),
];
