//! Printing a query for MongoDB.

use super::super::raw::{Builder, Value};
use super::ast::{Clause, List, Negation, Test};
use bson::RawDocumentBuf;

/// The filter of clauses that all hold.
pub(super) fn print(clauses: &[Clause]) -> RawDocumentBuf {
    let mut builder = Builder::default();
    put_clauses(&mut builder, clauses);
    // The builder writes the length; a filter is far from the limit of documents.
    RawDocumentBuf::from_bytes(builder.finish()).unwrap_or_default()
}

fn put_clauses(builder: &mut Builder, clauses: &[Clause]) {
    let mut names: Vec<&str> = clauses.iter().map(name).collect();
    names.sort_unstable();
    if names.windows(2).all(|pair| matches!(pair, [one, other] if one != other)) {
        for clause in clauses {
            put_clause(builder, clause);
        }
    } else {
        // A document has each name once.
        let branches: Vec<&[Clause]> = clauses.chunks(1).collect();
        put_branches(builder, "$and", &branches);
    }
}

fn name(clause: &Clause) -> &str {
    match clause {
        Clause::And(_) => "$and",
        Clause::Or(_) => "$or",
        Clause::Nor(_) => "$nor",
        Clause::Field(path, _) => path.text(),
    }
}

fn put_clause(builder: &mut Builder, clause: &Clause) {
    match clause {
        Clause::And(branches) | Clause::Or(branches) | Clause::Nor(branches) => {
            put_branches(builder, name(clause), branches);
        }
        Clause::Field(path, tests) => {
            builder.begin_document(path.text().as_bytes());
            put_tests(builder, tests);
            builder.end();
        }
    }
}

fn put_branches(builder: &mut Builder, operator: &str, branches: &[impl AsRef<[Clause]>]) {
    builder.begin_array(operator.as_bytes());
    for (place, branch) in branches.iter().enumerate() {
        builder.begin_document(place.to_string().as_bytes());
        put_clauses(builder, branch.as_ref());
        builder.end();
    }
    builder.end();
}

fn put_tests(builder: &mut Builder, tests: &[Test]) {
    for test in tests {
        put_test(builder, test);
    }
}

fn put_test(builder: &mut Builder, test: &Test) {
    match test {
        Test::Compare(comparison, operand) => {
            builder.put(comparison.operator().as_bytes(), &operand.value.get());
        }
        Test::In(list) => put_list(builder, "$in", list),
        Test::Exists => {
            builder.put(b"$exists", &Value::Boolean(true));
        }
        Test::Type(types) => {
            builder.begin_array(b"$type");
            for (place, number) in types.iter().enumerate() {
                // MinKey has the number -1.
                let number = i32::from(*number);
                let number = if number == 0xff { -1 } else { number };
                builder.put(place.to_string().as_bytes(), &Value::Int32(number));
            }
            builder.end();
        }
        Test::Size(size) => {
            builder.put(b"$size", &Value::Int64(i64::try_from(*size).unwrap_or(i64::MAX)));
        }
        Test::All(tests) => put_all(builder, tests),
        Test::ElementDocument(clauses) => {
            builder.begin_document(b"$elemMatch");
            put_clauses(builder, clauses);
            builder.end();
        }
        Test::Element(tests) => {
            builder.begin_document(b"$elemMatch");
            put_tests(builder, tests);
            builder.end();
        }
        Test::Regex(pattern) => {
            builder.put(b"$regex", &pattern.for_mongo());
        }
        Test::Not(negation, tests) => put_negation(builder, *negation, tests),
    }
}

fn put_list(builder: &mut Builder, operator: &str, list: &List) {
    builder.begin_array(operator.as_bytes());
    let values = list.values.iter().map(|operand| operand.value.get());
    let patterns = list.patterns.iter().map(|pattern| pattern.for_mongo());
    for (place, value) in values.chain(patterns).enumerate() {
        builder.put(place.to_string().as_bytes(), &value);
    }
    builder.end();
}

fn put_all(builder: &mut Builder, tests: &[Test]) {
    builder.begin_array(b"$all");
    for (place, test) in tests.iter().enumerate() {
        let place = place.to_string();
        if let Test::Compare(_, operand) = test {
            builder.put(place.as_bytes(), &operand.value.get());
        } else if let Test::Regex(pattern) = test {
            builder.put(place.as_bytes(), &pattern.for_mongo());
        } else {
            builder.begin_document(place.as_bytes());
            put_test(builder, test);
            builder.end();
        }
    }
    builder.end();
}

fn put_negation(builder: &mut Builder, negation: Negation, tests: &[Test]) {
    match (negation, tests) {
        (Negation::NotEqual, [Test::Compare(_, operand)]) => {
            builder.put(b"$ne", &operand.value.get());
        }
        (Negation::NotIn, [Test::In(list)]) => put_list(builder, "$nin", list),
        (Negation::Missing, [Test::Exists]) => {
            builder.put(b"$exists", &Value::Boolean(false));
        }
        _ => {
            builder.begin_document(b"$not");
            put_tests(builder, tests);
            builder.end();
        }
    }
}
