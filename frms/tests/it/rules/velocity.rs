//! How many, how often, how fast.

use super::scenes::{Layers, Table};

pub const TABLES: &[Table] = &[
    Table {
        rule: "002",
        layers: Layers::Both,
        rows: "
                                   | ann>bob  | 0 .01 |
4*cy>ann@1h                        | ann>bob  | 4 .01                | 4..1
5*cy>ann@1h                        | ann>bob  | 5 .02                | 5..1
3*cy>ann@1h dan>ann@2h eve>ann@1s  | ann>bob  | 5 .02                | 5 3..1 4
cy>ann@1d-1ms                      | ann>bob  | 1 .01                | 1
cy>ann@1d                          | ann>bob  | 0 .01 |
!cy>ann@1h                         | ann>bob  | 0 .01 |
5*ann>cy@1h 5*cy>bob@1h            | ann>bob  | 0 .01 |
2*cy>ann:7USD@1h                   | ann>bob  | 2 .01                | 2 1
cy>ann@1h                          | ann>ann  | 1 .01                | 1
5*cy>ann/blue@1h                   | ann>bob  | 0 .01 |
                                   | ->bob    | - .err DebtorAccount |
5*cy>ann@1h                        | ann>-    | 5 .02                | 5..1
",
    },
    Table {
        rule: "016",
        layers: Layers::Both,
        rows: "
                                   | ann>bob  | 1 .01 |
3*cy>bob@1h                        | ann>bob  | 4 .01                  | 3..1
4*cy>bob@1h                        | ann>bob  | 5 .02                  | 4..1
2*cy>bob@1h ann>bob@2h dan>bob@1ms | ann>bob  | 5 .02                  | 4 2 1 3
cy>bob@1d-1ms                      | ann>bob  | 2 .01                  | 1
cy>bob@1d                          | ann>bob  | 1 .01 |
!cy>bob@1h                         | ann>bob  | 1 .01 |
5*bob>cy@1h 5*ann>cy@1h            | ann>bob  | 1 .01 |
2*cy>bob:7USD@1h                   | ann>bob  | 3 .01                  | 2 1
2*bob>bob@1h                       | bob>bob  | 3 .01                  | 2 1
                                   | ann>-    | - .err CreditorAccount |
4*cy>bob@1h                        | ->bob    | 5 .02                  | 4..1
",
    },
    Table {
        rule: "017",
        layers: Layers::Both,
        rows: "
                                   | ann>bob  | 1 .01 |
3*ann>cy@1h                        | ann>bob  | 4 .01                | 3..1
4*ann>cy@1h                        | ann>bob  | 5 .02                | 4..1
2*ann>cy@1h ann>bob@2h ann>dan@1ms | ann>bob  | 5 .02                | 4 2 1 3
ann>cy@8h-1ms                      | ann>bob  | 2 .01                | 1
ann>cy@8h                          | ann>bob  | 1 .01 |
!ann>cy@1h                         | ann>bob  | 1 .01 |
5*cy>ann@1h 5*cy>bob@1h            | ann>bob  | 1 .01 |
2*ann>cy:7USD@1h                   | ann>bob  | 3 .01                | 2 1
                                   | ->bob    | - .err DebtorAccount |
4*ann>cy@1h                        | ann>-    | 5 .02                | 4..1
",
    },
    Table {
        rule: "901",
        layers: Layers::Both,
        rows: "
                                   | ann>bob  | 1 .01 |
ann>cy@1h                          | ann>bob  | 2 .02                | 1
2*ann>cy@1h                        | ann>bob  | 3 .03                | 2 1
ann>cy@1d-1ms                      | ann>bob  | 2 .02                | 1
ann>cy@1d                          | ann>bob  | 1 .01 |
!ann>cy@1h cy>ann@1h               | ann>bob  | 1 .01 |
99*ann>cy@1s                       | ann>bob  | 65 .03               | 99..36
                                   | ->bob    | - .err DebtorAccount |
",
    },
    Table {
        rule: "902",
        layers: Layers::Both,
        rows: "
                                   | ann>bob  | 1 .01 |
cy>bob@1h                          | ann>bob  | 2 .02                  | 1
2*cy>bob@1h                        | ann>bob  | 3 .03                  | 2 1
cy>bob@1d-1ms                      | ann>bob  | 2 .02                  | 1
cy>bob@1d                          | ann>bob  | 1 .01 |
!cy>bob@1h bob>cy@1h               | ann>bob  | 1 .01 |
                                   | ann>-    | - .err CreditorAccount |
",
    },
    Table {
        rule: "076",
        layers: Layers::Both,
        rows: "
                                   | ann>bob  | - .x01 |
ann>cy@0ms                         | ann>bob  | 0 .01                | 1
ann>cy@1min-1ms                    | ann>bob  | 59999 .01            | 1
ann>cy@1min                        | ann>bob  | 60000 .02            | 1
ann>cy@5min-1ms                    | ann>bob  | 299999 .02           | 1
ann>cy@5min                        | ann>bob  | 300000 .03           | 1
ann>cy@90d                         | ann>bob  | 90d .03              | 1
ann>cy@9min ann>dan@2min           | ann>bob  | 120000 .02           | 2
ann>cy@2min ann>dan@9min           | ann>bob  | 120000 .02           | 1
!ann>cy@1s cy>ann@1s               | ann>bob  | - .x01 |
ann>cy:1USD@1s                     | ann>bob  | 1000 .01             | 1
                                   | ->bob    | - .err DebtorAccount |
",
    },
    Table {
        rule: "090",
        layers: Layers::Both,
        rows: "
                                                | ann>bob | 0 .01 |
up>ann@1h                                       | ann>bob | 1 .01                | 1
up>ann@1h up>cy@2h                              | ann>bob | 2 .01                | 1 2
up>ann@1h up>cy@2h up>dan@3h                    | ann>bob | 3 .02                | 1 2 3
up>ann@1h up>cy@2h up>cy@3h up>ann@4h           | ann>bob | 2 .01                | 1 2 3 4
up>ann@1h up>cy@2h up>dan@1d-1ms                | ann>bob | 3 .02                | 1 2 3
up>ann@1h up>cy@2h up>dan@1d                    | ann>bob | 2 .01                | 1 2
up>ann@1d-1ms up>cy@1h up>dan@1h                | ann>bob | 3 .02                | 3 2 1
up>ann@1d up>cy@1h up>dan@1h                    | ann>bob | 0 .01 |
op>ann@1h up>ann@1h op>cy@1h up>cy@1h up>dan@1h | ann>bob | 3 .02                | 5 4 2
!up>ann@1h up>cy@1h up>dan@1h                   | ann>bob | 0 .01 |
up>ann:5USD@1h up>cy@1h up>dan:7GBP@1h          | ann>bob | 3 .02                | 3..1
                                                | ->bob   | - .err DebtorAccount |
",
    },
    // Days: this one is of day 0, period 0 are days 0 to 29, period 1 days 30 to 59.
    Table {
        rule: "010",
        layers: Layers::Own,
        rows: "
                                                | ann>bob | - .x01 |
9*ann>cy@1h                                     | ann>bob | - .x01 |
9*ann>cy@29d                                    | ann>bob | - .x01 |
ann>cy@30d                                      | ann>bob | - .x04 |
ann>cy@30d ann>cy@1h                            | ann>bob | - .x03 |
2*ann>cy@30d ann>cy@1h                          | ann>bob | - .x04 |
ann>cy@30d ?ann>cy@1h                           | ann>bob | - .x03 |
ann>cy@30d !ann>cy@1h                           | ann>bob | - .x04 |
ann>cy@31d ann>cy@61d ann>cy@91d                | ann>bob | - .x04 |
ann>cy@31d 3*ann>cy@61d 3*ann>cy@1h             | ann>bob | 4 .01 |
ann>cy@31d 3*ann>cy@61d 4*ann>cy@1h             | ann>bob | 5 .02 |
ann>cy@31d 3*ann>cy@61d 5*ann>cy@1h             | ann>bob | 6 .02 |
ann>cy@31d 3*ann>cy@61d 6*ann>cy@1h             | ann>bob | 7 .03 |
ann>cy@31d 3*ann>cy@61d 6*?ann>cy@1h            | ann>bob | 7 .03 |
ann>cy@31d 3*ann>cy@61d 2*?ann>cy@1h ann>cy@2d  | ann>bob | 4 .01 |
ann>cy@31d 3*ann>cy@61d 6*ann>cy@29d            | ann>bob | 7 .03 |
ann>cy@59d ann>cy@60d 2*ann>cy@89d 6*ann>cy@29d | ann>bob | 7 .03 |
4*ann>cy@90d 6*ann>cy@1h                        | ann>bob | 7 .02 |
ann>cy:5USD@31d 3*ann>cy@61d 6*ann>cy:9GBP@1h   | ann>bob | 7 .03 |
cy>ann@31d 3*cy>ann@61d 6*cy>ann@1h             | ann>bob | - .x01 |
                                                | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "011",
        layers: Layers::Own,
        rows: "
                                                | ann>bob | - .x01 |
9*cy>bob@1h                                     | ann>bob | - .x01 |
9*cy>bob@29d                                    | ann>bob | - .x01 |
cy>bob@30d                                      | ann>bob | - .x04 |
cy>bob@30d cy>bob@1h                            | ann>bob | - .x03 |
cy>bob@30d ?cy>bob@1h                           | ann>bob | - .x03 |
cy>bob@31d 3*cy>bob@61d 3*cy>bob@1h             | ann>bob | 4 .01 |
cy>bob@31d 3*cy>bob@61d 4*cy>bob@1h             | ann>bob | 5 .02 |
cy>bob@31d 3*cy>bob@61d 5*cy>bob@1h             | ann>bob | 6 .02 |
cy>bob@31d 3*cy>bob@61d 6*?cy>bob@1h            | ann>bob | 7 .03 |
bob>cy@31d 3*bob>cy@61d 6*bob>cy@1h             | ann>bob | - .x01 |
                                                | ann>-   | - .err CreditorAccount |
",
    },
];

#[test]
fn velocity_rules_at_every_edge() {
    TABLES.iter().for_each(Table::holds);
}
