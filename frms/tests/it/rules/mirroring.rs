//! Money that goes straight through.

use super::scenes::{Layers, Table};

pub const TABLES: &[Table] = &[
    Table {
        rule: "024",
        layers: Layers::Both,
        rows: "
                                                  | ann>bob:100 | - .x01 |
bob>cy:100@1h                                     | ann>bob:100 | 1 .01                  | 1
bob>cy:90@1h                                      | ann>bob:100 | 1 .01                  | 1
bob>cy:89.9999@1h                                 | ann>bob:100 | - .x03 |
bob>cy:110@1h                                     | ann>bob:100 | 1 .01                  | 1
bob>cy:110.0001@1h                                | ann>bob:100 | - .x03 |
2*bob>cy:50@1h                                    | ann>bob:100 | 2 .02                  | 2 1
4*bob>cy:25@1h                                    | ann>bob:100 | 4 .02                  | 4..1
bob>cy:60@1h bob>cy:60@2h                         | ann>bob:100 | - .x03 |
bob>cy:100@2h bob>cy:300@1h                       | ann>bob:100 | - .x03 |
bob>cy:300@2h bob>cy:100@1h                       | ann>bob:100 | 1 .01                  | 2
bob>cy:100@1d-1ms                                 | ann>bob:100 | 1 .01                  | 1
bob>cy:100@1d                                     | ann>bob:100 | - .x01 |
bob>cy:50@1h bob>cy:50@1d                         | ann>bob:100 | - .x03 |
bob>cy:70USD@1h bob>cy:100@2h                     | ann>bob:100 | 1 .01                  | 2
bob>cy:100USD@1h                                  | ann>bob:100 | - .x01 |
!bob>cy:100@1h cy>bob:100@1h ann>cy:100@1h        | ann>bob:100 | - .x01 |
                                                  | ann>-       | - .err CreditorAccount |
",
    },
    Table {
        rule: "025",
        layers: Layers::Both,
        rows: "
                                                  | ann>bob:100 | - .x01 |
cy>ann:100@1h                                     | ann>bob:100 | 1 .01                | 1
cy>ann:90@1h                                      | ann>bob:100 | 1 .01                | 1
cy>ann:89.9999@1h                                 | ann>bob:100 | - .x03 |
cy>ann:110@1h                                     | ann>bob:100 | 1 .01                | 1
cy>ann:110.0001@1h                                | ann>bob:100 | - .x03 |
cy>ann:50@1h dan>ann:50@2h                        | ann>bob:100 | 2 .02                | 1 2
cy>ann:300@2h cy>ann:100@1h                       | ann>bob:100 | 1 .01                | 2
cy>ann:100@1d-1ms                                 | ann>bob:100 | 1 .01                | 1
cy>ann:100@1d                                     | ann>bob:100 | - .x01 |
cy>ann:100USD@1h                                  | ann>bob:100 | - .x01 |
!cy>ann:100@1h ann>cy:100@1h cy>bob:100@1h        | ann>bob:100 | - .x01 |
                                                  | ->bob       | - .err DebtorAccount |
",
    },
    // A tenth is kept: 100 go on of 111.1111; with the tolerance 90 to 110 go on of it.
    Table {
        rule: "026",
        layers: Layers::Both,
        rows: "
                                                  | ann>bob:90     | - .x01 |
bob>cy:100@1h                                     | ann>bob:90     | 1 .01                  | 1
bob>cy:100@1h                                     | ann>bob:81.8182 | 1 .01                 | 1
bob>cy:100@1h                                     | ann>bob:81.8181 | - .x03 |
bob>cy:100@1h                                     | ann>bob:100    | 1 .01                  | 1
bob>cy:100@1h                                     | ann>bob:100.0001 | - .x03 |
2*bob>cy:50@1h                                    | ann>bob:90     | 2 .02                  | 2 1
bob>cy:100@1d-1ms                                 | ann>bob:90     | 1 .01                  | 1
bob>cy:100@1d                                     | ann>bob:90     | - .x01 |
bob>cy:100USD@1h                                  | ann>bob:90     | - .x01 |
!bob>cy:100@1h cy>bob:100@1h                      | ann>bob:90     | - .x01 |
                                                  | ann>-          | - .err CreditorAccount |
",
    },
    Table {
        rule: "027",
        layers: Layers::Both,
        rows: "
                                                  | ann>bob:90     | - .x01 |
cy>ann:100@1h                                     | ann>bob:90     | 1 .01                | 1
cy>ann:100@1h                                     | ann>bob:81.8182 | 1 .01               | 1
cy>ann:100@1h                                     | ann>bob:81.8181 | - .x03 |
cy>ann:100@1h                                     | ann>bob:100    | 1 .01                | 1
cy>ann:100@1h                                     | ann>bob:100.0001 | - .x03 |
cy>ann:40@1h dan>ann:60@2h                        | ann>bob:90     | 2 .02                | 1 2
cy>ann:100@1d-1ms                                 | ann>bob:90     | 1 .01                | 1
cy>ann:100@1d                                     | ann>bob:90     | - .x01 |
cy>ann:100USD@1h                                  | ann>bob:90     | - .x01 |
!cy>ann:100@1h ann>cy:100@1h                      | ann>bob:90     | - .x01 |
                                                  | ->bob          | - .err DebtorAccount |
",
    },
];

#[test]
fn mirroring_rules_at_every_edge() {
    TABLES.iter().for_each(Table::holds);
}
