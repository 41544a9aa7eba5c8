//! Rules about accounts that had never dealt with each other: each row tells first who has a history.

use frms::OutcomeKind;

use super::scenes::{Layers, NOW, Table, alone};
use crate::{Screening, attempt, outcome, pseudonyms};

#[rustfmt::skip]
pub const TABLES: &[Table] = &[
    Table {
        rule: "631",
        layers: Layers::Own,
        rows: "
 | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d | ann>bob | 1 .01 |
hann>ann@200d o>bob@90d | ann>bob | 1 .01 |
hann>ann@200d o>bob@90d-1ms | ann>bob | 0 .01 |
hbob>bob@200d o>ann@90d | ann>bob | 1 .01 |
hbob>bob@200d o>ann@90d-1ms | ann>bob | 0 .01 |
hann>ann@200d ?o>bob@200d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d ann>bob@100d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d bob>ann@100d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d ?ann>bob@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d | ann>bob,cat=MP2B | 0 .01 |
hann>ann@200d hbob>bob@200d | ann>bob,cat=CASH | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d c1>bob@1d | ann>bob | 2 .02 | 4
hann>ann@200d hbob>bob@200d c1>bob@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d c1>bob@1h | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d ?c1>bob@1d | ann>bob | 2 .02 | 4
hann>ann@200d hbob>bob@200d hc1>c1@200d !c1>bob@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d c1>bob@1d,cat=MP2B | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d c1>bob@30d-1ms | ann>bob | 2 .02 | 4
hann>ann@200d hbob>bob@200d hc1>c1@200d c1>bob@30d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>bob:50@1d c2>bob:200@2d | ann>bob | 3 .03 | 5 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>bob:49.99@1d c2>bob:200.01@2d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d c1>bob:100USD@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>bob@2d c2>bob@1d | ann>bob | 3 .03 | 6 5
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>bob@25h c2>bob@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>bob@2d c2>bob@1d c2>bob@1h | ann>bob | 3 .03 | 6 5
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d c1>bob@2d c2>bob@1d c3>bob@1h | ann>bob | 4 .04 | 8 7 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d hc4>c4@200d c1>bob@3d c2>bob@2d c3>bob@1d c4>bob@1h | ann>bob | 5 .04 | 10 9 8 7
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d hc4>c4@200d hc5>c5@200d c1>bob@4d c2>bob@3d c3>bob@2d c4>bob@1d c5>bob@1h | ann>bob | 6 .05 | 12 11 10 9 8
hann>ann@200d hbob>bob@200d hc1>c1@200d p1>bob@35d p2>bob@34d p3>bob@33d p4>bob@32d c1>bob@1d | ann>bob | 0 .01 |
hann>ann@400d hbob>bob@400d hc1>c1@400d p1>bob@300d p2>bob@299d p3>bob@298d c1>bob@1d | ann>bob | 0 .01 |
hann>ann@400d hbob>bob@400d hc1>c1@400d p1>bob@300d p2>bob@299d p3>bob@298d x>bob@284d,cat=MP2B x>bob@270d,cat=MP2B x>bob@256d,cat=MP2B c1>bob@1d | ann>bob | 2 .02 | 10
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d p1>bob@35d p2>bob@34d c1>bob@3d c2>bob@2d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d p1>bob@35d p2>bob@34d c1>bob@4d c2>bob@3d c3>bob@2d | ann>bob | 4 .04 | 10 9 8
hann>ann@200d hbob>bob@200d hc1>c1@200d p1>bob@35d,cat=MP2B p2>bob@34d,cat=MP2B p3>bob@33d,cat=MP2B p4>bob@32d c1>bob@1d | ann>bob | 2 .02 | 8
hann>ann@200d hbob>bob@200d | ann>ann | 0 .01 |
 | ann>- | - .err CreditorAccount |
 | ->bob | - .err DebtorAccount |
",
    },
    Table {
        rule: "632",
        layers: Layers::Own,
        rows: "
 | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d | ann>bob | 1 .01 |
hbob>bob@200d o>ann@90d | ann>bob | 1 .01 |
hbob>bob@200d o>ann@90d-1ms | ann>bob | 0 .01 |
hann>ann@200d o>bob@90d | ann>bob | 1 .01 |
hann>ann@200d o>bob@90d-1ms | ann>bob | 0 .01 |
hbob>bob@200d ?o>ann@200d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d ann>bob@100d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d bob>ann@100d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d ?ann>bob@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d | ann>bob,cat=MP2B | 0 .01 |
hann>ann@200d hbob>bob@200d | ann>bob,cat=CASH | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d ann>c1@1d | ann>bob | 2 .02 | 4
hann>ann@200d hbob>bob@200d ann>c1@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d ann>c1@1h | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d ?ann>c1@1d | ann>bob | 2 .02 | 4
hann>ann@200d hbob>bob@200d hc1>c1@200d !ann>c1@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d ann>c1@1d,cat=MP2B | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d ann>c1@30d-1ms | ann>bob | 2 .02 | 4
hann>ann@200d hbob>bob@200d hc1>c1@200d ann>c1@30d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d ann>c1:50@1d ann>c2:200@2d | ann>bob | 3 .03 | 5 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d ann>c1:49.99@1d ann>c2:200.01@2d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d ann>c1:100USD@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d ann>c1@2d ann>c2@1d | ann>bob | 3 .03 | 6 5
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d ann>c1@25h ann>c2@1d | ann>bob | 1 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d ann>c1@2d ann>c2@1d ann>c2@1h | ann>bob | 3 .03 | 6 5
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d ann>c1@2d ann>c2@1d ann>c3@1h | ann>bob | 4 .04 | 8 7 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d hc4>c4@200d ann>c1@3d ann>c2@2d ann>c3@1d ann>c4@1h | ann>bob | 5 .04 | 10 9 8 7
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d hc4>c4@200d hc5>c5@200d ann>c1@4d ann>c2@3d ann>c3@2d ann>c4@1d ann>c5@1h | ann>bob | 6 .05 | 12 11 10 9 8
hann>ann@200d hbob>bob@200d hc1>c1@200d ann>p1@35d ann>p2@34d ann>p3@33d ann>p4@32d ann>c1@1d | ann>bob | 0 .01 |
hann>ann@400d hbob>bob@400d hc1>c1@400d ann>p1@300d ann>p2@299d ann>p3@298d ann>c1@1d | ann>bob | 0 .01 |
hann>ann@400d hbob>bob@400d hc1>c1@400d ann>p1@300d ann>p2@299d ann>p3@298d ann>x@284d,cat=MP2B ann>x@270d,cat=MP2B ann>x@256d,cat=MP2B ann>c1@1d | ann>bob | 2 .02 | 10
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d ann>p1@35d ann>p2@34d ann>c1@3d ann>c2@2d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d ann>p1@35d ann>p2@34d ann>c1@4d ann>c2@3d ann>c3@2d | ann>bob | 4 .04 | 10 9 8
hann>ann@200d hbob>bob@200d hc1>c1@200d ann>p1@35d,cat=MP2B ann>p2@34d,cat=MP2B ann>p3@33d,cat=MP2B ann>p4@32d ann>c1@1d | ann>bob | 2 .02 | 8
hann>ann@200d hbob>bob@200d | ann>ann | 0 .01 |
 | ann>- | - .err CreditorAccount |
 | ->bob | - .err DebtorAccount |
",
    },
    Table {
        rule: "633",
        layers: Layers::Own,
        rows: "
 | ann>bob | - .x01 |
hann>ann@200d hbob>bob@200d | ann>bob | - .x01 |
hann>ann@200d hbob>bob@200d ?bob>ann@1d | ann>bob | 2 .01 | 3
hann>ann@200d hbob>bob@200d bob>ann@1d | ann>bob | - .x01 |
hann>ann@200d hbob>bob@200d bob>cy@2d cy>ann@1d | ann>bob | 3 .02 | 4 3
hann>ann@200d hbob>bob@200d cy>ann@2d bob>cy@1d | ann>bob | 3 .02 | 3 4
hann>ann@200d hbob>bob@200d ?bob>cy@2d ?cy>ann@1d | ann>bob | 3 .02 | 4 3
hann>ann@200d hbob>bob@200d bob>cy@2d !cy>ann@1d | ann>bob | - .x01 |
hann>ann@200d hbob>bob@200d bob>cy:5USD@2d cy>ann:7@1d | ann>bob | 3 .02 | 4 3
hann>ann@200d hbob>bob@200d bob>cy@2d,cat=MP2B cy>ann@1d | ann>bob | - .x01 |
hann>ann@200d hbob>bob@200d cy>ann@50d bob>cy@2d cy>ann@1d | ann>bob | - .x01 |
hann>ann@200d hbob>bob@200d bob>cy@30d-1ms cy>ann@1d | ann>bob | 3 .02 | 4 3
hann>ann@200d hbob>bob@200d bob>cy@30d cy>ann@1d | ann>bob | - .x01 |
hann>ann@200d o>bob@89d bob>cy@2d cy>ann@1d | ann>bob | - .x01 |
hbob>bob@200d o>ann@89d bob>cy@2d cy>ann@1d | ann>bob | - .x01 |
hann>ann@200d hbob>bob@200d ann>bob@50d bob>cy@2d cy>ann@1d | ann>bob | - .x01 |
hann>ann@200d hbob>bob@200d bob>c1@3d c1>c2@2d c2>ann@1d | ann>bob | 4 .03 | 5 4 3
hann>ann@200d hbob>bob@200d bob>c1@4d c1>c2@3d c2>c3@2d c3>ann@1d | ann>bob | 5 .04 | 6 5 4 3
hann>ann@200d hbob>bob@200d bob>c1@5d c1>ann@4d bob>c2@3d c2>c3@2d c3>ann@1d | ann>bob | 3 .02 | 4 3
hann>ann@200d hbob>bob@200d | ann>ann | - .x01 |
 | ->bob | - .err DebtorAccount |
 | ann>- | - .err CreditorAccount |
",
    },
    Table {
        rule: "634",
        layers: Layers::Own,
        rows: "
 | ann>bob | 0 .01 |
hann>ann@200d | ann>bob | 1 .01 |
o>ann@89d | ann>bob | 0 .01 |
hann>ann@200d ann>bob@50d | ann>bob | 0 .01 |
hann>ann@200d cy>ann@1d | ann>bob | 2 .02 | 2
hann>ann@200d ?cy>ann@1d | ann>bob | 2 .02 | 2
hann>ann@200d !cy>ann@1d | ann>bob | 1 .01 |
hann>ann@200d cy>ann:50@1d | ann>bob | 2 .02 | 2
hann>ann@200d cy>ann:200@1d | ann>bob | 2 .02 | 2
hann>ann@200d cy>ann:49.99@1d | ann>bob | 1 .01 |
hann>ann@200d cy>ann:200.01@1d | ann>bob | 1 .01 |
hann>ann@200d cy>ann:100USD@1d | ann>bob | 1 .01 |
hann>ann@200d cy>ann@30d-1ms | ann>bob | 2 .02 | 2
hann>ann@200d cy>ann@30d | ann>bob | 1 .01 |
hann>ann@200d cy>ann@50d cy>ann@1d | ann>bob | 1 .01 |
hann>ann@200d dan>cy@2d cy>ann@1d | ann>bob | 3 .03 | 3 2
hann>ann@200d cy>ann@2d dan>cy@1d | ann>bob | 2 .02 | 2
hann>ann@200d dan>cy:50@2d cy>ann:100@1d | ann>bob:200 | 3 .03 | 3 2
hann>ann@200d eve>dan@3d dan>cy@2d cy>ann@1d | ann>bob | 4 .04 | 4 3 2
hann>ann@200d dan>cy@3d cy>ann@2d fay>ann@1d | ann>bob | 3 .03 | 3 2
 | ->bob | - .err DebtorAccount |
 | ann>- | - .err CreditorAccount |
",
    },
    Table {
        rule: "635",
        layers: Layers::Own,
        rows: "
 | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>ann:50@2d c2>ann:50@1d | ann>bob | 1 .02 | 6 5
hann>ann@200d hc1>c1@200d hc2>c2@200d c1>ann:50@2d c2>ann:50@1d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>ann:50@25h c2>ann:50@1d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d c1>ann@2d c2>ann@1d ann>d1:50@1h | ann>bob:70 | 2 .03 | 8 7 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>ann@2d c2>ann@1d ann>d1:50@1h | ann>bob:70 | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d c1>ann@2d c2>ann@1d ann>d1:50@1h | ann>bob:120 | 1 .02 | 6 5
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d ?c1>ann@2d ?c2>ann@1d ?ann>d1:50@1h | ann>bob:70 | 2 .03 | 8 7 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d c1>ann@2d c2>ann@1d ann>d1:20@1h | ann>bob:100 | 2 .03 | 8 7 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d c1>ann@2d c2>ann@1d ann>d1:20@1h | ann>bob:99.99 | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d c1>ann@2d c2>ann@1d ann>d1:100@1h | ann>bob:100 | 2 .03 | 8 7 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d c1>ann@2d c2>ann@1d ann>d1:100@1h | ann>bob:100.01 | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d c1>ann@2d c2>ann:100USD@1d ann>d1:20@1d | ann>bob:50 | 1 .02 | 8 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d c1>ann@30d c2>ann@1d ann>d1:20@2d | ann>bob:50 | 1 .02 | 7 8
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d c1>ann@50d c1>ann@2d c2>ann@1d ann>d1:20@3d | ann>bob:50 | 1 .02 | 8 9
hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d o>ann@89d c1>ann@2d c2>ann@1d ann>d1:50@1h | ann>bob:70 | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hc3>c3@200d hd1>d1@200d hd2>d2@200d c1>ann@4d c2>ann@3d c3>ann@2d ann>d1:80@1d ann>d2:80@1h | ann>bob:80 | 3 .04 | 12 11 10 9 8
 | ->bob | - .err DebtorAccount |
 | ann>- | - .err CreditorAccount |
",
    },
    Table {
        rule: "636",
        layers: Layers::Own,
        rows: "
 | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d | ann>bob | 0 .01 |
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:30@2d bob>d2:30@1d | ann>bob:100 | 1 .02 | 6 5
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:30@2d bob>d2:29.99@1d | ann>bob:100 | 0 .01 |
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:50@2d bob>d2:50@1d | ann>bob:100 | 1 .02 | 6 5
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:50@2d bob>d2:50.01@1d | ann>bob:100 | 0 .01 |
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d ?bob>d1:30@2d ?bob>d2:30@1d | ann>bob:100 | 1 .02 | 6 5
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:30@2d !bob>d2:30@1d | ann>bob:100 | 0 .01 |
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:30@25h bob>d2:30@1d | ann>bob:100 | 0 .01 |
hann>ann@200d hbob>bob@200d hd1>d1@200d bob>d1:30@2d bob>d2:30@1d | ann>bob:100 | 0 .01 |
hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:30@2d bob>d2:30@1d | ann>bob:100 | 0 .01 |
hann>ann@200d o>bob@89d hd1>d1@200d hd2>d2@200d bob>d1:30@2d bob>d2:30@1d | ann>bob:100 | 0 .01 |
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d ann>bob@100d bob>d1:30@2d bob>d2:30@1d | ann>bob:100 | 0 .01 |
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:30@2d bob>d2:30USD@1d | ann>bob:100 | 0 .01 |
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:30@30d-1ms bob>d2:30@1d | ann>bob:100 | 1 .02 | 6 5
hann>ann@200d hbob>bob@200d hd1>d1@200d hd2>d2@200d bob>d1:30@30d bob>d2:30@1d | ann>bob:100 | 0 .01 |
hann>ann@200d hbob>bob@200d hc1>c1@200d hd1>d1@200d hd2>d2@200d c1>bob@3d bob>d1:80@2d bob>d2:80@1d | ann>bob:100 | 2 .03 | 8 7 6
hann>ann@200d hbob>bob@200d hc1>c1@200d hd1>d1@200d c1>bob@3d bob>d1:120@2d | ann>bob:100 | 1 .02 | 6 5
hann>ann@200d hbob>bob@200d hc1>c1@200d hc2>c2@200d hd1>d1@200d hd2>d2@200d hd3>d3@200d bob>d1:80@5d c1>bob@4d bob>d2:80@3d c2>bob@2d bob>d3:80@1d | ann>bob:100 | 3 .04 | 12 11 10 9 8
 | ->bob | - .err DebtorAccount |
 | ann>- | - .err CreditorAccount |
",
    },
];

#[test]
fn rules_of_new_relations_at_every_edge() {
    TABLES.iter().for_each(Table::holds);
}

/// Beyond its bound an account remembers nobody else: whoever comes then stays new to it, and so often
/// that it is none of anybody's surprise.
#[test]
fn the_memory_of_relations_is_bounded_and_who_has_many_is_never_surprised() {
    let mut screening = Screening::of(alone("631"));
    let paid = |screening: &mut Screening, id: u128, at_ms: i64, debtor: &str, creditor: &str| {
        screening.attempt(attempt(id, at_ms, debtor, creditor));
        screening.take(outcome(id, OutcomeKind::Committed, at_ms));
    };
    let day = 86_400_000;
    for (id, ago) in (0..700_u128).zip((1..=700_i64).rev()) {
        paid(&mut screening, id, NOW - ago * day, &format!("c{id}"), "bob");
    }
    let bob = pseudonyms().party("MSISDN", "bob", "blue").account;
    let relations = &screening.engine.features().account(bob).unwrap().relations;
    let short = |id: u32| pseudonyms().party("MSISDN", &format!("c{id}"), "green").account.short();
    assert!((0..500).all(|id| relations.know(short(id))));
    let known = (550..700).filter(|id| relations.know(short(*id))).count();
    assert!(known < 15, "{known} of 150 that it does not remember: 16 bits of 512");
    paid(&mut screening, 1_000, NOW - 200 * day, "ann", "o");
    let verdict = screening.attempt(attempt(1_001, NOW, "ann", "bob"));
    assert_eq!(verdict.rules[0].value, Some(0.0), "to it that happens every day");
}
