//! Prepare: every refusal in its order, duplicates, limits.

use switch::{Rules, Screening};

use crate::table::check_scheme;

/// Each row mends the mistake of the row before it, so that the order of checks is what is seen.
#[test]
fn refusals_in_order() {
    let rules = Rules { screening: Screening::Required, ..Rules::default() };
    check_scheme(
        rules,
        "
        1 | join delta                                          | ok
        1 | stop delta                                          | ok
        1 | join omega                                          | ok
        1 | hub reconciliation in=XXX                           | ok
        1 | hub settlement in=XXX                               | ok
        1 | join alfa in=XXX                                    | ok
        1 | limit alfa 5 in=XXX                                 | ok
        9 | prepare 1 nobody>noone 0 for=0 source=beta          | no SourceIsNotPayer, beta: error SourceIsNotPayer
        9 | prepare 1 nobody>noone 0 for=0                      | no AmountIsZero, nobody: error AmountIsZero
        9 | prepare 2 nobody>noone -1 for=0                     | no AmountIsNegative, nobody: error AmountIsNegative
        9 | prepare 3 nobody>noone 200 for=0                    | no PayerUnknown, nobody: error PayerUnknown
        9 | prepare 4 delta>noone 200 for=0                     | no PayerInactive, delta: error PayerInactive
        9 | prepare 5 alfa>noone 200 for=0                      | no PayeeUnknown, alfa: error PayeeUnknown
        9 | prepare 6 alfa>delta 200 for=0                      | no PayeeInactive, alfa: error PayeeInactive
        9 | prepare 7 alfa>alfa 200 for=0                       | no ExpirationPast, alfa: error ExpirationPast
        9 | prepare 8 alfa>alfa 200 own=0                       | no NoTimeLeft, alfa: error NoTimeLeft
        9 | prepare 9 alfa>alfa 200 by=8                        | no NoTimeLeft, alfa: error NoTimeLeft
        9 | prepare 10 alfa>alfa 200 by=9                       | no OnUsTransfer, alfa: error OnUsTransfer
        9 | prepare 11 alfa>beta 200 in=USD                     | no PayerAccountUnknown, alfa: error PayerAccountUnknown
        9 | prepare 12 omega>beta 200                           | no PayerAccountInactive, omega: error PayerAccountInactive
        9 | prepare 13 alfa>beta 200 in=XXX                     | no PayeeAccountUnknown, alfa: error PayeeAccountUnknown
        9 | prepare 14 alfa>omega 200                           | no PayeeAccountInactive, alfa: error PayeeAccountInactive
        9 | prepare 15 alfa>beta 200                            | no InsufficientLiquidity, alfa: error InsufficientLiquidity
        9 | relimit alfa 10                                     | ok, operator: limit 10
        9 | prepare 16 alfa>beta 100.0001                       | no InsufficientLiquidity, alfa: error InsufficientLiquidity
        9 | prepare 17 alfa>beta 100                            | no NetDebitCap, alfa: error NetDebitCap
        9 | prepare 18 alfa>beta 10 verdict=blocked             | no BlockedByScreening, alfa: error BlockedByScreening
        9 | prepare 19 alfa>beta 10                             | no NotScreened
        9 | prepare 19 alfa>beta 10 verdict=allowed             | ok, beta: prepare
        9 | accounts alfa                                       | position 0 reserved 10 value 10 cover 100
        ",
    );
}

/// What was refused stays refused under its id, except where the sender had no right to the id.
#[test]
fn refusals_are_kept_for_a_resend() {
    check_scheme(
        Rules::default(),
        "
        9 | prepare 1 alfa>beta 10 source=gamma  | no SourceIsNotPayer, gamma: error SourceIsNotPayer
        9 | transfer 1                           | none
        9 | prepare 2 nobody>beta 10             | no PayerUnknown, nobody: error PayerUnknown
        9 | transfer 2                           | none
        9 | prepare 2 nobody>beta 0              | no AmountIsZero, nobody: error AmountIsZero
        9 | transfer 2                           | none
        9 | prepare 2 alfa>beta 0                | no AmountIsZero, alfa: error AmountIsZero
        9 | transfer 2                           | Invalid by AmountIsZero
        9 | prepare 3 alfa>beta 101              | no InsufficientLiquidity, alfa: error InsufficientLiquidity
        9 | transfer 3                           | AbortedRejected by InsufficientLiquidity
        9 | funds 1 alfa 4 100                   | ok
        9 | prepare 3 alfa>beta 101              | resent, alfa: error InsufficientLiquidity
        9 | prepare 4 alfa>beta 101              | no NetDebitCap, alfa: error NetDebitCap
        9 | transfer 4                           | AbortedRejected by NetDebitCap
        9 | prepare 5 alfa>alfa 1                | no OnUsTransfer, alfa: error OnUsTransfer
        9 | transfer 5                           | Invalid by OnUsTransfer
        9 | prepare 5 alfa>alfa 1                | resent, alfa: error OnUsTransfer
        9 | prepare 5 alfa>beta 1                | no ModifiedRequest, alfa: error ModifiedRequest
        9 | fulfil 5 alfa>alfa committed         | no NotReserved, alfa: error NotReserved
        9 | expire 5                             | ABORTED
        9 | get 5 alfa                           | ABORTED, alfa: state ABORTED
        ",
    );
}

#[test]
fn duplicates() {
    check_scheme(
        Rules::default(),
        "
        9   | prepare 1 alfa>beta 10              | ok, beta: prepare
        10  | prepare 1 alfa>beta 10              | pending
        11  | prepare 1 alfa>beta 11              | no ModifiedRequest, alfa: error ModifiedRequest
        12  | prepare 1 alfa>beta 10 source=gamma | no SourceIsNotPayer, gamma: error SourceIsNotPayer
        13  | accounts alfa                       | position 0 reserved 10 value 10 cover 100
        14  | fulfil 1 beta>alfa committed        | ok, end, alfa: fulfil, beta: copy COMMITTED
        15  | prepare 1 alfa>beta 10              | resent, alfa: fulfil again
        # R03: another hash after COMMITTED
        16  | prepare 1 alfa>beta 11              | no ModifiedRequest, alfa: error ModifiedRequest
        17  | transfer 1                          | Committed
        20  | prepare 2 alfa>beta 10              | ok, beta: prepare
        21  | fulfil 2 beta>alfa reserved         | ok, end, alfa: committed, beta: patch COMMITTED
        22  | prepare 2 alfa>beta 10              | resent, alfa: committed
        30  | prepare 3 alfa>beta 10              | ok, beta: prepare
        31  | abort 3 beta>alfa 5100              | ok, end, alfa: abort 5100, beta: copy ABORTED
        32  | prepare 3 alfa>beta 10              | resent, alfa: abort 5100 again
        # past its deadline, the resend itself expires it
        40  | prepare 4 alfa>beta 10              | ok, beta: prepare
        1039| prepare 4 alfa>beta 10              | pending
        1040| prepare 4 alfa>beta 10              | resent, end, alfa: error TransferExpired, beta: error TransferExpired
        1041| prepare 4 alfa>beta 10              | resent, alfa: error TransferExpired
        1042| accounts alfa                       | position 20 reserved 0 value 20 cover 100
        ",
    );
}

/// Three times 80 against 100 in one batch: the peer admits all three (switch-core.md §0.6).
#[test]
fn a_batch_sees_its_own_reservations() {
    check_scheme(
        Rules::default(),
        "
        9 | prepare 1 alfa>beta 80      | ok, beta: prepare
        9 | prepare 2 alfa>beta 80      | no InsufficientLiquidity, alfa: error InsufficientLiquidity
        9 | prepare 3 alfa>beta 80      | no InsufficientLiquidity, alfa: error InsufficientLiquidity
        9 | prepare 4 alfa>beta 20      | ok, beta: prepare, operator: alarm 100/100
        9 | prepare 5 alfa>beta 0.0001  | no InsufficientLiquidity, alfa: error InsufficientLiquidity
        9 | accounts alfa               | position 0 reserved 100 value 100 cover 100
        9 | abort 1 beta>alfa 5100      | ok, end, alfa: abort 5100, beta: copy ABORTED
        9 | prepare 6 alfa>beta 80.0001 | no InsufficientLiquidity, alfa: error InsufficientLiquidity
        9 | prepare 7 alfa>beta 80      | ok, beta: prepare, operator: alarm 100/100
        ",
    );
}

/// The alarm is told when the threshold is passed, not again while it stays passed.
#[test]
fn the_alarm_is_told_once() {
    check_scheme(
        Rules::default(),
        "
        9 | prepare 1 alfa>beta 90      | ok, beta: prepare
        9 | prepare 2 alfa>beta 0.0001  | ok, beta: prepare, operator: alarm 90.0001/100
        9 | prepare 3 alfa>beta 1       | ok, beta: prepare
        9 | abort 3 beta>alfa 5100      | ok, end, alfa: abort 5100, beta: copy ABORTED
        9 | abort 2 beta>alfa 5100      | ok, end, alfa: abort 5100, beta: copy ABORTED
        9 | relimit alfa 100 alarm=50   | ok, operator: limit 100
        9 | prepare 4 alfa>beta 1       | ok, beta: prepare
        9 | abort 1 beta>alfa 5100      | ok, end, alfa: abort 5100, beta: copy ABORTED
        9 | prepare 5 alfa>beta 50      | ok, beta: prepare, operator: alarm 51/100
        ",
    );
}

#[test]
fn what_is_received_can_be_spent() {
    check_scheme(
        Rules::default(),
        "
        9 | prepare 1 alfa>beta 100        | ok, beta: prepare, operator: alarm 100/100
        9 | prepare 2 beta>alfa 100.0001   | no InsufficientLiquidity, beta: error InsufficientLiquidity
        9 | fulfil 1 beta>alfa committed   | ok, end, alfa: fulfil, beta: copy COMMITTED
        9 | accounts alfa                  | position 100 reserved 0 value 100 cover 100
        9 | accounts beta                  | position -100 reserved 0 value -100 cover 100
        9 | prepare 3 beta>gamma 200       | ok, gamma: prepare, operator: alarm 100/100
        9 | accounts beta                  | position -100 reserved 200 value 100 cover 100
        ",
    );
}

#[test]
fn a_lowered_limit_admits_nothing_and_undoes_nothing() {
    check_scheme(
        Rules::default(),
        "
        9 | prepare 1 alfa>beta 50         | ok, beta: prepare
        9 | relimit alfa 49                | ok, operator: limit 49, operator: alert 50>49
        9 | prepare 2 alfa>beta 0.0001     | no NetDebitCap, alfa: error NetDebitCap
        9 | fulfil 1 beta>alfa committed   | ok, end, alfa: fulfil, beta: copy COMMITTED
        9 | prepare 3 beta>alfa 2          | ok, alfa: prepare
        9 | fulfil 3 alfa>beta committed   | ok, end, beta: fulfil, alfa: copy COMMITTED
        9 | accounts alfa                  | position 48 reserved 0 value 48 cover 100
        9 | prepare 4 alfa>beta 1.0001     | no NetDebitCap, alfa: error NetDebitCap
        9 | prepare 5 alfa>beta 1          | ok, beta: prepare
        ",
    );
}

#[test]
fn on_us_transfers_where_the_scheme_has_them() {
    let rules = Rules { enable_on_us_transfers: true, ..Rules::default() };
    check_scheme(
        rules,
        "
        9 | prepare 1 alfa>alfa 50         | ok, alfa: prepare
        9 | accounts alfa                  | position 0 reserved 50 value 50 cover 100
        9 | fulfil 1 alfa>alfa committed   | ok, end, alfa: fulfil, alfa: copy COMMITTED
        9 | accounts alfa                  | position 0 reserved 0 value 0 cover 100
        ",
    );
}
