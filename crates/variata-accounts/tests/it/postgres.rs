//! The suite on PostgreSQL, where a test server's address is given.

use variata_accounts::Database;

use crate::conformance::suite;

/// Names an empty database, for example `postgres://postgres@127.0.0.1:5433/postgres`.
const ADDRESS: &str = "VARIATA_TEST_POSTGRES";

/// Names another one with `sslmode=verify-full&sslrootcert=…` at its end.
const ADDRESS_BY_TLS: &str = "VARIATA_TEST_POSTGRES_TLS";

#[tokio::test]
async fn postgres_passes_the_suite() {
    let Ok(address) = std::env::var(ADDRESS) else {
        println!("skipped: {ADDRESS} names no database");
        return;
    };
    suite(&Database::open(&address).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_is_spoken_to_by_tls_and_only_with_a_certificate_that_is_trusted() {
    let Ok(address) = std::env::var(ADDRESS_BY_TLS) else {
        println!("skipped: {ADDRESS_BY_TLS} names no database");
        return;
    };
    let database = Database::open(&address).await.unwrap();
    assert!(database.list_keys().await.unwrap().is_empty());
    let (untrusting, _) = address.split_once("&sslrootcert=").unwrap();
    let refused = Database::open(untrusting).await.unwrap_err();
    let source = std::error::Error::source(&refused).unwrap().to_string();
    assert!(source.contains("certificate"), "{source}");
}
