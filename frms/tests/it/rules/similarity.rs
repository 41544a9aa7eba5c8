//! Payments that are like each other.

use super::scenes::{Layers, Table};

pub const TABLES: &[Table] = &[
    Table {
        rule: "006",
        layers: Layers::Both,
        rows: "
                                           | ann>bob:100 | - .x01 |
ann>cy:100@1h                              | ann>bob:100 | 2 .02                | 1
ann>cy:90@1h                               | ann>bob:100 | 2 .02                | 1
ann>cy:89.9999@1h                          | ann>bob:100 | 1 .01 |
ann>cy:110@1h                              | ann>bob:100 | 2 .02                | 1
ann>cy:110.0001@1h                         | ann>bob:100 | 1 .01 |
2*ann>cy:100@1h                            | ann>bob:100 | 3 .03                | 2 1
9*ann>cy:100@1h                            | ann>bob:100 | 3 .03                | 9 8
2*ann>cy:100@2h 2*ann>cy:50@1h             | ann>bob:100 | 1 .01 |
2*ann>cy:100@1h 2*ann>cy:50@2h             | ann>bob:100 | 3 .03                | 2 1
2*ann>cy:100@900d                          | ann>bob:100 | 3 .03                | 2 1
2*ann>cy:100USD@1h                         | ann>bob:100 | 1 .01 |
!ann>cy:100@1h cy>ann:100@1h cy>bob:100@1h | ann>bob:100 | - .x01 |
                                           | ->bob       | - .err DebtorAccount |
",
    },
    Table {
        rule: "008",
        layers: Layers::Both,
        rows: "
                                           | ann>bob     | - .x01 |
ann>cy@1h                                  | ann>bob     | 1 .01 |
ann>bob@1h                                 | ann>bob     | 2 .02                  | 1
2*ann>bob@1h                               | ann>bob     | 3 .03                  | 2 1
9*ann>bob:5USD@1h                          | ann>bob     | 3 .03                  | 9 8
ann>cy@1h ann>bob@2h                       | ann>bob     | 2 .02                  | 2
2*ann>cy@1h ann>bob@2h                     | ann>bob     | 1 .01 |
2*ann>bob@900d                             | ann>bob     | 3 .03                  | 2 1
2*ann>bob/blue@1h                          | ann>bob     | 1 .01 |
!ann>bob@1h bob>ann@1h cy>bob@1h           | ann>bob     | - .x01 |
                                           | ->bob       | - .err DebtorAccount |
ann>cy@1h                                  | ann>-       | - .err CreditorAccount |
",
    },
    Table {
        rule: "007",
        layers: Layers::Settled,
        rows: "
                                              | ann>bob,for=rent    | - .x01 |
ann>cy@1h,for=rent                            | ann>bob,for=rent    | 0 .01 |
ann>cy@900d,for=rent                          | ann>bob,for=rents   | 1 .02 |
ann>cy@1h,for=kitten                          | ann>bob,for=sitting | 3 .02 |
ann>cy@1h,for=abcd                            | ann>bob,for=efgh    | 4 .02 |
ann>cy@1h,for=abcde                           | ann>bob,for=fghij   | 5 .03 |
ann>cy@1h,for=abcde                           | ann>bob,for=x       | 5 .03 |
ann>cy@1h,for=Grün                            | ann>bob,for=Grun    | 1 .02 |
ann>cy@2h,for=rent ann>cy@1h,for=loan         | ann>bob,for=loan    | 0 .01 |
ann>cy@1h,for=loan ann>cy@2h,for=rent         | ann>bob,for=loan    | 0 .01 |
ann>cy@2h,for=rent ann>cy@1h                  | ann>bob,for=rent    | - .x01 |
!ann>cy@1h,for=rent cy>ann@1h,for=rent        | ann>bob,for=rent    | - .x01 |
ann>cy@1h,for=rent                            | ann>bob             | - .err Description |
                                              | ->bob,for=rent      | - .err DebtorAccount |
",
    },
    Table {
        rule: "021",
        layers: Layers::Both,
        rows: "
                                                    | ann>bob:100 | - .x01 |
2*cy>bob:100@1h                                     | ann>bob:100 | 3 .01                  | 2 1
3*cy>bob:100@1h                                     | ann>bob:100 | 4 .02                  | 3..1
cy>bob:90@1h cy>bob:110@2h cy>bob:100@3h            | ann>bob:100 | 4 .02                  | 1 2 3
cy>bob:89.9999@1h cy>bob:110.0001@2h                | ann>bob:100 | 1 .01 |
3*cy>bob:100@1d-1ms                                 | ann>bob:100 | 4 .02                  | 3..1
cy>bob:100@1h 2*cy>bob:100@1d                       | ann>bob:100 | 2 .01                  | 1
3*cy>bob:100USD@1h                                  | ann>bob:100 | 1 .01 |
3*!cy>bob:100@1h 3*bob>cy:100@1h 3*ann>cy:100@1h    | ann>bob:100 | - .x01 |
                                                    | ann>-       | - .err CreditorAccount |
",
    },
];

#[test]
fn rules_of_similarity_at_every_edge() {
    TABLES.iter().for_each(Table::holds);
}

/// What was paid long ago is enough to compare with, and no longer counts.
#[test]
fn rule_021_knows_a_creditor_who_was_paid_long_ago() {
    let table = Table {
        rule: "021",
        layers: Layers::Own,
        rows: "
cy>bob:100@1d     | ann>bob:100 | 1 .01 |
cy>bob:100@900d   | ann>bob:100 | 1 .01 |
?cy>bob:100@2d    | ann>bob:100 | - .x01 |
",
    };
    table.holds();
}
