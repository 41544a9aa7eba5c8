//! Where the debtor is, and who the parties are.

use super::scenes::{Layers, Table};

pub const TABLES: &[Table] = &[
    // A degree along the equator, or along a meridian, is 6371 * pi / 180 = 111.194926645 km.
    Table {
        rule: "074",
        layers: Layers::Settled,
        rows: "
                           | ann>bob,at=0/0             | - .x01 |
ann>cy@10min               | ann>bob,at=0/0             | - .x01 |
ann>cy@30min,at=0/0        | ann>bob,at=0/0             | 0 .01 |
ann>cy@30min,at=0/0        | ann>bob,at=0.02248/0       | 4.999323902 .01 |
ann>cy@30min,at=0/0        | ann>bob,at=0.02249/0       | 5.0015478 .02 |
ann>cy@30min,at=0/0        | ann>bob,at=0/0.06744       | 14.997971706 .02 |
ann>cy@30min,at=0/0        | ann>bob,at=0/0.06745       | 15.000195604 .03 |
ann>cy@30min,at=0/0        | ann>bob,at=0/-0.22483      | 49.9999107 .03 |
ann>cy@30min,at=0/0        | ann>bob,at=0/-0.22484      | 50.0021346 .04 |
ann>cy@30min,at=0/179.9    | ann>bob,at=0/-179.9        | 44.477970658 .03 |
ann>cy@30min,at=60/179.9   | ann>bob,at=60/-179.9       | 22.238976861 .03 |
ann>cy@30min,at=90/0       | ann>bob,at=90/180          | 0 .01 |
ann>cy@30min,at=90/0       | ann>bob,at=89.9/77         | 22.238985329 .03 |
ann>cy@30min,at=-90/0      | ann>bob,at=90/0            | 40030.1735922 .04 |
ann>cy@30min,at=0/0        | ann>bob,at=0/180           | 40030.1735922 .04 |
ann>cy@1h-1ms,at=0/0       | ann>bob,at=0/1             | 111.194957532 .04 |
ann>cy@1h,at=0/0           | ann>bob,at=0/1             | - .x01 |
ann>cy@0ms,at=0/0          | ann>bob,at=0/1             | 400301.735922 .04 |
ann>cy@999ms,at=0/0        | ann>bob,at=0/1             | 400301.735922 .04 |
ann>cy@2s,at=0/0           | ann>bob,at=0/1             | 200150.867961 .04 |
ann>cy@30min,at=0/0 ann>cy@20min,at=5/5 | ann>bob,at=5/5 | 0 .01 |
ann>cy@20min,at=5/5 ann>cy@30min,at=0/0 | ann>bob,at=5/5 | 0 .01 |
ann>cy@30min,at=0/0 ann>cy@20min        | ann>bob,at=0/0 | 0 .01 |
cy>ann@30min,at=0/0        | ann>bob,at=0/0             | - .x01 |
ann>cy@30min,at=0/0        | ann>bob                    | - .err Place |
                           | ->bob,at=0/0               | - .err DebtorAccount |
",
    },
    // Places are remembered as the middle of a cell of 0.001 degrees: 0.0005 for 0.
    Table {
        rule: "075",
        layers: Layers::Settled,
        rows: "
                                     | ann>bob,at=0/0        | - .x01 |
ann>cy@1h                            | ann>bob,at=0/0        | - .x01 |
ann>cy@900d,at=0/0                   | ann>bob,at=0/0        | 1 .02 |
2*ann>cy@1h,at=0/0                   | ann>bob,at=0/0        | 2 .02 |
3*ann>cy@1h,at=0/0                   | ann>bob,at=0/0        | 3 .03 |
3*ann>cy@1h,at=0/0.0005              | ann>bob,at=0.0005/0.04546  | 3 .03 |
3*ann>cy@1h,at=0/0.0005              | ann>bob,at=0.0005/0.04547  | 0 .01 |
2*ann>cy@1h,at=0/0 ann>cy@1h,at=5/5  | ann>bob,at=0/0        | 2 .02 |
3*ann>cy@1h,at=0/179.99              | ann>bob,at=0/-179.99  | 3 .03 |
3*ann>cy@1h,at=90/0                  | ann>bob,at=89.99/180  | 3 .03 |
3*cy>ann@1h,at=0/0                   | ann>bob,at=0/0        | - .x01 |
3*!ann>cy@1h,at=0/0                  | ann>bob,at=0/0        | - .x01 |
3*ann>cy@1h,at=0/0                   | ann>bob               | - .err Place |
                                     | ->bob,at=0/0          | - .err DebtorAccount |
",
    },
    Table {
        rule: "028",
        layers: Layers::Both,
        rows: "
      | ann>bob,age=0     | 0 .01 |
      | ann>bob,age=17    | 17 .01 |
      | ann>bob,age=18    | 18 .02 |
      | ann>bob,age=29    | 29 .02 |
      | ann>bob,age=30    | 30 .03 |
      | ann>bob,age=49    | 49 .03 |
      | ann>bob,age=50    | 50 .04 |
      | ->-,age=65535     | 65535 .04 |
      | ann>bob           | - .err DebtorAge |
",
    },
    Table {
        rule: "078",
        layers: Layers::Both,
        rows: "
      | ann>bob,cat=MP2B    | - .01 |
      | ann>bob,cat=MP2P    | - .02 |
      | ann>bob,cat=CASH    | - .03 |
      | ann>bob,cat=DEPOSIT | - .00 |
      | ann>bob,cat=cash    | - .00 |
      | ->-,cat=CASH        | - .03 |
      | ann>bob             | - .err Category |
",
    },
    Table {
        rule: "091",
        layers: Layers::Both,
        rows: "
                       | ann>bob:9999.9999   | 9999.9999 .01 |
                       | ann>bob:10000       | 10000 .02 |
                       | ann>bob:10000.0001  | 10000.0001 .02 |
                       | ann>bob:10000JPY    | 10000 .02 |
                       | ann>bob:0           | 0 .01 |
9*ann>bob:9999@1h      | ->-:5               | 5 .01 |
",
    },
    Table {
        rule: "034",
        layers: Layers::Both,
        rows: "
                       | ann>bob       | - .00 |
watch-account:ann      | ann>bob       | - .01 |
watch-account:ann/blue | ann>bob       | - .00 |
watch-entity:ann watch-account:bob | ann>bob | - .00 |
                       | ->bob         | - .err DebtorAccount |
",
    },
    Table {
        rule: "035",
        layers: Layers::Both,
        rows: "
                       | ann>bob       | - .00 |
watch-account:bob      | ann>bob       | - .01 |
watch-account:bob/blue | ann>bob       | - .00 |
watch-entity:bob watch-account:ann | ann>bob | - .00 |
                       | ann>-         | - .err CreditorAccount |
",
    },
    Table {
        rule: "036",
        layers: Layers::Both,
        rows: "
                       | ann>bob       | - .00 |
watch-entity:ann       | ann>bob       | - .01 |
watch-entity:ann       | ann/blue>bob  | - .01 |
watch-entity:ann       | cy=ann>bob    | - .01 |
watch-account:ann watch-entity:bob | ann>bob | - .00 |
                       | ->bob         | - .err DebtorAccount |
",
    },
    Table {
        rule: "037",
        layers: Layers::Both,
        rows: "
                       | ann>bob       | - .00 |
watch-entity:bob       | ann>bob       | - .01 |
watch-entity:bob       | ann>bob/blue  | - .01 |
watch-account:bob watch-entity:ann | ann>bob | - .00 |
                       | ann>-         | - .err CreditorAccount |
",
    },
];

#[test]
fn rules_of_places_and_parties_at_every_edge() {
    TABLES.iter().for_each(Table::holds);
}
