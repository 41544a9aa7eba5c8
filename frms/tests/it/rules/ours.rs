//! Our own rules.

use super::scenes::{Layers, Table};

pub const TABLES: &[Table] = &[
    // What was paid in all its life, over months, at least one: 100 in a month is 100 a month.
    Table {
        rule: "601",
        layers: Layers::Own,
        rows: "
                                        | ann>bob:50      | - .x01 |
cy>bob:100@2d                           | ann>bob:49.9999 | 0.499999 .01 |
cy>bob:100@2d                           | ann>bob:50      | 0.5 .02 |
cy>bob:100@2d                           | ann>bob:99.9999 | 0.999999 .02 |
cy>bob:100@2d                           | ann>bob:100     | 1 .03 |
cy>bob:100@2d                           | ann>bob:199.9999 | 1.999999 .03 |
cy>bob:100@2d                           | ann>bob:200     | 2 .04 |
cy>bob:100@2d                           | ann>bob:499.9999 | 4.999999 .04 |
cy>bob:100@2d                           | ann>bob:500     | 5 .05 |
cy>bob:200@2mo                          | ann>bob:100     | 1 .03 |
cy>bob:100@2d ?cy>bob:150@1h            | ann>bob:50      | 2 .04                  | 2
cy>bob:100@1d                           | ann>bob:100     | 1 .03 |
cy>bob:100@1d-1ms                       | ann>bob:100     | 2 .04                  | 1
cy>bob:100@2d ?cy>bob:900USD@1h         | ann>bob:100     | 1 .03                  | 2
cy>bob:100USD@2d                        | ann>bob:100     | - .x01 |
bob>cy:100@2d !cy>bob:100@1h            | ann>bob:100     | - .x01 |
                                        | ann>-           | - .err CreditorAccount |
",
    },
    Table {
        rule: "602",
        layers: Layers::Own,
        rows: "
                                        | ann>bob:50      | - .x01 |
ann>cy:100@2d                           | ann>bob:49.9999 | 0.499999 .01 |
ann>cy:100@2d                           | ann>bob:50      | 0.5 .02 |
ann>cy:100@2d                           | ann>bob:99.9999 | 0.999999 .02 |
ann>cy:100@2d                           | ann>bob:100     | 1 .03 |
ann>cy:100@2d                           | ann>bob:199.9999 | 1.999999 .03 |
ann>cy:100@2d                           | ann>bob:200     | 2 .04 |
ann>cy:100@2d                           | ann>bob:499.9999 | 4.999999 .04 |
ann>cy:100@2d                           | ann>bob:500     | 5 .05 |
ann>cy:200@2mo                          | ann>bob:100     | 1 .03 |
ann>cy:100@2d ?ann>cy:150@1h            | ann>bob:50      | 2 .04                  | 2
ann>cy:100@1d                           | ann>bob:100     | 1 .03 |
ann>cy:100@1d-1ms                       | ann>bob:100     | 2 .04                  | 1
ann>cy:100USD@2d                        | ann>bob:100     | - .x01 |
cy>ann:100@2d !ann>cy:100@1h            | ann>bob:100     | - .x01 |
                                        | ->bob           | - .err DebtorAccount |
",
    },
    Table {
        rule: "603",
        layers: Layers::Both,
        rows: "
                                                    | ann>bob | 1 .01 |
9*ann>bob@1h                                        | ann>bob | 1 .01        | 9..1
c1>bob@1h                                           | ann>bob | 2 .01        | 1
c1>bob@1h c2>bob@1h                                 | ann>bob | 3 .02        | 2 1
c1>bob@1h c2>bob@1h c3>bob@1h                       | ann>bob | 4 .02        | 3..1
c1>bob@1h c2>bob@1h c3>bob@1h ann>bob@1h            | ann>bob | 4 .02        | 4..1
c1>bob c2>bob c3>bob c4>bob                         | ann>bob | 5 .03        | 4..1
c1>bob c2>bob c3>bob c4>bob c5>bob c6>bob           | ann>bob | 7 .03        | 6..1
c1>bob c2>bob c3>bob c4>bob c5>bob c6>bob c7>bob    | ann>bob | 8 .04        | 7..1
c1>bob c2>bob c3>bob c4>bob c5>bob c6>bob c7>bob c8>bob c9>bob d1>bob       | ann>bob | 11 .04 | 10..1
c1>bob c2>bob c3>bob c4>bob c5>bob c6>bob c7>bob c8>bob c9>bob d1>bob d2>bob | ann>bob | 12 .05 | 11..1
c1>bob@1d c2>bob@1d-1ms !c3>bob bob>c4              | ann>bob | 2 .01        | 2
                                                    | ann>-   | - .err CreditorAccount |
                                                    | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "604",
        layers: Layers::Both,
        rows: "
                                                    | ann>bob | 1 .01 |
9*ann>bob@1h                                        | ann>bob | 1 .01        | 9..1
ann>c1@1h                                           | ann>bob | 2 .01        | 1
ann>c1@1h ann>c2@1h                                 | ann>bob | 3 .02        | 2 1
ann>c1@1h ann>c2@1h ann>c3@1h                       | ann>bob | 4 .02        | 3..1
ann>c1 ann>c2 ann>c3 ann>c4                         | ann>bob | 5 .03        | 4..1
ann>c1 ann>c2 ann>c3 ann>c4 ann>c5 ann>c6           | ann>bob | 7 .03        | 6..1
ann>c1 ann>c2 ann>c3 ann>c4 ann>c5 ann>c6 ann>c7    | ann>bob | 8 .04        | 7..1
ann>c1 ann>c2 ann>c3 ann>c4 ann>c5 ann>c6 ann>c7 ann>c8 ann>c9 ann>d1        | ann>bob | 11 .04 | 10..1
ann>c1 ann>c2 ann>c3 ann>c4 ann>c5 ann>c6 ann>c7 ann>c8 ann>c9 ann>d1 ann>d2 | ann>bob | 12 .05 | 11..1
ann>c1@1d ann>c2@1d-1ms !ann>c3 c4>ann              | ann>bob | 2 .01        | 2
                                                    | ann>-   | - .err CreditorAccount |
                                                    | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "605",
        layers: Layers::Both,
        rows: "
                                      | ann>bob:50       | - .x01 |
cy>ann:100@1h                         | ann>bob:49.9999  | 0.499999 .01         | 1
cy>ann:100@1h                         | ann>bob:50       | 0.5 .02              | 1
cy>ann:100@1h                         | ann>bob:79.9999  | 0.799999 .02         | 1
cy>ann:100@1h                         | ann>bob:80       | 0.8 .03              | 1
cy>ann:100@1h                         | ann>bob:109.9999 | 1.099999 .03         | 1
cy>ann:100@1h                         | ann>bob:110      | 1.1 .04              | 1
cy>ann:100@1h ann>dan:40@2h           | ann>bob:40       | 0.8 .03              | 1
cy>ann:100@1d-1ms                     | ann>bob:80       | 0.8 .03              | 1
cy>ann:100@1d                         | ann>bob:80       | - .x01 |
cy>ann:100@1h ann>dan:40@1d           | ann>bob:80       | 0.8 .03              | 1
cy>ann:100USD@1h                      | ann>bob:80       | - .x01               | 1
cy>ann:100@1h ann>dan:40USD@2h        | ann>bob:80       | 0.8 .03              | 1
!cy>ann:100@1h                        | ann>bob:80       | - .x01 |
cy>ann:0@1h                           | ann>bob:80       | - .x01               | 1
                                      | ->bob            | - .err DebtorAccount |
",
    },
    Table {
        rule: "606",
        layers: Layers::Both,
        rows: "
                                      | ann>bob  | 1 .01 |
ann>bob@1h                            | ann>bob  | 2 .02                  | 1
2*ann>bob@1h                          | ann>bob  | 3 .03                  | 2 1
3*ann>bob@1h                          | ann>bob  | 4 .03                  | 3..1
4*ann>bob:5USD@1h                     | ann>bob  | 5 .04                  | 4..1
ann>bob@1d-1ms 9*ann>bob@1d           | ann>bob  | 2 .02                  | 1
9*ann>cy@1h 9*cy>bob@1h !ann>bob@1h   | ann>bob  | 1 .01 |
                                      | ->bob    | - .err DebtorAccount |
                                      | ann>-    | - .err CreditorAccount |
",
    },
    Table {
        rule: "607",
        layers: Layers::Both,
        rows: "
        | ann>bob        | - .00 |
        | ann>ann/blue   | - .01 |
        | ann>ann        | - .01 |
        | ann>cy=ann     | - .01 |
        | ann=zoe>ann    | - .00 |
        | ->bob          | - .err DebtorAccount |
        | ann>-          | - .err CreditorAccount |
",
    },
    Table {
        rule: "608",
        layers: Layers::Both,
        rows: "
        | ann>bob@12h        | 0 .01 |
        | ann>bob@12h+1ms    | 23 .03 |
        | ann>bob@6h+1ms     | 5 .01 |
        | ann>bob@6h         | 6 .02 |
        | ->-                | 12 .02 |
        | ann>bob@14h+1ms    | 21 .02 |
        | ann>bob@14h        | 22 .03 |
",
    },
    Table {
        rule: "609",
        layers: Layers::Both,
        rows: "
                                      | ann>bob      | 1 .01 |
9*ann>cy@1h 9*cy>bob@1h               | ann>bob      | 1 .01 |
ann>cy:5USD@1h                        | ann>bob      | 2 .02 |
cy>ann:5USD@1h                        | ann>bob:7USD | 1 .01 |
cy>bob:5USD@1h bob>cy:5GBP@1h         | ann>bob      | 3 .03 |
ann>cy:5USD@1d-1ms ann>cy:5GBP@1d     | ann>bob      | 2 .02 |
!ann>cy:5USD@1h cy>dan:5GBP@1h        | ann>bob      | 1 .01 |
                                      | ->bob        | - .err DebtorAccount |
                                      | ann>-        | - .err CreditorAccount |
",
    },
    Table {
        rule: "610",
        layers: Layers::Own,
        rows: "
                          | ann>bob | - .x01 |
cy>ann@0ms                | ann>bob | 0 .01 |
cy>ann@1d-1ms             | ann>bob | 1d-1ms .01 |
cy>ann@1d                 | ann>bob | 1d .02 |
cy>ann@30d-1ms            | ann>bob | 30d-1ms .02 |
cy>ann@30d                | ann>bob | 30d .03 |
cy>ann@90d-1ms            | ann>bob | 90d-1ms .03 |
cy>ann@90d                | ann>bob | 90d .04 |
?ann>cy@0ms               | ann>bob | 0 .01 |
!ann>cy@90d               | ann>bob | 90d .04 |
!cy>ann@90d ?cy>ann@80d   | ann>bob | - .x01 |
                          | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "611",
        layers: Layers::Both,
        rows: "
                                     | ann>bob:8499.9999 | 0 .01 |
                                     | ann>bob:8500      | 1 .02 |
                                     | ann>bob:9999.9999 | 1 .02 |
                                     | ann>bob:10000     | 0 .01 |
cy>bob:9500@1h                       | ann>bob:9500      | 2 .03                  | 1
2*cy>bob:9500USD@1h                  | ann>bob:9500      | 3 .04                  | 2 1
2*cy>bob:9500@1h                     | ann>bob:100       | 0 .01                  | 2 1
cy>bob:8499@1h cy>bob:10000@1h       | ann>bob:9500      | 1 .02 |
cy>bob:9500@7d-1ms cy>bob:9500@7d    | ann>bob:9500      | 2 .03                  | 1
!cy>bob:9500@1h bob>cy:9500@1h       | ann>bob:9500      | 1 .02 |
                                     | ann>-             | - .err CreditorAccount |
",
    },
    Table {
        rule: "612",
        layers: Layers::Both,
        rows: "
                                     | ann>bob:8499.9999 | 0 .01 |
                                     | ann>bob:8500      | 1 .02 |
                                     | ann>bob:9999.9999 | 1 .02 |
                                     | ann>bob:10000     | 0 .01 |
ann>cy:9500@1h                       | ann>bob:9500      | 2 .03                  | 1
2*ann>cy:9500USD@1h                  | ann>bob:9500      | 3 .04                  | 2 1
ann>cy:9500@7d-1ms ann>cy:9500@7d    | ann>bob:9500      | 2 .03                  | 1
!ann>cy:9500@1h cy>ann:9500@1h       | ann>bob:9500      | 1 .02 |
                                     | ->bob             | - .err DebtorAccount |
",
    },
    Table {
        rule: "613",
        layers: Layers::Both,
        rows: "
                                  | ann>bob             | 0 .01 |
                                  | ann>bob,cat=DEPOSIT | 1 .02 |
cy>bob@1h,cat=DEPOSIT             | ann>bob,cat=DEPOSIT | 2 .03                  | 1
2*cy>bob@1h,cat=DEPOSIT           | ann>bob,cat=DEPOSIT | 3 .03                  | 2 1
3*cy>bob:5USD@1h,cat=DEPOSIT      | ->bob,cat=DEPOSIT   | 4 .04                  | 3..1
cy>bob@7d-1ms,cat=DEPOSIT cy>bob@7d,cat=DEPOSIT | ann>bob,cat=DEPOSIT | 2 .03    | 1
cy>bob@1h !cy>bob@1h,cat=DEPOSIT  | ann>bob,cat=DEPOSIT | 1 .02 |
                                  | ann>-,cat=DEPOSIT   | - .err CreditorAccount |
",
    },
    Table {
        rule: "614",
        layers: Layers::Both,
        rows: "
                                           | ann>bob,at=1/1 | 1 .01 |
9*cy>bob@1h,at=1/1 cy>bob@1h               | ann>bob,at=1/1 | 1 .01                  | 10..1
cy>bob@1h,at=1/2                           | ann>bob,at=1/1 | 2 .02                  | 1
cy>bob@1h,at=1/2 cy>bob@1h,at=1/3          | ann>bob,at=1/1 | 3 .03                  | 2 1
cy>bob,at=1/2 cy>bob,at=1/3 cy>bob,at=1/4  | ann>bob,at=1/1 | 4 .03                  | 3..1
cy>bob,at=1/2 cy>bob,at=1/3 cy>bob,at=1/4 cy>bob,at=1/5 | ann>bob,at=1/1 | 5 .04     | 4..1
cy>bob@1d-1ms,at=1/2 cy>bob@1d,at=1/3      | ann>bob,at=1/1 | 2 .02                  | 1
cy>bob@1h,at=1.00001/1.00001               | ann>bob,at=1/1 | 1 .01                  | 1
cy>bob@1h,at=1/2                           | ann>bob        | - .err Place           | 1
                                           | ann>-,at=1/1   | - .err CreditorAccount |
",
    },
    Table {
        rule: "615",
        layers: Layers::Settled,
        rows: "
                                 | ann>bob:50       | - .x01 |
cy>ann:100@900d                  | ann>bob:49.9999  | 0.499999 .01 |
cy>ann:100@900d                  | ann>bob:50       | 0.5 .02 |
cy>ann:100@1h                    | ann>bob:79.9999  | 0.799999 .02 |
cy>ann:100@1h                    | ann>bob:80       | 0.8 .03 |
cy>ann:100@1h                    | ann>bob:109.9999 | 1.099999 .03 |
cy>ann:100@1h                    | ann>bob:110      | 1.1 .04 |
cy>ann:150@2h ann>dan:50@1h      | ann>bob:80       | 0.8 .03 |
cy>ann:50@2h ann>dan:50@1h       | ann>bob:80       | - .x01 |
cy>ann:50@2h ann>dan:90@1h       | ann>bob:80       | - .x01 |
cy>ann:100USD@1h                 | ann>bob:80       | - .x01 |
                                 | ->bob            | - .err DebtorAccount |
",
    },
    Table {
        rule: "616",
        layers: Layers::Both,
        rows: "
                                 | ann>bob  | - .x01 |
bob>ann@1h                       | ann>bob  | 1 .01 |
bob>cy@2h cy>ann@1h              | ann>bob  | 2 .02 |
cy>ann@2h bob>cy@1h              | ann>bob  | 2 .02 |
bob>cy cy>dan dan>ann            | ann>bob  | 3 .03 |
bob>cy cy>dan dan>eve eve>ann    | ann>bob  | - .x01 |
bob>cy cy>dan dan>ann bob>ann    | ann>bob  | 1 .01 |
bob>ann@3d-1ms                   | ann>bob  | 1 .01 |
bob>ann@3d                       | ann>bob  | - .x01 |
ann>bob@1h cy>ann@1h bob>cy@3d   | ann>bob  | - .x01 |
bob>ann:5USD@1h                  | ann>bob  | 1 .01 |
!bob>ann@1h                      | ann>bob  | - .x01 |
                                 | ann>ann  | - .x01 |
                                 | ->bob    | - .err DebtorAccount |
                                 | ann>-    | - .err CreditorAccount |
",
    },
    Table {
        rule: "617",
        layers: Layers::Both,
        rows: "
                                                    | ann>bob  | 0 .01 |
src>ann@1h                                          | ann>bob  | 1 .01 |
9*src>ann@2h cy>bob@1h                              | ann>bob  | 1 .01                  | 10
src>ann@2h src>cy@2h cy>bob@1h                      | ann>bob  | 2 .02                  | 3
src>ann src>cy src>dan cy>bob dan>bob               | ann>bob  | 3 .03                  | 5 4
src>ann oth>cy src>dan cy>bob dan>bob               | ann>bob  | 2 .02                  | 5 4
src>ann@3d-1ms src>cy@3d-1ms cy>bob@3d-1ms          | ann>bob  | 2 .02                  | 3
src>ann@3d-1ms src>cy@3d cy>bob@1h                  | ann>bob  | 1 .01                  | 3
src>ann@1h src>cy@1h cy>bob@3d                      | ann>bob  | 1 .01 |
!src>ann@1h src>cy@1h cy>bob@1h                     | ann>bob  | 1 .01                  | 3
src>cy src>dan cy>bob dan>bob                       | ->bob    | 2 .02                  | 4 3
                                                    | ann>-    | - .err CreditorAccount |
",
    },
    Table {
        rule: "618",
        layers: Layers::Settled,
        rows: "
                                             | ann>bob      | 1 .01 |
9*ann>cy@1h                                  | ann>bob      | 1 .01 |
ann=zoe>cy@900d                              | ann>bob      | 2 .02 |
ann=zoe>cy@1h cy>ann=yve@1h                  | ann>bob      | 3 .03 |
ann=zoe>cy cy>ann=yve ann=xia>cy ann=uma>cy ann=tom>cy | ann>bob | 5 .03 |
ann/blue=zoe>cy@1h !ann=zoe>cy@1h            | ann>bob      | 1 .01 |
                                             | ->bob        | - .err DebtorAccount |
",
    },
    Table {
        rule: "619",
        layers: Layers::Settled,
        rows: "
                                             | ann>bob      | 1 .01 |
9*cy>bob@1h                                  | ann>bob      | 1 .01 |
bob=zoe>cy@900d                              | ann>bob      | 2 .02 |
bob=zoe>cy@1h cy>bob=yve@1h                  | ann>bob      | 3 .03 |
bob/blue=zoe>cy@1h !cy>bob=zoe@1h            | ann>bob      | 1 .01 |
                                             | ann>-        | - .err CreditorAccount |
",
    },
    Table {
        rule: "620",
        layers: Layers::Settled,
        rows: "
                                               | ann>bob  | 0 .01 |
9*ann>bob@900d                                 | ann>bob  | 1 .02 |
c1>bob@1h c2>bob@1h                            | ann>bob  | 2 .03 |
c1>bob c2>bob c3>bob ann>bob                   | ann>bob  | 4 .03 |
c1>bob c2>bob c3>bob c4>bob ann>bob            | ann>bob  | 5 .04 |
c1>bob c2>bob c3>bob c4>bob c5>bob c6>bob c7>bob c8>bob c9>bob | ann>bob | 9 .04 |
c1>bob c2>bob c3>bob c4>bob c5>bob c6>bob c7>bob c8>bob c9>bob d1>bob d2>bob d3>bob d4>bob d5>bob d6>bob d7>bob d8>bob d9>bob e1>bob e2>bob e3>bob e4>bob e5>bob e6>bob e7>bob e8>bob e9>bob | ann>bob | 24 .04 |
!c1>bob@1h bob>c2@1h                           | ann>bob  | 0 .01 |
                                               | ann>-    | - .err CreditorAccount |
",
    },
    Table {
        rule: "621",
        layers: Layers::Settled,
        rows: "
                                  | ann>bob  | 0 .01 |
ann>bob@900d                      | ann>bob  | 1 .02 |
2*ann>bob@1h                      | ann>bob  | 2 .02 |
3*ann>bob:5USD@1h                 | ann>bob  | 3 .03 |
9*cy>bob@1h 9*ann>cy@1h           | ann>bob  | 0 .01 |
!ann>bob@1h                       | ann>bob  | 0 .01 |
ann>bob@9h c1>bob c2>bob c3>bob c4>bob c5>bob c6>bob c7>bob c8>bob | ann>bob | 1 .02 |
ann>bob@9h c1>bob c2>bob c3>bob c4>bob c5>bob c6>bob c7>bob c8>bob d1>bob d2>bob d3>bob d4>bob d5>bob d6>bob d7>bob d8>bob e1>bob e2>bob e3>bob e4>bob e5>bob e6>bob e7>bob e8>bob | ann>bob | 0 .01 |
                                  | ->bob    | - .err DebtorAccount |
                                  | ann>-    | - .err CreditorAccount |
",
    },
    Table {
        rule: "622",
        layers: Layers::Both,
        rows: "
                                        | ann>bob:50          | 0 .01 |
                                        | ann>bob:50,cat=CASH | - .x01 |
cy>ann:100@1h                           | ann>bob:90          | 0 .01            | 1
cy>ann:100@1h                           | ann>bob:29.9999,cat=CASH | 0.299999 .01 | 1
cy>ann:100@1h                           | ann>bob:30,cat=CASH | 0.3 .02          | 1
cy>ann:100@1h                           | ann>bob:69.9999,cat=CASH | 0.699999 .02 | 1
cy>ann:100@1h                           | ann>bob:70,cat=CASH | 0.7 .03          | 1
cy>ann:100@1h ann>bob:40@1h,cat=CASH    | ann>bob:40,cat=CASH | 0.8 .03          | 1
cy>ann:100@1h ann>bob:40@1h             | ann>bob:40,cat=CASH | 0.4 .02          | 1
cy>ann:100@1h                           | ann>bob:109.9999,cat=CASH | 1.099999 .03 | 1
cy>ann:100@1h                           | ann>bob:110,cat=CASH | 1.1 .04         | 1
cy>ann:100@3d                           | ann>bob:50,cat=CASH | - .x01 |
cy>ann:100@3d-1ms                       | ann>bob:50,cat=CASH | 0.5 .02          | 1
cy>ann:100USD@1h                        | ann>bob:50,cat=CASH | - .x01 | 1
                                        | ->bob,cat=CASH      | - .err DebtorAccount |
",
    },
    Table {
        rule: "623",
        layers: Layers::Own,
        rows: "
                                        | ann>bob         | - .x01 |
cy>ann:100@9d                           | ann>bob         | 0 .01 |
cy>ann:300@9d cy>ann:100@1h             | ann>bob         | 0.25 .01               | 2
cy>ann:100@9d cy>ann:100@1h             | ann>bob         | 0.5 .02                | 2
cy>ann:100@1h                           | ann>bob         | 1 .03                  | 1
cy>ann:100@9d ?cy>ann:400@1h            | ann>bob         | 4 .04                  | 2
cy>ann:100@9d ?cy>ann:200@1h            | ann>bob         | 2 .04                  | 2
cy>ann:100@9d ?cy>ann:49.9999@1h | ann>bob | 0.499999 .01 | 2
cy>ann:100@9d ?cy>ann:50@1h | ann>bob | 0.5 .02 | 2
cy>ann:100@9d ?cy>ann:99.9999@1h | ann>bob | 0.999999 .02 | 2
cy>ann:100@9d ?cy>ann:100@1h | ann>bob | 1 .03 | 2
cy>ann:100@9d ?cy>ann:199.9999@1h | ann>bob | 1.999999 .03 | 2
cy>ann:100@9d ?cy>ann:499.9999@1h | ann>bob | 4.999999 .04 | 2
cy>ann:100@9d ?cy>ann:500@1h            | ann>bob         | 5 .05                  | 2
cy>ann:100@3d                           | ann>bob         | 0 .01 |
cy>ann:100@3d-1ms                       | ann>bob         | 1 .03                  | 1
cy>ann:100@1h !cy>ann:900@1h            | ann>bob         | 1 .03                  | 1
cy>ann:100USD@1h                        | ann>bob         | - .x01 | 1
                                        | ->bob           | - .err DebtorAccount |
",
    },
    Table {
        rule: "624",
        layers: Layers::Own,
        rows: "
                                        | ann>bob | 1 .02 |
ann>bob@9d                              | ann>bob | 0 .01 |
ann>bob@1h                              | ann>bob | 1 .02      | 1
ann>cy@1h                               | ann>bob | 2 .03      | 1
ann>cy@9d ann>cy@1h                     | ann>bob | 1 .02      | 2
ann>c1@1h ann>c2@1h                     | ann>bob | 3 .04      | 2 1
ann>c1@1h ann>c2@1h ann>c3@1h           | ann>bob | 4 .04      | 3..1
ann>c1@1h ann>c2@1h ann>c3@1h ann>c4@1h | ann>bob | 5 .05      | 4..1
ann>cy@3d                               | ann>bob | 1 .02 |
ann>cy@3d-1ms                           | ann>bob | 2 .03      | 1
!ann>cy@1h cy>ann@1h                    | ann>bob | 1 .02 |
                                        | ->bob   | - .err DebtorAccount |
",
    },
    Table {
        rule: "625",
        layers: Layers::Own,
        rows: "
                                        | ann>bob     | 1 .01 |
ann>bob@40d                             | ann>bob     | 0 .01 |
c1>bob@1h                               | ann>bob     | 2 .02      | 1
c1>bob@1h c2>bob@1h                     | ann>bob     | 3 .03      | 2 1
c1>bob@1h c2>bob@1h c3>bob@1h           | ann>bob     | 4 .04      | 3..1
c1>bob:60@1h c2>bob:140@1h              | ann>bob     | 3 .03      | 2 1
c1>bob:59@1h c2>bob:141@1h              | ann>bob     | 1 .01 |
c1>bob:100USD@1h                        | ann>bob     | 1 .01 |
c1>bob@40d c1>bob@1h                    | ann>bob     | 1 .01 |
c1>bob@30d c2>bob@30d-1ms               | ann>bob     | 2 .02      | 2
                                        | ann>-       | - .err CreditorAccount |
                                        | ->bob       | - .err DebtorAccount |
",
    },
    Table {
        rule: "626",
        layers: Layers::Own,
        rows: "
                                        | ann>bob     | 1 .01 |
ann>bob@40d                             | ann>bob     | 0 .01 |
ann>c1@1h                               | ann>bob     | 2 .02      | 1
ann>c1@1h ann>c2@1h                     | ann>bob     | 3 .03      | 2 1
ann>c1@1h ann>c2@1h ann>c3@1h           | ann>bob     | 4 .04      | 3..1
ann>c1:60@1h ann>c2:140@1h              | ann>bob     | 3 .03      | 2 1
ann>c1:59@1h ann>c2:141@1h              | ann>bob     | 1 .01 |
ann>c1@30d ann>c2@30d-1ms               | ann>bob     | 2 .02      | 2
                                        | ann>-       | - .err CreditorAccount |
                                        | ->bob       | - .err DebtorAccount |
",
    },
];

#[test]
fn our_own_rules_at_every_edge() {
    TABLES.iter().for_each(Table::holds);
}
