//! Deadlines: expiry, its race with the fulfil, late answers (T1-T3, T12-T15), questions, proxies.

use switch::Rules;

use crate::table::check_scheme;

#[test]
fn the_deadline_is_the_first_instant_at_which_it_is_over() {
    check_scheme(
        Rules::default(),
        "
        0   | prepare 1 alfa>beta 10 own=500  | ok, beta: prepare
        0   | prepare 2 alfa>beta 10 own=500  | ok, beta: prepare
        0   | prepare 3 alfa>beta 10 own=500  | ok, beta: prepare
        0   | expire 9                        | no TransferUnknown
        499 | expire 1                        | pending
        # T1: one millisecond before
        499 | fulfil 1 beta>alfa committed    | ok, end, alfa: fulfil, beta: copy COMMITTED
        500 | expire 1                        | COMMITTED
        # T3: both at the same instant, in either order: the expiry wins
        500 | fulfil 2 beta>alfa committed    | late, end, alfa: error TransferExpired, beta: error TransferExpired, operator: reconcile right
        500 | expire 2                        | ABORTED
        500 | expire 3                        | ok, end, alfa: error TransferExpired, beta: error TransferExpired
        500 | fulfil 3 beta>alfa committed    | late, beta: error TransferExpired, operator: reconcile right
        500 | transfer 2                      | ExpiredReserved by TransferExpired, late Committed right
        500 | transfer 3                      | ExpiredReserved by TransferExpired, late Committed right
        500 | accounts alfa                   | position 10 reserved 0 value 10 cover 100
        500 | accounts beta                   | position -10 reserved 0 value -10 cover 100
        ",
    );
}

#[test]
fn our_deadline_never_outlives_the_signed_expiration() {
    check_scheme(
        Rules::default(),
        "
        0   | prepare 1 alfa>beta 10 for=300 own=500 | ok, beta: prepare
        299 | expire 1                               | pending
        300 | fulfil 1 beta>alfa reserved            | late, end, alfa: error TransferExpired, beta: patch ABORTED TransferExpired
        ",
    );
}

/// T13-T15: 3303 whatever else is wrong; the better evidence is kept; again on each resend.
#[test]
fn late_answers() {
    check_scheme(
        Rules::default(),
        "
        0    | prepare 1 alfa>beta 10               | ok, beta: prepare
        1000 | expire 1                             | ok, end, alfa: error TransferExpired, beta: error TransferExpired
        1001 | expire 1                             | ABORTED
        1001 | fulfil 1 beta>alfa reserved wrong    | late, beta: patch ABORTED TransferExpired
        1001 | transfer 1                           | ExpiredReserved by TransferExpired, late Reserved wrong
        1002 | fulfil 1 beta>alfa reserved wrong    | late, beta: patch ABORTED TransferExpired
        1003 | fulfil 1 beta>gamma committed wrong  | late, beta: error TransferExpired, operator: reconcile wrong
        1004 | fulfil 1 beta>alfa reserved          | late, beta: patch ABORTED TransferExpired
        1004 | transfer 1                           | ExpiredReserved by TransferExpired, late Reserved right
        1005 | fulfil 1 beta>alfa committed         | late, beta: error TransferExpired, operator: reconcile right
        1006 | fulfil 1 beta>alfa committed         | late, beta: error TransferExpired
        1007 | fulfil 1 beta>alfa committed worse   | late, beta: error TransferExpired
        1008 | transfer 1                           | ExpiredReserved by TransferExpired, late Committed right
        # another than the payee is a stranger first
        1009 | fulfil 1 gamma>alfa committed        | no SourceIsNotPayee, gamma: error SourceIsNotPayee
        # a late error needs no answer
        1010 | abort 1 beta>alfa 5100               | late
        1011 | prepare 1 alfa>beta 10               | resent, alfa: error TransferExpired
        ",
    );
}

/// The expiry has not run yet: the late answer runs it, each side is told once.
#[test]
fn late_answers_expire() {
    check_scheme(
        Rules::default(),
        "
        0    | prepare 1 alfa>beta 10              | ok, beta: prepare
        0    | prepare 2 alfa>beta 10              | ok, beta: prepare
        0    | prepare 3 alfa>beta 10              | ok, beta: prepare
        1000 | fulfil 1 beta>alfa reserved wrong   | late, end, alfa: error TransferExpired, beta: patch ABORTED TransferExpired
        1000 | fulfil 2 gamma>alfa committed       | no SourceIsNotPayee, gamma: error SourceIsNotPayee
        1000 | transfer 2                          | Reserved
        1000 | fulfil 2 beta>gamma committed wrong | late, end, alfa: error TransferExpired, beta: error TransferExpired, operator: reconcile wrong
        1000 | abort 3 beta>alfa 5100              | late, end, alfa: error TransferExpired
        1000 | transfer 3                          | ExpiredReserved by TransferExpired
        1000 | accounts alfa                       | position 0 reserved 0 value 0 cover 100
        ",
    );
}

/// The peer's option does not let strangers end what is over.
#[test]
fn strangers_do_not_abort_what_is_overdue() {
    check_scheme(
        Rules { abort_on_foreign_fulfil: true, ..Rules::default() },
        "
        0    | prepare 1 alfa>beta 10              | ok, beta: prepare
        1000 | fulfil 1 gamma>alfa committed       | no SourceIsNotPayee, gamma: error SourceIsNotPayee
        1000 | expire 1                            | ok, end, alfa: error TransferExpired, beta: error TransferExpired
        ",
    );
}

#[test]
fn never_sent_is_told_to_the_payer_alone() {
    check_scheme(
        Rules::default(),
        "
        0   | prepare 1 alfa>beta 10              | ok, beta: prepare
        0   | never-sent 9                        | no TransferUnknown
        10  | never-sent 1                        | ok, end, alfa: error NeverSent
        10  | transfer 1                          | ExpiredReserved by NeverSent
        11  | never-sent 1                        | ABORTED
        11  | expire 1                            | ABORTED
        11  | prepare 1 alfa>beta 10              | resent, alfa: error NeverSent
        12  | fulfil 1 beta>alfa reserved         | late, beta: patch ABORTED TransferExpired
        12  | accounts alfa                       | position 0 reserved 0 value 0 cover 100
        ",
    );
}

/// T12: the payer asks after the deadline while no expiry runs.
#[test]
fn questions() {
    check_scheme(
        Rules::default(),
        "
        0    | prepare 1 alfa>beta 10    | ok, beta: prepare
        0    | get 2 alfa                | no TransferUnknown, alfa: error TransferUnknown
        0    | get 1 gamma               | no NotAParty, gamma: error NotAParty
        999  | get 1 alfa                | RESERVED, alfa: state RESERVED
        999  | get 1 beta                | RESERVED, beta: state RESERVED
        1000 | get 1 gamma               | no NotAParty, gamma: error NotAParty
        1000 | get 1 alfa                | ABORTED, end, alfa: error TransferExpired, beta: error TransferExpired, alfa: state ABORTED
        1000 | get 1 beta                | ABORTED, beta: state ABORTED
        1000 | accounts alfa             | position 0 reserved 0 value 0 cover 100
        2000 | prepare 3 alfa>beta 10    | ok, beta: prepare
        2001 | fulfil 3 beta>alfa reserved | ok, end, alfa: committed, beta: patch COMMITTED
        9000 | get 3 alfa                | COMMITTED, alfa: state COMMITTED with fulfilment
        ",
    );
}

/// What went through a proxy is asked about and never ended by our clock.
#[test]
fn forwarded_transfers_outlive_their_deadline() {
    check_scheme(
        Rules { poll_forwarded_ms: 100, ..Rules::default() },
        "
        0    | join proxy proxy              | ok
        0    | limit proxy 100               | ok
        0    | prepare 1 alfa>proxy 10       | ok, proxy: prepare
        0    | prepare 2 alfa>proxy 10       | ok, proxy: prepare
        1000 | expire 1                      | pending, proxy: get
        1001 | expire 1                      | pending
        1130 | expire 1                      | pending, proxy: get
        1229 | expire 1                      | pending
        1230 | get 1 alfa                    | RESERVED, alfa: state RESERVED
        1230 | prepare 1 alfa>proxy 10       | pending
        1230 | fulfil 1 proxy>alfa committed | ok, end, alfa: fulfil, proxy: copy COMMITTED
        1230 | abort 2 proxy>alfa 5100       | ok, end, alfa: abort 5100, proxy: copy ABORTED
        1230 | accounts alfa                 | position 10 reserved 0 value 10 cover 100
        ",
    );
}
