//! What every store of several nodes must do with a lane whose rows no lock has put in an order: two
//! nodes that answer a question about nothing have no row in common. Such rows have no order between
//! themselves; whatever is committed after them comes after both, and is one node's.

use std::sync::Arc;

use bytes::Bytes;
use switch_store::{Batch, NewOutboxRow, OutboxId, OutboxRow, OutboxRows, Store, Transaction};

use crate::place::{Place, clocks};

macro_rules! over_each_shared_place {
    ($($test:ident)*) => {
        mod in_shared_memory {
            $(#[tokio::test] async fn $test() {
                super::$test(crate::place::Place::shared_memory()).await
            })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $test() {
                if let Some(place) = crate::place::Place::postgres().await {
                    super::$test(place).await;
                }
            })*
        }
    };
}

over_each_shared_place! {
    a_node_whose_row_is_the_last_waits_for_an_earlier_one_of_another
    a_third_node_waits_for_both
    a_row_behind_what_has_still_to_be_given_waits_with_it
    what_waits_for_two_nodes_is_not_handed_to_and_fro
    rows_that_wait_behind_one_node_all_go_to_it_at_once
}

type Node = Arc<dyn Store>;

async fn nodes<const COUNT: usize>(place: &Place) -> [Node; COUNT] {
    let mut nodes = Vec::new();
    for _ in 0..COUNT {
        nodes.push(place.node(clocks().1).await.unwrap());
    }
    nodes.try_into().ok().unwrap()
}

/// A batch with its numbers drawn.
async fn drawn(node: &Node) -> Box<dyn Transaction> {
    let mut transaction = node.begin().await.unwrap();
    transaction.load(&[], &[]).await.unwrap();
    transaction
}

/// Commits one row a body to the lane; returns the rows, and whether each is this node's to send now.
async fn end(
    mut transaction: Box<dyn Transaction>,
    bodies: &[&'static str],
) -> Vec<(OutboxRow, bool)> {
    let claimant = transaction.claimant();
    let new = |body: &&'static str| NewOutboxRow {
        destination: "payer".into(),
        resource: "transfers/1".into(),
        deadline: None,
        kind: 1,
        body: Bytes::from_static(body.as_bytes()),
    };
    let rows = bodies.iter().map(|body| new(body).numbered(transaction.next_outbox_id(), claimant));
    let outbox: Vec<OutboxRow> = rows.collect();
    let batch = Batch { outbox: outbox.clone(), ..Batch::default() };
    let handed = transaction.commit(batch).await.unwrap().handed;
    let own = outbox.into_iter().map(|row| (row.clone(), !handed.contains(&row.id)));
    own.collect()
}

async fn send(node: &Node, body: &'static str) -> (OutboxRow, bool) {
    end(drawn(node).await, &[body]).await.remove(0)
}

async fn remove(node: &Node, row: &OutboxRow) {
    let batch = Batch { removed: vec![row.id], ..Batch::default() };
    drawn(node).await.commit(batch).await.unwrap();
}

async fn taken(node: &Node) -> Vec<String> {
    let rows = node.take_over().await.unwrap();
    rows.into_iter().map(|row| String::from_utf8(row.body.to_vec()).unwrap()).collect()
}

/// What each node is given, until nobody is given any more.
async fn given(nodes: &[&Node]) -> Vec<Vec<String>> {
    let mut given = vec![Vec::new(); nodes.len()];
    for _ in 0..4 {
        for (node, given) in nodes.iter().zip(&mut given) {
            given.extend(taken(node).await);
        }
    }
    given
}

/// One row of each of two nodes, neither of which has seen the other's: the first one's number is lower,
/// the second one's commit earlier.
async fn crossed(first: &Node, second: &Node) -> (OutboxRow, OutboxRow) {
    let slow = drawn(first).await;
    let (two, own) = send(second, "two").await;
    assert!(own, "a new lane is its maker's");
    let (one, own) = end(slow, &["one"]).await.remove(0);
    assert!(own && one.id < two.id);
    (one, two)
}

async fn a_node_whose_row_is_the_last_waits_for_an_earlier_one_of_another(place: Place) {
    let [first, second] = nodes(&place).await;
    let (one, two) = crossed(&first, &second).await;
    let (_, own) = send(&second, "three").await;
    assert!(!own, "it would overtake the first one's");
    assert_eq!(given(&[&first, &second]).await, [vec![], vec![]] as [Vec<String>; 2]);
    remove(&first, &one).await;
    assert_eq!(given(&[&first, &second]).await, [vec![], vec!["three".to_owned()]]);
    remove(&second, &two).await;
    let (_, own) = send(&second, "four").await;
    assert!(own, "the lane is its own now");
}

async fn a_third_node_waits_for_both(place: Place) {
    let [first, second, third] = nodes(&place).await;
    let (one, two) = crossed(&first, &second).await;
    let (_, own) = send(&third, "three").await;
    assert!(!own);
    let all = [&first, &second, &third];
    assert_eq!(given(&all).await.concat(), [""; 0]);
    remove(&second, &two).await;
    // What went before it is the first one's now, as it is.
    assert_eq!(given(&all).await, [vec!["three".to_owned()], vec![], vec![]]);
    remove(&first, &one).await;
    assert_eq!(given(&all).await.concat(), [""; 0], "given out once");
}

async fn a_row_behind_what_has_still_to_be_given_waits_with_it(place: Place) {
    let [first, second] = nodes(&place).await;
    let (one, _) = crossed(&first, &second).await;
    for body in ["three", "four"] {
        let (_, own) = send(&first, body).await;
        assert!(!own, "{body}");
    }
    remove(&first, &one).await;
    assert_eq!(given(&[&first, &second]).await.concat(), ["three", "four"]);
}

async fn what_waits_for_two_nodes_is_not_handed_to_and_fro(place: Place) {
    let [first, second, third] = nodes(&place).await;
    crossed(&first, &second).await;
    let (three, _) = send(&third, "three").await;
    let mut holders = Vec::new();
    for _ in 0..3 {
        for node in [&second, &first] {
            assert_eq!(taken(node).await, [""; 0]);
            let rows = node.outbox(OutboxRows::All, OutboxId(three.id.0 - 1), 1).await.unwrap();
            holders.push(rows[0].claimed_by.unwrap());
        }
    }
    let second = drawn(&second).await.claimant();
    assert!(holders.iter().all(|holder| *holder == second), "{holders:?}");
}

async fn rows_that_wait_behind_one_node_all_go_to_it_at_once(place: Place) {
    let [first, second] = nodes(&place).await;
    let (_, two) = crossed(&first, &second).await;
    let waiting = end(drawn(&second).await, &["three", "four", "five"]).await;
    assert!(waiting.iter().all(|(_, own)| !own));
    remove(&second, &two).await;
    assert_eq!(taken(&second).await, [""; 0], "they are handed on");
    assert_eq!(taken(&first).await, ["three", "four", "five"]);
}
