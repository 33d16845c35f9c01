//! The suite on PostgreSQL, where a test server's address is given.

use variata_accounts::Database;

use crate::conformance::suite;

/// Names an empty database, for example `postgres://postgres@127.0.0.1:5433/postgres`.
const ADDRESS: &str = "VARIATA_TEST_POSTGRES";

#[tokio::test]
async fn postgres_passes_the_suite() {
    let Ok(address) = std::env::var(ADDRESS) else {
        println!("skipped: {ADDRESS} names no database");
        return;
    };
    suite(&Database::open(&address).await.unwrap()).await;
}
