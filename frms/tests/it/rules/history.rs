//! What an account did in all its life.

use super::scenes::{Layers, Table};

pub const TABLES: &[Table] = &[
    Table {
        rule: "001",
        layers: Layers::Own,
        rows: "
                          | ann>bob | - .x01 |
cy>bob@0ms                | ann>bob | 0 .01 |
cy>bob@1d-1ms             | ann>bob | 1d-1ms .01 |
cy>bob@1d                 | ann>bob | 1d .02 |
cy>bob@30d-1ms            | ann>bob | 30d-1ms .02 |
cy>bob@30d                | ann>bob | 30d .03 |
cy>bob@90d-1ms            | ann>bob | 90d-1ms .03 |
cy>bob@90d                | ann>bob | 90d .04 |
cy>bob@1h cy>bob@2d       | ann>bob | 2d .02 |
bob>cy@90d cy>bob@1h      | ann>bob | 90d .04 |
?bob>cy@1h                | ann>bob | 1h .01 |
?bob>cy@3h !bob>cy@2h     | ann>bob | 3h .01 |
!bob>cy@90d               | ann>bob | 90d .04 |
!cy>bob@90d               | ann>bob | - .x01 |
?cy>bob@90d               | ann>bob | - .x01 |
ann>cy@90d                | ann>bob | - .x01 |
cy>bob:5USD@90d           | ann>bob | 90d .04 |
                          | bob>bob | - .x01 |
bob>bob@0ms               | bob>bob | 0 .01 |
                          | ann>-   | - .err CreditorAccount |
",
    },
    Table {
        rule: "003",
        layers: Layers::Own,
        rows: "
                          | ann>bob | - .x01 |
cy>bob@0ms                | ann>bob | 0 .01 |
cy>bob@3mo-1ms            | ann>bob | 3mo-1ms .01 |
cy>bob@3mo                | ann>bob | 3mo .02 |
cy>bob@12mo-1ms           | ann>bob | 12mo-1ms .02 |
cy>bob@12mo               | ann>bob | 12mo .03 |
bob>cy@12mo               | ann>bob | 12mo .03 |
bob>cy@1h cy>bob@12mo     | ann>bob | 1h .01 |
bob>cy@12mo cy>bob@1h     | ann>bob | 1h .01 |
!bob>cy@1h cy>bob@12mo    | ann>bob | 1h .01 |
?bob>cy@1h cy>bob@12mo    | ann>bob | 1h .01 |
!cy>bob@1h cy>bob@12mo    | ann>bob | 12mo .03 |
?cy>bob@1h cy>bob@12mo    | ann>bob | 12mo .03 |
ann>cy@1h                 | ann>bob | - .x01 |
                          | bob>bob | - .x01 |
                          | ann>-   | - .err CreditorAccount |
",
    },
    Table {
        rule: "004",
        layers: Layers::Own,
        rows: "
                          | ann>bob | - .x01 |
cy>ann@0ms                | ann>bob | 0 .01 |
cy>ann@3mo-1ms            | ann>bob | 3mo-1ms .01 |
cy>ann@3mo                | ann>bob | 3mo .02 |
cy>ann@12mo-1ms           | ann>bob | 12mo-1ms .02 |
cy>ann@12mo               | ann>bob | 12mo .03 |
ann>cy@12mo               | ann>bob | 12mo .03 |
ann>cy@1h cy>ann@12mo     | ann>bob | 1h .01 |
ann>cy@12mo cy>ann@1h     | ann>bob | 1h .01 |
!ann>cy@1h cy>ann@12mo    | ann>bob | 1h .01 |
?ann>cy@1h cy>ann@12mo    | ann>bob | 1h .01 |
!cy>ann@1h cy>ann@12mo    | ann>bob | 12mo .03 |
?cy>ann@1h cy>ann@12mo    | ann>bob | 12mo .03 |
cy>bob@1h                 | ann>bob | - .x01 |
                          | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "018",
        layers: Layers::Settled,
        rows: "
                                             | ann>bob       | - .x01 |
ann>cy:100@1h                                | ann>bob:100   | 1 .01                | 1
ann>cy:100@1h                                | ann>bob:149.9999 | 1.499999 .01      | 1
ann>cy:100@1h                                | ann>bob:150   | 1.5 .02              | 1
ann>cy:100@1h ann>cy:40@1min                 | ann>bob:150   | 1.5 .02              | 1
ann>cy:40@1h ann>cy:100@1min                 | ann>bob:150   | 1.5 .02              | 2
ann>cy:100@3mo-1ms                           | ann>bob:150   | 1.5 .02              | 1
ann>cy:100@3mo                               | ann>bob:150   | - .x01 |
ann>cy:100@3mo ann>cy:50@3mo-1ms             | ann>bob:150   | 3 .02                | 2
ann>cy:50@1d ann>cy:100@3mo-1h               | ann>bob:150   | 1.5 .02              | 2
ann>cy:50@1d ann>cy:100@3mo                  | ann>bob:150   | 3 .02                | 1
ann>cy:900USD@1h ann>cy:100@1h               | ann>bob:100   | 1 .01                | 2
ann>cy:900USD@1h                             | ann>bob:100   | - .x01 |
!ann>cy:900@1h ann>cy:100@1h                 | ann>bob:100   | 1 .01                | 2
cy>ann:900@1h                                | ann>bob:100   | - .x01 |
                                             | ->bob         | - .err DebtorAccount |
",
    },
    // 90, 110: mean 100, deviation of the population 10 (of a sample it would be 14.1).
    Table {
        rule: "020",
        layers: Layers::Settled,
        rows: "
                                             | ann>bob          | - .x01 |
cy>bob:100@1h                                | ann>bob:100.0001 | - .x03 |
cy>bob:100@1h                                | ann>bob:100      | - .x04 |
3*cy>bob:100@900d                            | ann>bob:99       | - .x04 |
cy>bob:90@900d cy>bob:110@1h                 | ann>bob:129.9999 | 129.9999 .01 |
cy>bob:90@900d cy>bob:110@1h                 | ann>bob:130      | 130 .02 |
cy>bob:90@900d cy>bob:110@1h                 | ann>bob:149.9999 | 149.9999 .02 |
cy>bob:90@900d cy>bob:110@1h                 | ann>bob:150      | 150 .03 |
cy>bob:90@900d cy>bob:110@1h cy>bob:9USD@1h  | ann>bob:150      | 150 .03 |
cy>bob:90USD@1h cy>bob:110@1h                | ann>bob:150      | - .x03 |
!cy>bob:9999@1h cy>bob:90@1h cy>bob:110@1h   | ann>bob:150      | 150 .03 |
bob>cy:90@1h bob>cy:110@1h                   | ann>bob:150      | - .x01 |
                                             | ann>-            | - .err CreditorAccount |
",
    },
    Table {
        rule: "048",
        layers: Layers::Settled,
        rows: "
                                             | ann>bob          | - .x01 |
ann>cy:100@1h                                | ann>bob:100.0001 | - .x03 |
ann>cy:100@1h                                | ann>bob:100      | - .x04 |
3*ann>cy:100@900d                            | ann>bob:99       | - .x04 |
ann>cy:90@900d ann>cy:110@1h                 | ann>bob:129.9999 | 129.9999 .01 |
ann>cy:90@900d ann>cy:110@1h                 | ann>bob:130      | 130 .02 |
ann>cy:90@900d ann>cy:110@1h                 | ann>bob:149.9999 | 149.9999 .02 |
ann>cy:90@900d ann>cy:110@1h                 | ann>bob:150      | 150 .03 |
ann>cy:90USD@1h ann>cy:110@1h                | ann>bob:150      | - .x03 |
cy>ann:90@1h cy>ann:110@1h                   | ann>bob:150      | - .x01 |
                                             | ->bob            | - .err DebtorAccount |
",
    },
    Table {
        rule: "030",
        layers: Layers::Settled,
        rows: "
                                       | ann>bob  | 1 .01 |
ann>bob@900d                           | ann>bob  | 2 .02 |
2*ann>bob@1h                           | ann>bob  | 3 .03 |
ann>bob:5USD@1h                        | ann>bob  | 2 .02 |
9*ann>cy@1h 9*cy>bob@1h 9*bob>ann@1h   | ann>bob  | 1 .01 |
9*ann>bob/blue@1h                      | ann>bob  | 1 .01 |
!ann>bob@1h                            | ann>bob  | 1 .01 |
                                       | ->bob    | - .err DebtorAccount |
                                       | ann>-    | - .err CreditorAccount |
",
    },
    Table {
        rule: "044",
        layers: Layers::Settled,
        rows: "
                                       | ann>bob  | 1 .02 |
ann>cy@900d                            | ann>bob  | 2 .03 |
2*ann>cy@1h                            | ann>bob  | 3 .04 |
99*ann>cy:5USD@1h                      | ann>bob  | 100 .04 |
9*cy>ann@1h !ann>bob@1h                | ann>bob  | 1 .02 |
                                       | ->bob    | - .err DebtorAccount |
",
    },
    Table {
        rule: "045",
        layers: Layers::Settled,
        rows: "
                                       | ann>bob  | 1 .02 |
cy>bob@900d                            | ann>bob  | 2 .03 |
2*cy>bob@1h                            | ann>bob  | 3 .04 |
99*cy>bob:5USD@1h                      | ann>bob  | 100 .04 |
9*bob>cy@1h !ann>bob@1h                | ann>bob  | 1 .02 |
                                       | ann>-    | - .err CreditorAccount |
",
    },
    Table {
        rule: "083",
        layers: Layers::Settled,
        rows: "
                                       | ann>bob       | 1 .01 |
ann>cy@900d                            | ann>bob       | 1 .01 |
ann/blue>cy@900d                       | ann>bob       | 2 .02 |
cy>ann/blue@1h cy>ann/red@1h           | ann>bob       | 3 .02 |
ann/blue=zoe>cy@1h                     | ann>bob       | 1 .01 |
cy/red=ann>bob@1h                      | ann>bob       | 2 .02 |
!ann/blue>cy@1h ?ann/red>cy@1h         | ann>bob       | 1 .01 |
                                       | ->bob         | - .err DebtorAccount |
",
    },
    Table {
        rule: "084",
        layers: Layers::Settled,
        rows: "
                                       | ann>bob       | 1 .01 |
cy>bob@900d                            | ann>bob       | 1 .01 |
cy>bob/blue@900d                       | ann>bob       | 2 .02 |
bob/blue>cy@1h bob/red>cy@1h           | ann>bob       | 3 .02 |
cy>bob/blue=zoe@1h                     | ann>bob       | 1 .01 |
!bob/blue>cy@1h ?bob/red>cy@1h         | ann>bob       | 1 .01 |
                                       | ann>-         | - .err CreditorAccount |
",
    },
];

#[test]
fn rules_of_a_whole_life_at_every_edge() {
    TABLES.iter().for_each(Table::holds);
}
