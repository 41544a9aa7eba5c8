//! Holds: a prepare that screening holds, and the race of its ends (DESIGN §3, HELD).

use switch::{Rules, Screening};

use crate::table::check_scheme;

fn screened() -> Rules {
    Rules { screening: Screening::Required, ..Rules::default() }
}

/// Nothing is reserved while it is held; release admits it as a prepare, once.
#[test]
fn release() {
    check_scheme(
        screened(),
        "
        0   | prepare 1 alfa>beta 10                          | no NotScreened
        0   | prepare 1 alfa>beta 10 verdict=hold floor=300   | ok, operator: hold until 700
        1   | transfer 1                                      | Held
        1   | accounts alfa                                   | position 0 reserved 0 value 0 cover 100
        # a resend is in progress, screened or not; other terms are another request
        2   | prepare 1 alfa>beta 10                          | pending
        2   | prepare 1 alfa>beta 10 verdict=blocked          | pending
        2   | prepare 1 alfa>beta 10 verdict=allowed          | pending
        2   | prepare 1 alfa>beta 11 verdict=allowed          | no ModifiedRequest, alfa: error ModifiedRequest
        2   | prepare 1 alfa>beta 10 source=gamma             | no SourceIsNotPayer, gamma: error SourceIsNotPayer
        3   | get 1 alfa                                      | RECEIVED, alfa: state RECEIVED
        3   | get 1 beta                                      | RECEIVED, beta: state RECEIVED
        3   | get 1 gamma                                     | no NotAParty, gamma: error NotAParty
        4   | expire 1                                        | pending
        4   | never-sent 1                                    | pending
        699 | release 1 alfa>beta                             | ok, released, beta: prepare
        699 | accounts alfa                                   | position 0 reserved 10 value 10 cover 100
        700 | release 1 alfa>beta                             | resent
        700 | block 1                                         | no NotHeld
        # its deadline is its own again, not that of the hold
        700 | expire 1                                        | pending
        999 | prepare 1 alfa>beta 10                          | pending
        999 | fulfil 1 beta>alfa committed                    | ok, end, alfa: fulfil, beta: copy COMMITTED
        999 | release 1 alfa>beta                             | resent
        999 | block 1                                         | COMMITTED
        999 | prepare 1 alfa>beta 10                          | resent, alfa: fulfil again
        ",
    );
}

/// A released transfer that nobody answers expires at its own deadline.
#[test]
fn a_released_transfer_keeps_its_deadline() {
    check_scheme(
        Rules::default(),
        "
        0    | prepare 1 alfa>beta 10 verdict=hold floor=300  | ok, operator: hold until 700
        5    | release 1 alfa>beta                            | ok, released, beta: prepare
        999  | expire 1                                       | pending
        1000 | expire 1                                       | ok, end, alfa: error TransferExpired, beta: error TransferExpired
        1000 | release 1 alfa>beta                            | resent
        1000 | transfer 1                                     | ExpiredReserved by TransferExpired
        # without a floor both ends are at one instant
        0    | prepare 2 alfa>beta 10 verdict=hold            | ok, operator: hold until 1000
        999  | release 2 alfa>beta                            | ok, released, beta: prepare
        1000 | fulfil 2 beta>alfa reserved                    | late, end, alfa: error TransferExpired, beta: patch ABORTED TransferExpired
        1000 | accounts alfa                                  | position 0 reserved 0 value 0 cover 100
        ",
    );
}

#[test]
fn block() {
    check_scheme(
        screened(),
        "
        0   | prepare 1 alfa>beta 10 verdict=hold floor=300   | ok, operator: hold until 700
        9   | block 9                                         | no TransferUnknown
        9   | release 9 alfa>beta                             | no TransferUnknown
        699 | block 1                                         | ok, blocked, alfa: error BlockedByScreening
        699 | transfer 1                                      | AbortedRejected by BlockedByScreening
        700 | block 1                                         | resent
        700 | release 1 alfa>beta                             | ABORTED
        700 | expire 1                                        | ABORTED
        700 | get 1 alfa                                      | ABORTED, alfa: state ABORTED
        700 | prepare 1 alfa>beta 10                          | resent, alfa: error BlockedByScreening
        700 | fulfil 1 beta>alfa reserved                     | no NotReserved, beta: patch ABORTED
        700 | accounts alfa                                   | position 0 reserved 0 value 0 cover 100
        # blocked at once, not after a hold
        800 | prepare 2 alfa>beta 10 verdict=blocked          | no BlockedByScreening, alfa: error BlockedByScreening
        800 | block 2                                         | ABORTED
        800 | release 2 alfa>beta                             | ABORTED
        # never held
        800 | prepare 3 alfa>beta 10 verdict=allowed          | ok, beta: prepare
        800 | block 3                                         | no NotHeld
        800 | release 3 alfa>beta                             | no NotHeld
        801 | abort 3 beta>alfa 5100                          | ok, end, alfa: abort 5100, beta: copy ABORTED
        801 | release 3 alfa>beta                             | ABORTED
        ",
    );
}

/// At the end of the hold only its expiry can end it, whoever comes first; the payee is not told.
#[test]
fn the_end_of_the_hold_is_the_first_instant_at_which_it_is_over() {
    check_scheme(
        Rules::default(),
        "
        0   | prepare 1 alfa>beta 10 verdict=hold floor=300   | ok, operator: hold until 700
        0   | prepare 2 alfa>beta 10 verdict=hold floor=300   | ok, operator: hold until 700
        0   | prepare 3 alfa>beta 10 verdict=hold floor=300   | ok, operator: hold until 700
        0   | prepare 4 alfa>beta 10 verdict=hold floor=300   | ok, operator: hold until 700
        0   | prepare 5 alfa>beta 10 verdict=hold floor=300   | ok, operator: hold until 700
        699 | expire 1                                        | pending
        700 | expire 1                                        | ok, expired, alfa: error TransferExpired
        700 | release 1 alfa>beta                             | ABORTED
        700 | block 1                                         | ABORTED
        700 | release 2 alfa>beta                             | late, expired, alfa: error TransferExpired
        700 | release 2 alfa>beta                             | ABORTED
        700 | block 3                                         | late, expired, alfa: error TransferExpired
        700 | prepare 4 alfa>beta 10                          | resent, expired, alfa: error TransferExpired
        700 | get 5 alfa                                      | ABORTED, expired, alfa: error TransferExpired, alfa: state ABORTED
        700 | transfer 1                                      | ExpiredPrepared by TransferExpired
        700 | prepare 1 alfa>beta 10                          | resent, alfa: error TransferExpired
        700 | fulfil 1 beta>alfa committed                    | no NotReserved, beta: error NotReserved
        700 | accounts alfa                                   | position 0 reserved 0 value 0 cover 100
        ",
    );
}

/// The hold leaves the payee its time: never past own - floor, what the header leaves, or what
/// the payer signed. Without any time there is nothing to hold.
#[test]
fn how_long_it_is_held() {
    check_scheme(
        Rules::default(),
        "
        0   | prepare 1 alfa>beta 10 verdict=hold own=800 floor=300  | ok, operator: hold until 500
        0   | prepare 2 alfa>beta 10 verdict=hold by=400 floor=300   | ok, operator: hold until 400
        0   | prepare 3 alfa>beta 10 verdict=hold for=600 own=900    | ok, operator: hold until 600
        0   | prepare 4 alfa>beta 10 verdict=hold own=300 floor=300  | no NoTimeLeft, alfa: error NoTimeLeft
        0   | transfer 4                                             | Invalid by NoTimeLeft
        0   | release 4 alfa>beta                                    | ABORTED
        # the last instant at which there is time to send it
        399 | release 2 alfa>beta                                    | ok, released, beta: prepare
        ",
    );
}

/// What would be refused is not held; what can no longer be admitted is refused at its release.
#[test]
fn admission_is_decided_at_the_release() {
    check_scheme(
        screened(),
        "
        0   | prepare 1 alfa>beta 101 verdict=hold            | no InsufficientLiquidity, alfa: error InsufficientLiquidity
        0   | prepare 2 alfa>beta 0 verdict=hold              | no AmountIsZero, alfa: error AmountIsZero
        0   | prepare 3 alfa>beta 60 verdict=hold             | ok, operator: hold until 1000
        0   | prepare 4 alfa>beta 60 verdict=hold             | ok, operator: hold until 1000
        0   | prepare 5 alfa>beta 60 verdict=allowed          | ok, beta: prepare
        1   | release 3 alfa>beta                             | no InsufficientLiquidity, refused, alfa: error InsufficientLiquidity
        1   | transfer 3                                      | AbortedRejected by InsufficientLiquidity
        1   | release 3 alfa>beta                             | ABORTED
        1   | block 3                                         | ABORTED
        1   | prepare 3 alfa>beta 60                          | resent, alfa: error InsufficientLiquidity
        2   | abort 5 beta>alfa 5100                          | ok, end, alfa: abort 5100, beta: copy ABORTED
        3   | release 4 alfa>beta                             | ok, released, beta: prepare
        3   | prepare 6 alfa>beta 40 verdict=hold             | ok, operator: hold until 1003
        3   | relimit alfa 99                                 | ok, operator: limit 99
        3   | release 6 alfa>beta                             | no NetDebitCap, refused, alfa: error NetDebitCap
        4   | prepare 7 alfa>beta 5 verdict=hold              | ok, operator: hold until 1004
        4   | prepare 8 alfa>beta 5 verdict=hold              | ok, operator: hold until 1004
        4   | prepare 9 alfa>beta 39 verdict=hold             | ok, operator: hold until 1004
        4   | stop beta                                       | ok
        4   | release 7 alfa>beta                             | no PayeeInactive, refused, alfa: error PayeeInactive
        4   | transfer 7                                      | Invalid by PayeeInactive
        4   | start beta                                      | ok
        4   | close beta 6                                    | ok
        4   | release 8 alfa>beta                             | no PayeeAccountInactive, refused, alfa: error PayeeAccountInactive
        4   | open beta 6                                     | ok
        # the alarm is told when the room is taken
        4   | release 9 alfa>beta                             | ok, released, beta: prepare, operator: alarm 99/100
        4   | accounts alfa                                   | position 0 reserved 99 value 99 cover 100
        ",
    );
}

/// The payee has not been asked: whatever it says changes nothing, whoever says it is refused.
#[test]
fn answers_to_a_held_transfer() {
    for abort_on_foreign_fulfil in [false, true] {
        check_scheme(
            Rules { abort_on_foreign_fulfil, ..Rules::default() },
            "
            0   | prepare 1 alfa>beta 10 verdict=hold floor=300 | ok, operator: hold until 700
            1   | fulfil 1 beta>alfa committed                  | no NotReserved, beta: error NotReserved
            1   | fulfil 1 beta>alfa reserved wrong             | no NotReserved, beta: error NotReserved
            1   | fulfil 1 gamma>alfa committed                 | no SourceIsNotPayee, gamma: error SourceIsNotPayee
            1   | abort 1 beta>alfa 5100                        | no NotReserved, beta: error NotReserved
            1   | abort 1 gamma>alfa 5100                       | no SourceIsNotPayee, gamma: error SourceIsNotPayee
            700 | fulfil 1 beta>alfa committed                  | no NotReserved, beta: error NotReserved
            700 | abort 1 beta>alfa 5100                        | no NotReserved, beta: error NotReserved
            700 | transfer 1                                    | Held
            700 | expire 1                                      | ok, expired, alfa: error TransferExpired
            0   | prepare 2 alfa>beta 10 verdict=hold           | ok, operator: hold until 1000
            1   | fulfil 2 beta>alfa committed                  | no NotReserved, beta: error NotReserved
            2   | release 2 alfa>beta                           | ok, released, beta: prepare
            3   | fulfil 2 beta>alfa committed                  | ok, end, alfa: fulfil, beta: copy COMMITTED
            ",
        );
    }
}

/// Behind a proxy our clock ends the hold, and nothing once it is released.
#[test]
fn a_release_through_a_proxy() {
    check_scheme(
        Rules { poll_forwarded_ms: 100, ..Rules::default() },
        "
        0    | join proxy proxy                                | ok
        0    | limit proxy 100                                 | ok
        0    | prepare 1 alfa>proxy 10 verdict=hold floor=300  | ok, operator: hold until 700
        0    | prepare 2 alfa>proxy 10 verdict=hold floor=300  | ok, operator: hold until 700
        9    | release 1 alfa>proxy                            | ok, released, proxy: prepare
        700  | expire 2                                        | ok, expired, alfa: error TransferExpired
        1000 | expire 1                                        | pending, proxy: get
        1000 | release 1 alfa>proxy                            | resent
        1001 | fulfil 1 proxy>alfa committed                   | ok, end, alfa: fulfil, proxy: copy COMMITTED
        ",
    );
}

/// A release names the held transfer's own parties, or nothing is done.
#[test]
fn a_release_for_other_parties_is_the_hubs_own_fault() {
    check_scheme(
        Rules::default(),
        "
        0 | prepare 1 alfa>beta 10 verdict=hold | ok, operator: hold until 1000
        1 | release 1 alfa>gamma                | no LedgerInconsistent
        1 | transfer 1                          | Held
        ",
    );
}
