//! Whose turn it is.

use variata_dispatch::Limits;

use crate::support::{Stage, small};

/// The order in which jobs start, given as tenant and count, while a first one keeps them waiting.
async fn order_of(jobs: &[(&str, u64)]) -> Vec<u64> {
    let roomy = Limits { capacity_images: 1000, tenant_capacity_images: 1000, ..small() };
    let mut stage = Stage::new(roomy);
    let mut all = vec![stage.submit("first", 1000, 1).await.unwrap()];
    stage.next_start().await;
    for (seed, (tenant, count)) in (0..).zip(jobs) {
        all.push(stage.submit(tenant, seed, *count).await.unwrap());
    }
    stage.gate.allow(1000);
    let mut order = Vec::new();
    for _ in jobs {
        order.push(stage.next_start().await);
    }
    order
}

#[tokio::test]
async fn one_tenant_is_served_in_the_order_of_its_jobs() {
    assert_eq!(order_of(&[("a", 1), ("a", 10), ("a", 2), ("a", 1)]).await, [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_flood_of_one_tenant_delays_another_by_one_turn() {
    let mut jobs = vec![("flood", 1); 50];
    jobs.push(("modest", 1));
    let order = order_of(&jobs).await;
    assert_eq!(order[..3], [0, 50, 1]);
}

#[tokio::test]
async fn turns_are_counted_in_images() {
    let jobs = [("small", 1), ("small", 1), ("small", 1), ("small", 1), ("large", 3)];
    // Three images of one, then three of the other.
    assert_eq!(order_of(&jobs).await, [0, 1, 2, 4, 3]);
}

#[tokio::test]
async fn equal_tenants_alternate() {
    let jobs = [("a", 5), ("a", 5), ("b", 5), ("b", 5), ("c", 5)];
    assert_eq!(order_of(&jobs).await, [0, 2, 4, 1, 3]);
}
