//! Valid URIs, and the errors about invalid ones.

use super::*;
use crate::domain::DatabaseName;
use rstest::rstest;
use std::time::Duration;

fn read(uri: &str) -> Result<Uri> {
    Uri::read(&MongoOptions {
        uri: uri.into(),
        database: DatabaseName::parse("master_db").unwrap(),
        lease: Duration::from_secs(30),
    })
}

fn codes(uri: &str) -> Vec<&'static str> {
    read(uri).unwrap().warnings.iter().map(|warning| warning.code.as_str()).collect()
}

#[rstest]
#[case("mongodb://localhost/", &[])]
#[case("  mongodb://127.0.0.1:27018/\n", &[])]
#[case("mongodb://[::1]:27018", &[])]
#[case("mongodb://%2Ftmp%2Fmongodb-27017.sock/", &[])]
#[case("mongodb://db1.internal/", &["not_encrypted"])]
#[case("mongodb://localhost,db1.internal/", &["not_encrypted"])]
#[case("mongodb://db1.internal/?tls=true", &[])]
#[case("mongodb+srv://db1.internal.example/", &[])]
#[case("mongodb+srv://db1.internal.example/?tls=false", &["not_encrypted"])]
#[case("mongodb://db1.internal/?tlsInsecure=true", &["tls_insecure"])]
#[case("mongodb://localhost/?tls=true&tlsAllowInvalidCertificates=true", &["tls_insecure"])]
#[case("mongodb+srv://db1.internal.example/?tlsInsecure=true", &["tls_insecure"])]
#[case("mongodb://db1.internal/?tlsInsecure=false", &[])]
#[case("mongodb://localhost/?useNewUrlParser=true&useUnifiedTopology=true", &["uri_option", "uri_option"])]
#[case("mongodb://localhost/?wtimeout=5&uuidRepresentation=standard&", &["uri_option", "uri_option"])]
#[case("mongodb://localhost/shop", &["uri_database"])]
#[case("mongodb://localhost/master_db", &[])]
#[case("mongodb://ann:secret@localhost/admin", &[])]
fn valid_uri_causes_the_expected_warnings(#[case] uri: &str, #[case] warned: &[&str]) {
    assert_eq!(codes(uri), warned);
}

#[rstest]
#[case("w=-3", "w")]
#[case("authMechanism=hunter2", "authMechanism")]
#[case("connectTimeoutMS=soon", "connectTimeoutMS")]
#[case("tls=true&connectTimeoutMS=1&retryWrites=maybe", "retryWrites")]
#[case("connectTimeoutMS=soon&retryWrites=maybe", "connectTimeoutMS")]
#[case("socketTimeoutMS=1000", "socketTimeoutMS")]
#[case("MAXPOOLSIZE=0", "maxPoolSize")]
#[case("maxConnecting=0", "maxConnecting")]
#[case("minPoolSize=9&maxPoolSize=3", "minPoolSize")]
#[case("heartbeatFrequencyMS=10", "heartbeatFrequencyMS")]
#[case("directConnection=true&loadBalanced=true", "loadBalanced")]
#[case("tlsCAFile=/hunter2/ca.pem", "tlsCAFile")]
#[case("tlsCAFile=/dev/null", "tlsCAFile")]
#[case("tlsCertificateKeyFile=/etc/hostname", "tlsCertificateKeyFile")]
#[case("tls=true&tls=true", "tls")]
#[case("tls=false&tlsInsecure=true", "tls")]
#[case("replicaSett=rs0", "replicaSett")]
#[case("compressors=zstd", "compressors")]
#[case("readPreference=hunter2", "readPreference")]
fn invalid_option_is_named_without_its_value(#[case] query: &str, #[case] option: &str) {
    let Err(Error::StoreUnusable(text)) = read(&format!("mongodb://a:secret@h/?{query}")) else {
        panic!("{query} is taken");
    };
    assert!(text.contains(&format!("the option {option} ")), "{query}: {text}");
    assert!(!text.contains("secret") && !text.contains("hunter2"), "{text}");
}

#[rstest]
#[case("", "does not begin")]
#[case("localhost:27017", "does not begin")]
#[case("postgres://h/", "does not begin")]
#[case("mongodb://ann:pa@ss@db1/", "percent-encoded")]
#[case("mongodb://ann:pa:ss@db1/", "percent-encoded")]
#[case("mongodb://ann:pa%ss@db1/", "percent-encoded")]
#[case("mongodb://ann:pa?ss@db1/", "no valid list of hosts")]
#[case("mongodb://db1:port/", "hosts")]
#[case("mongodb://", "hosts")]
#[case("mongodb://db1/a b", "database")]
#[case("mongodb+srv://db1:27017/", "exactly one host")]
#[case("mongodb+srv://a.example,b.example/", "exactly one host")]
#[case("mongodb://db1/?tls", "name=value")]
fn invalid_uri_error_names_the_wrong_part(#[case] uri: &str, #[case] part: &str) {
    let Err(Error::StoreUnusable(text)) = read(uri) else { panic!("{uri} is taken") };
    // A `?` in the password ends the part before the options.
    let is_cut = uri.contains("pa?ss");
    assert!(text.contains(part) || (is_cut && text.contains("name=value")), "{uri}: {text}");
    assert!(!text.contains("pa:ss") && !text.contains("pa@ss") && !text.contains("pa%ss"), "{text}");
}
