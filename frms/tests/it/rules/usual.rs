//! Our own rules about what is usual for an account: amounts, kinds, days, places.

use super::scenes::{Layers, Table};

pub const TABLES: &[Table] = &[
    // The usual amount is the geometric mean of at least three payments before the window: here 100.
    Table {
        rule: "640",
        layers: Layers::Own,
        rows: "
                                      | ann>bob:400       | - .x01 |
2*ann>cy@9d                           | ann>bob:400       | - .x01 |
3*ann>cy@9d                           | ann>bob:399.9999  | 3.999999 .01 |
3*ann>cy@9d                           | ann>bob:400       | 4 .02 |
3*ann>cy@9d                           | ann>bob:1499.9999 | 14.999999 .02 |
3*ann>cy@9d                           | ann>bob:1500      | 15 .03 |
3*ann>cy@9d                           | ann>bob:5999.9999 | 59.999999 .03 |
3*ann>cy@9d                           | ann>bob:6000      | 60 .04 |
ann>cy:10@9d ann>cy:100@9d ann>cy:1000@9d | ann>bob:400   | 4 .02 |
3*ann>cy@9d ?ann>cy:300@1h            | ann>bob:100       | 4 .02                  | 4
3*ann>cy@9d ann>cy:300@1h             | ann>bob:100       | 4 .02                  | 4
3*ann>cy@9d ann>cy:900@1d             | ann>bob:200       | 1.154700538 .01 |
2*ann>cy@9d ann>cy@1h                 | ann>bob:400       | - .x01                 | 3
3*ann>cy@9d ?ann>cy:900USD@1h         | ann>bob:100       | 1 .01                  | 4
3*ann>cy:100USD@9d 3*!ann>cy@9d 3*cy>ann@9d | ann>bob:100 | - .x01 |
                                      | ->bob             | - .err DebtorAccount |
",
    },
    Table {
        rule: "641",
        layers: Layers::Own,
        rows: "
3*cy>bob@9d                           | ann>bob:400       | - .x01 |
2*bob>cy@9d                           | ann>bob:400       | - .x01 |
3*bob>cy@9d                           | ann>bob:399.9999  | 3.999999 .01 |
3*bob>cy@9d                           | ann>bob:400       | 4 .02 |
3*bob>cy@9d                           | ann>bob:1499.9999 | 14.999999 .02 |
3*bob>cy@9d                           | ann>bob:1500      | 15 .03 |
3*bob>cy@9d                           | ann>bob:5999.9999 | 59.999999 .03 |
3*bob>cy@9d                           | ann>bob:6000      | 60 .04 |
3*bob>cy@9d ?cy>bob:300@1h            | ann>bob:100       | 4 .02                  | 4
3*bob>cy@9d cy>bob:300@1d-1ms         | ann>bob:100       | 4 .02                  | 4
3*bob>cy@9d cy>bob:300@1d             | ann>bob:100       | 1 .01 |
3*bob>cy@9d cy>bob:300USD@1h          | ann>bob:100       | 1 .01                  | 4
                                      | ann>-             | - .err CreditorAccount |
",
    },
    Table {
        rule: "642",
        layers: Layers::Own,
        rows: "
                                      | ann>bob:400       | - .x01 |
3*bob>cy@9d                           | ann>bob:399.9999  | 3.999999 .01 |
3*bob>cy@9d                           | ann>bob:400       | 4 .02 |
3*bob>cy@9d                           | ann>bob:1499.9999 | 14.999999 .02 |
3*bob>cy@9d                           | ann>bob:1500      | 15 .03 |
3*bob>cy@9d                           | ann>bob:5999.9999 | 59.999999 .03 |
3*bob>cy@9d                           | ann>bob:6000      | 60 .04 |
3*bob>cy@9d ann>bob@9d                | ann>bob:400       | 0 .01 |
3*bob>cy@9d cy>bob:300@1h             | ann>bob:100       | 4 .02                  | 4
3*bob>cy@9d cy>bob@9d cy>bob:300@1h   | ann>bob:100       | 1 .01                  | 5
3*bob>cy@9d ann>bob:300@1h            | ann>bob:100       | 4 .02                  | 4
3*bob>cy@9d ?cy>bob:300@1h            | ann>bob:100       | 4 .02                  | 4
3*bob>cy@9d cy>bob:300USD@1h          | ann>bob:100       | 1 .01                  | 4
3*bob>cy@9d cy>bob:300@1d             | ann>bob:100       | 1 .01 |
                                      | ann>-             | - .err CreditorAccount |
                                      | ->bob             | - .err DebtorAccount |
",
    },
    Table {
        rule: "643",
        layers: Layers::Own,
        rows: "
cy>ann:400@1h                         | ann>bob           | - .x01                 | 1
3*ann>cy@9d                           | ann>bob           | 0 .01 |
3*ann>cy@9d dan>ann:399.9999@1h       | ann>bob           | 3.999999 .01           | 4
3*ann>cy@9d dan>ann:400@1h            | ann>bob           | 4 .02                  | 4
3*ann>cy@9d dan>ann:1499.9999@1h      | ann>bob           | 14.999999 .02          | 4
3*ann>cy@9d dan>ann:1500@1h           | ann>bob           | 15 .03                 | 4
3*ann>cy@9d dan>ann:5999.9999@1h      | ann>bob           | 59.999999 .03          | 4
3*ann>cy@9d ?dan>ann:6000@1h          | ann>bob           | 60 .04                 | 4
3*ann>cy@9d dan>ann@9d dan>ann:400@1h | ann>bob           | 0 .01                  | 5
3*ann>cy@9d dan>ann:400@3d            | ann>bob           | 0 .01 |
3*ann>cy@9d dan>ann:400@3d-1ms        | ann>bob           | 4 .02                  | 4
                                      | ->bob             | - .err DebtorAccount |
",
    },
    Table {
        rule: "644",
        layers: Layers::Own,
        rows: "
                                      | ann>bob | - .x01 |
ann>cy@1h                             | ann>bob | - .x01 |
cy>ann@0ms                            | ann>bob | 0 .01 |
cy>ann@30min-1ms                      | ann>bob | 1799999 .01 |
cy>ann@30min                          | ann>bob | 30min .02 |
cy>ann@3h-1ms                         | ann>bob | 10799999 .02 |
cy>ann@3h                             | ann>bob | 3h .03 |
cy>ann@1d-1ms                         | ann>bob | 86399999 .03 |
cy>ann@1d                             | ann>bob | 1d .04 |
cy>ann@9d cy>ann@1h                   | ann>bob | 1h .02 |
?cy>ann@1h                            | ann>bob | 1h .02 |
!cy>ann@1h                            | ann>bob | - .x01 |
                                      | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "645",
        layers: Layers::Settled,
        rows: "
4*ann>cy@9d,cat=MP2P                          | ann>bob,cat=MP2P    | - .x01 |
5*ann>cy@9d,cat=MP2P                          | ann>bob,cat=MP2P    | 100 .03 |
5*ann>cy@9d,cat=MP2P                          | ann>bob,cat=MP2B    | 0 .01 |
5*ann>cy@9d,cat=CASH                          | ann>bob,cat=DEPOSIT | 0 .01 |
5*ann>cy@9d,cat=REFUND                        | ann>bob,cat=FEE     | 100 .03 |
199*ann>cy@9d,cat=MP2P ann>cy@9d,cat=CASH     | ann>bob,cat=CASH    | 0 .01 |
99*ann>cy@9d,cat=MP2P ann>cy@9d,cat=CASH      | ann>bob,cat=CASH    | 1 .02 |
10*ann>cy@9d,cat=MP2P ann>cy@9d,cat=CASH      | ann>bob,cat=CASH    | 9 .02 |
9*ann>cy@9d,cat=MP2P ann>cy@9d,cat=CASH       | ann>bob,cat=CASH    | 10 .03 |
5*!ann>cy@9d,cat=MP2P 5*cy>ann@9d,cat=MP2P    | ann>bob,cat=MP2P    | - .x01 |
5*ann>cy@9d,cat=MP2P                          | ann>bob             | - .err Category |
                                              | ->bob,cat=MP2P      | - .err DebtorAccount |
",
    },
    Table {
        rule: "646",
        layers: Layers::Settled,
        rows: "
4*cy>bob@9d,cat=MP2P                          | ann>bob,cat=MP2P    | - .x01 |
5*cy>bob@9d,cat=MP2P                          | ann>bob,cat=MP2P    | 100 .03 |
5*cy>bob@9d,cat=MP2P                          | ann>bob,cat=DEPOSIT | 0 .01 |
199*cy>bob@9d,cat=MP2P cy>bob@9d,cat=CASH     | ann>bob,cat=CASH    | 0 .01 |
99*cy>bob@9d,cat=MP2P cy>bob@9d,cat=CASH      | ann>bob,cat=CASH    | 1 .02 |
10*cy>bob@9d,cat=MP2P cy>bob@9d,cat=CASH      | ann>bob,cat=CASH    | 9 .02 |
9*cy>bob@9d,cat=MP2P cy>bob@9d,cat=CASH       | ann>bob,cat=CASH    | 10 .03 |
5*bob>cy@9d,cat=MP2P                          | ann>bob,cat=MP2P    | - .x01 |
5*cy>bob@9d,cat=MP2P                          | ann>bob             | - .err Category |
                                              | ann>-,cat=MP2P      | - .err CreditorAccount |
",
    },
    // It is noon: yesterday is no day before the window.
    Table {
        rule: "647",
        layers: Layers::Own,
        rows: "
                                      | ann>bob | - .x01 |
ann>cy@1d                             | ann>bob | - .x01 |
ann>cy@2d                             | ann>bob | 1 .01 |
2*ann>cy@2d                           | ann>bob | 0.5 .01 |
2*ann>cy@3d ann>cy@2d                 | ann>bob | 0.5 .01 |
2*ann>cy@2d ann>cy@1h                 | ann>bob | 1 .01                  | 3
2*ann>cy@2d 2*ann>cy@1h               | ann>bob | 1.5 .02                | 4 3
2*ann>cy@2d 2*?ann>cy@1h              | ann>bob | 1.5 .02                | 4 3
ann>cy@2d ann>cy@1h                   | ann>bob | 2 .02                  | 2
2*ann>cy@2d 4*ann>cy@1h               | ann>bob | 2.5 .02                | 6..3
ann>cy@2d 2*ann>cy@1h                 | ann>bob | 3 .03                  | 3 2
2*ann>cy@2d 8*ann>cy@1h               | ann>bob | 4.5 .03                | 10..3
ann>cy@2d 4*ann>cy@1h                 | ann>bob | 5 .04                  | 5..2
ann>cy@2d ann>cy@1d ann>cy@1d-1ms     | ann>bob | 2 .02                  | 3
ann>cy@2d !ann>cy@1h cy>ann@1h        | ann>bob | 1 .01 |
                                      | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "648",
        layers: Layers::Own,
        rows: "
                                      | ann>bob | - .x01 |
cy>bob@2d                             | ann>bob | 1 .01 |
2*cy>bob@2d cy>bob@1h                 | ann>bob | 1 .01                  | 3
2*cy>bob@2d 2*cy>bob@1h               | ann>bob | 1.5 .02                | 4 3
2*cy>bob@2d 4*?cy>bob@1h              | ann>bob | 2.5 .02                | 6..3
cy>bob@2d 2*cy>bob@1h                 | ann>bob | 3 .03                  | 3 2
2*cy>bob@2d 8*cy>bob@1h               | ann>bob | 4.5 .03                | 10..3
cy>bob@2d 4*cy>bob@1h                 | ann>bob | 5 .04                  | 5..2
cy>bob@2d cy>bob@1d cy>bob@1d-1ms     | ann>bob | 2 .02                  | 3
                                      | ann>-   | - .err CreditorAccount |
",
    },
    Table {
        rule: "649",
        layers: Layers::Both,
        rows: "
                                      | ann>bob | 1 .01 |
ann>bob@1h                            | ann>bob | 2 .02                  | 1
2*ann>bob@1h                          | ann>bob | 3 .03                  | 2 1
ann>bob:100.0001@1h ann>bob:99.9999@1h ann>bob:100USD@1h | ann>bob | 1 .01 |
ann>cy@1h !ann>bob@1h bob>ann@1h      | ann>bob | 1 .01 |
ann>bob@6h ann>bob@6h-1ms             | ann>bob | 2 .02                  | 2
                                      | ann>-   | - .err CreditorAccount |
                                      | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "650",
        layers: Layers::Settled,
        rows: "
                                      | ann>bob,age=30 | - .x01 |
bob>cy@1h                             | ann>bob        | - .x01 |
cy>bob@1h,age=17                      | ann>bob        | - .x01 |
bob>cy@1h,age=17                      | ann>bob        | 17 .01 |
bob>cy@1h,age=18                      | ann>bob        | 18 .02 |
bob>cy@1h,age=25                      | ann>bob        | 25 .02 |
bob>cy@1h,age=26                      | ann>bob        | 26 .03 |
bob>cy@1h,age=64                      | ann>bob        | 64 .03 |
bob>cy@1h,age=65                      | ann>bob        | 65 .04 |
bob>cy@9d,age=30 bob>cy@1h            | ann>bob        | 30 .03 |
bob>cy@9d,age=30 !bob>cy@1h,age=17    | ann>bob        | 30 .03 |
                                      | ann>-          | - .err CreditorAccount |
",
    },
    // Four steps from place to place tell a habit: of five payments.
    Table {
        rule: "651",
        layers: Layers::Settled,
        rows: "
                                                   | ann>bob,at=0/0         | - .x01 |
3*ann>cy@9d,at=0/0 ann>cy@30min,at=0/0             | ann>bob,at=0/1         | - .x01 |
4*ann>cy@9d,at=0/0 ann>cy@30min,at=0/0             | ann>bob,at=0/-0.22483  | 49.9999107 .01 |
4*ann>cy@9d,at=0/0 ann>cy@30min,at=0/0             | ann>bob,at=0/-0.22484  | 50.0021346 .02 |
4*ann>cy@9d,at=0/0 ann>cy@30min,at=0/0             | ann>bob,at=0/0.67449   | 149.9997321 .02 |
4*ann>cy@9d,at=0/0 ann>cy@30min,at=0/0             | ann>bob,at=0/0.67450   | 150.001956 .03 |
4*ann>cy@9d,at=0/0 ann>cy@30min,at=0/0             | ann>bob,at=0/2.24830   | 499.9991072 .03 |
4*ann>cy@9d,at=0/0 ann>cy@30min,at=0/0             | ann>bob,at=0/2.24831   | 500.0013311 .04 |
4*ann>cy@9d,at=0/0 ann>cy@2h,at=0/0                | ann>bob,at=0/1         | 55.597463323 .02 |
4*ann>cy@9d,at=0/0 ann>cy@3h,at=0/0                | ann>bob,at=0/1         | - .x01 |
4*ann>cy@9d,at=0/0 ann>cy@9d,at=0/1 ann>cy@30min,at=0/1 | ann>bob,at=0/1    | 0 .01 |
4*ann>cy@9d,at=0/0 ann>cy@30min,at=0/1             | ann>bob,at=0/1         | - .x03 |
2*ann>cy@9d,at=0/0 2*ann>cy@9d,at=0/1 ann>cy@30min,at=0/0 | ann>bob,at=0/1  | - .x03 |
4*ann>cy@9d,at=0/0 ann>cy@30min,at=0/0             | ann>bob                | - .err Place |
                                                   | ->bob,at=0/0           | - .err DebtorAccount |
",
    },
    Table {
        rule: "652",
        layers: Layers::Settled,
        rows: "
                                                   | ann>bob,at=0/0         | - .x01 |
4*ann>cy@9d,at=0/0                                 | ann>bob,at=0/0         | - .x01 |
5*ann>cy@9d,at=0/0                                 | ann>bob,at=0/1         | 0 .01 |
5*ann>cy@9d,at=0/0 ann>cy@9d,at=0/1                | ann>bob,at=0/1         | 1 .02 |
8*ann>cy@9d,at=0/0 2*ann>cy@9d,at=0/1              | ann>bob,at=0/1         | 2 .02 |
8*ann>cy@9d,at=0/0 3*ann>cy@9d,at=0/1              | ann>bob,at=0/1         | 3 .03 |
5*ann>cy@9d,at=0/0.0005                            | ann>bob,at=0.0005/0.22532 | 5 .03 |
5*ann>cy@9d,at=0/0.0005                            | ann>bob,at=0.0005/0.22534 | 0 .01 |
3*ann>cy@9d,at=0/0 ann>cy@9d,at=0/1 ann>cy@9d,at=0/0 | ann>bob,at=0/1       | - .x03 |
5*ann>cy@9d,at=0/0                                 | ann>bob                | - .err Place |
                                                   | ->bob,at=0/0           | - .err DebtorAccount |
",
    },
    Table {
        rule: "653",
        layers: Layers::Own,
        rows: "
                                      | ann>bob:400       | - .x01 |
3*ann>cy@9d                           | ann>bob:399.9999  | 3.999999 .01 |
3*ann>cy@9d                           | ann>bob:400       | 4 .02 |
3*ann>cy@9d                           | ann>bob:1499.9999 | 14.999999 .02 |
3*ann>cy@9d                           | ann>bob:1500      | 15 .03 |
3*ann>cy@9d                           | ann>bob:5999.9999 | 59.999999 .03 |
3*ann>cy@9d                           | ann>bob:6000      | 60 .04 |
3*ann>cy@9d                           | ann>cy:400        | 0 .01 |
3*ann>cy@9d ann>dan:300@1h            | ann>bob:100       | 4 .02                  | 4
3*ann>cy@9d ?ann>dan:300@1h           | ann>bob:100       | 4 .02                  | 4
3*ann>cy@9d ann>cy:300@1h             | ann>bob:100       | 1 .01                  | 4
3*ann>cy@9d ann>dan:100@1d            | ann>bob:100       | 1 .01 |
                                      | ann>-             | - .err CreditorAccount |
                                      | ->bob             | - .err DebtorAccount |
",
    },
];

#[test]
fn what_is_usual_at_every_edge() {
    TABLES.iter().for_each(Table::holds);
}
