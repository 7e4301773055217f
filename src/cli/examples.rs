//! Three examples of each command, for `--help` and the man page. A test parses every one.

/// A command line and its description.
pub type Example = (&'static str, &'static str);

/// The examples of a command, by its path such as `org create`; empty for an unknown path.
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
            ("tenantry init", "prompt for email and password"),
            ("tenantry init --email root@example.com", "prompt only for the password"),
            ("tenantry init --email root@example.com --password-file pw", "without a prompt"),
        ],
    ),
    (
        "login",
        &[
            ("tenantry login", "prompt for email and password"),
            ("tenantry login --email root@example.com", "prompt only for the password"),
            ("tenantry login --email root@example.com --password-file pw -o json", "print the token as well"),
        ],
    ),
    (
        "logout",
        &[
            ("tenantry logout", "end this session"),
            ("tenantry logout --everywhere", "end every session of this account"),
            ("tenantry logout -o json", "print as JSON whether there was a session"),
        ],
    ),
    (
        "whoami",
        &[
            ("tenantry whoami", "who is signed in, until when, on which store"),
            ("tenantry whoami --fields email,store", "only these two fields"),
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
            ("tenantry account update --email ann@acme.example", "prompt for the current password"),
            (
                "tenantry account update --password-file new --current-password-file old",
                "change your password without a prompt",
            ),
            ("tenantry account update --email ann@acme.example -n", "check it and write nothing"),
        ],
    ),
    (
        "org",
        &[
            ("tenantry org create \"Acme Corp\" --admin-email ann@acme.example", "create an organization"),
            ("tenantry org list --filter acme", "search for organizations"),
            ("tenantry org rename \"Acme Corp\" \"Acme Books\"", "rename it and its collection"),
        ],
    ),
    (
        "org create",
        &[
            (
                "tenantry org create \"Acme Corp\" --admin-email ann@acme.example",
                "prompt for the admin's password",
            ),
            (
                "tenantry org create Acme --admin-email ann@acme.example --password-file pw",
                "without a prompt",
            ),
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
            ("tenantry org list --state deleted", "list the trash"),
        ],
    ),
    (
        "org top",
        &[
            ("tenantry org top", "the ten with the most data"),
            ("tenantry org top --by documents --limit 20", "the twenty with the most documents"),
            ("tenantry org top -o csv --fields organization_name,data_bytes", "for a spreadsheet"),
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
            ("tenantry org delete \"Acme Corp\"", "prompt for the name"),
            ("tenantry org delete \"Acme Corp\" --confirm \"Acme Corp\"", "without a prompt"),
            ("tenantry org delete \"Acme Corp\" --now", "permanently, without the trash"),
        ],
    ),
    (
        "org restore",
        &[
            ("tenantry org restore \"Acme Corp\"", "under the name it had"),
            (
                "tenantry org restore \"Acme Corp\" --name \"Acme Books\"",
                "under another name, if the old one is taken",
            ),
            (
                "tenantry org restore --id 6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11",
                "one of several with one name",
            ),
        ],
    ),
    (
        "org purge",
        &[
            ("tenantry org purge \"Acme Corp\"", "prompt for the name"),
            ("tenantry org purge \"Acme Corp\" --confirm \"Acme Corp\"", "without a prompt"),
            ("tenantry org purge --expired --yes", "every expired one, from cron"),
        ],
    ),
    (
        "doc",
        &[
            ("tenantry doc list Acme --filter 'kind:invoice status:open'", "find documents"),
            ("tenantry doc get Acme ORD-1", "show one"),
            ("tenantry doc count Acme", "count them"),
        ],
    ),
    (
        "doc list",
        &[
            ("tenantry doc list Acme --filter 'kind:invoice status:open'", "terms that all match"),
            (
                "tenantry doc list Acme --filter '{\"sku\": {\"$in\": [\"A1\", \"B2\"]}}' -o jsonl",
                "a query as JSON, one document a line",
            ),
            ("tenantry doc list Acme --sort total --reverse --limit 10", "the ten greatest"),
        ],
    ),
    (
        "doc get",
        &[
            ("tenantry doc get Acme ORD-1", "by an id that is text"),
            ("tenantry doc get Acme 507f1f77bcf86cd799439011 --canonical", "with the type of each value"),
            ("tenantry doc get Acme 7 --revision -o json", "with the revision that a replace needs"),
        ],
    ),
    (
        "doc count",
        &[
            ("tenantry doc count Acme", "all documents"),
            ("tenantry doc count Acme --filter status:open", "those of a query"),
            ("tenantry doc count --id 6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11 -o json", "for scripts"),
        ],
    ),
    (
        "doc insert",
        &[
            ("tenantry doc insert Acme", "documents from stdin, one a line"),
            ("tenantry doc insert Acme -n", "check each line, write nothing"),
            ("tenantry doc insert Acme -o jsonl", "print what became of each line"),
        ],
    ),
    (
        "doc replace",
        &[
            ("tenantry doc replace Acme ORD-1", "by the document on stdin"),
            (
                "tenantry doc replace Acme ORD-1 --revision 0123456789abcdef0123456789abcdef",
                "only if nobody changed it",
            ),
            ("tenantry doc replace Acme ORD-1 -n", "check it and write nothing"),
        ],
    ),
    (
        "doc delete",
        &[
            ("tenantry doc delete Acme ORD-1", "ask for the id again"),
            ("tenantry doc delete Acme ORD-1 --confirm ORD-1", "without a prompt"),
            ("tenantry doc delete Acme ORD-1 -n", "check it and write nothing"),
        ],
    ),
    (
        "doc indexes",
        &[
            ("tenantry doc indexes Acme", "names, fields, sizes"),
            ("tenantry doc indexes Acme -o name", "only the names"),
            ("tenantry doc indexes Acme -o json", "for scripts"),
        ],
    ),
    (
        "org export",
        &[
            ("tenantry org export \"Acme Corp\"", "into the working folder"),
            (
                "tenantry org export \"Acme Corp\" --to /backup/acme.tar.gz --force",
                "over the last one, from cron",
            ),
            ("tenantry org export \"Acme Corp\" --documents-only -n", "check it and write nothing"),
        ],
    ),
    (
        "org import",
        &[
            ("tenantry org import acme_corp-2026-11-29.tar.gz", "prompt for the admin's password"),
            ("tenantry org import acme.tar.gz --name Copy --admin-email qa@acme.example", "as a copy"),
            ("tenantry org import acme.tar.gz -n", "check the file and write nothing"),
        ],
    ),
    (
        "operator",
        &[
            ("tenantry operator add kim@example.com", "add an operator"),
            ("tenantry operator list", "list all operators"),
            ("tenantry operator remove kim@example.com", "remove an operator"),
        ],
    ),
    (
        "operator add",
        &[
            ("tenantry operator add kim@example.com", "prompt for the password"),
            ("tenantry operator add kim@example.com --password-file pw", "without a prompt"),
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
            ("tenantry operator remove kim@example.com", "prompt for the email"),
            ("tenantry operator remove kim@example.com --confirm kim@example.com", "without a prompt"),
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
            ("tenantry audit list --since 7d", "entries of the last week"),
            ("tenantry audit list --filter 'action:deleted since:30d'", "what was deleted in 30 days"),
        ],
    ),
    (
        "audit list",
        &[
            (
                "tenantry audit list --organization \"Acme Corp\" --since 7d",
                "about one organization, last week",
            ),
            ("tenantry audit list --filter 'acme !failed since:30d'", "words, fields, ! for not"),
            ("tenantry audit list --all -o jsonl", "everything, one entry a line"),
        ],
    ),
    (
        "doctor",
        &[
            ("tenantry doctor", "report where records and collections disagree"),
            ("tenantry doctor --repair", "make the repairs that lose no data, after a prompt"),
            ("tenantry doctor --repair --yes -o json", "from a script"),
        ],
    ),
    #[cfg(feature = "http")]
    (
        "serve",
        &[
            ("tenantry serve", "on http://127.0.0.1:8000; its documentation is at /docs"),
            ("tenantry serve --listen 0.0.0.0:8000 --behind-tls-proxy", "behind a proxy with TLS"),
            ("tenantry serve --listen [::]:443 --tls-cert c.pem --tls-key k.pem", "with TLS of its own"),
        ],
    ),
    (
        "adopt",
        &[
            ("tenantry adopt", "what of the earlier service can be adopted, and what not"),
            ("tenantry adopt --apply", "adopt the sound organizations"),
            ("tenantry adopt --apply --resolve decisions.jsonl", "and those that you decided about"),
        ],
    ),
    (
        "demo",
        &[
            ("tenantry demo", "300 organizations in a temporary store"),
            ("tenantry demo --organizations 10000", "more of them"),
            ("tenantry demo --keep demo-store", "keep the store"),
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
            ("tenantry man > tenantry.1", "save it"),
            ("tenantry man | less", "show its source"),
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
