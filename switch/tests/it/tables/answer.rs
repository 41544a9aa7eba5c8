//! What a payee answers in time: commit, RESERVED and PATCH, wrong fulfilments, errors, strangers.

use switch::Rules;

use crate::table::check_scheme;

/// The order of checks of a fulfil in time; each row mends the mistake of the row before it.
#[test]
fn refusals_in_order() {
    check_scheme(
        Rules::default(),
        "
        9  | prepare 1 alfa>beta 10               | ok, beta: prepare
        10 | fulfil 2 gamma>gamma committed wrong | no AnsweredTransferUnknown, gamma: error AnsweredTransferUnknown
        10 | fulfil 1 gamma>gamma committed wrong | no SourceIsNotPayee, gamma: error SourceIsNotPayee
        10 | fulfil 1 alfa>beta committed wrong   | no SourceIsNotPayee, alfa: error SourceIsNotPayee
        10 | fulfil 1 beta>gamma committed wrong  | no DestinationIsNotPayer, beta: error DestinationIsNotPayer
        10 | transfer 1                           | Reserved
        10 | fulfil 1 beta>alfa committed wrong   | no InvalidFulfilment, end, alfa: error InvalidFulfilment, beta: error InvalidFulfilment, operator: reconcile wrong
        10 | transfer 1                           | AbortedError by InvalidFulfilment
        10 | fulfil 1 beta>alfa committed wrong   | resent, beta: error InvalidFulfilment
        10 | fulfil 1 beta>alfa committed         | no ModifiedAnswer, beta: error ModifiedAnswer
        10 | accounts alfa                        | position 0 reserved 0 value 0 cover 100
        10 | accounts beta                        | position 0 reserved 0 value 0 cover 100
        ",
    );
}

#[test]
fn committed_tells_the_payer_and_copies_to_the_payee_if_the_scheme_says_so() {
    let table = |copy| {
        format!(
            "
            9  | prepare 1 alfa>beta 10        | ok, beta: prepare
            10 | fulfil 1 beta>alfa committed  | ok, end, alfa: fulfil{copy}
            11 | fulfil 1 beta>alfa committed  | resent, beta: state COMMITTED with fulfilment
            12 | accounts alfa                 | position 10 reserved 0 value 10 cover 100
            12 | accounts beta                 | position -10 reserved 0 value -10 cover 100
            "
        )
    };
    check_scheme(Rules::default(), &table(", beta: copy COMMITTED"));
    check_scheme(Rules { send_confirmation_to_payee: false, ..Rules::default() }, &table(""));
}

#[test]
fn reserved_is_confirmed_and_confirmed_again() {
    check_scheme(
        Rules::default(),
        "
        9    | prepare 1 alfa>beta 10       | ok, beta: prepare
        10   | fulfil 1 beta>alfa reserved  | ok, end, alfa: committed, beta: patch COMMITTED
        11   | fulfil 1 beta>alfa reserved  | resent, beta: patch COMMITTED
        12   | fulfil 1 beta>alfa committed | no ModifiedAnswer, beta: error ModifiedAnswer
        # the deadline does not undo it, and a resend after it is no late fulfil
        2000 | expire 1                     | COMMITTED
        2000 | fulfil 1 beta>alfa reserved  | resent, beta: patch COMMITTED
        2000 | transfer 1                   | Committed
        ",
    );
}

#[test]
fn a_wrong_fulfilment_after_reserved_is_patched_aborted() {
    check_scheme(
        Rules::default(),
        "
        9  | prepare 1 alfa>beta 10            | ok, beta: prepare
        10 | fulfil 1 beta>alfa reserved wrong | no InvalidFulfilment, end, alfa: error InvalidFulfilment, beta: patch ABORTED InvalidFulfilment
        11 | fulfil 1 beta>alfa reserved wrong | resent, beta: patch ABORTED InvalidFulfilment
        12 | prepare 1 alfa>beta 10            | resent, alfa: error InvalidFulfilment
        13 | abort 1 beta>alfa 5100            | no NotReserved, beta: error NotReserved
        # what did not commit is not shown to the payer
        14 | get 1 alfa                        | ABORTED, alfa: state ABORTED
        ",
    );
}

#[test]
fn a_wrong_fulfilment_may_be_mended_where_the_scheme_says_so() {
    check_scheme(
        Rules { abort_on_invalid_fulfilment: false, ..Rules::default() },
        "
        9  | prepare 1 alfa>beta 10             | ok, beta: prepare
        10 | fulfil 1 beta>alfa committed wrong | no InvalidFulfilment, beta: error InvalidFulfilment
        11 | fulfil 1 beta>alfa committed       | ok, end, alfa: fulfil, beta: copy COMMITTED
        ",
    );
}

/// R04: fulfil and abort at once, either first; two fulfils that differ.
#[test]
fn one_final_state() {
    check_scheme(
        Rules::default(),
        "
        9  | prepare 1 alfa>beta 10              | ok, beta: prepare
        10 | fulfil 1 beta>alfa committed        | ok, end, alfa: fulfil, beta: copy COMMITTED
        10 | abort 1 beta>alfa 5100              | no NotReserved, beta: error NotReserved
        10 | fulfil 1 beta>alfa committed wrong  | no ModifiedAnswer, beta: error ModifiedAnswer
        10 | never-sent 1                        | COMMITTED
        10 | transfer 1                          | Committed
        10 | prepare 2 alfa>beta 10              | ok, beta: prepare
        11 | abort 2 beta>alfa 5100              | ok, end, alfa: abort 5100, beta: copy ABORTED
        11 | abort 2 beta>alfa 5100              | resent
        11 | abort 2 beta>alfa 5200              | no ModifiedAnswer, beta: error ModifiedAnswer
        11 | fulfil 2 beta>alfa committed        | no NotReserved, beta: error NotReserved
        11 | fulfil 2 beta>alfa reserved         | no NotReserved, beta: patch ABORTED
        11 | transfer 2                          | AbortedError by payee 5100
        11 | accounts alfa                       | position 10 reserved 0 value 10 cover 100
        ",
    );
}

#[test]
fn errors_are_checked_in_order() {
    check_scheme(
        Rules { send_confirmation_to_payee: false, ..Rules::default() },
        "
        9  | prepare 1 alfa>beta 10      | ok, beta: prepare
        10 | abort 2 gamma>gamma 5100    | no AnsweredTransferUnknown, gamma: error AnsweredTransferUnknown
        10 | abort 1 gamma>gamma 5100    | no SourceIsNotPayee, gamma: error SourceIsNotPayee
        10 | abort 1 beta>gamma 5100     | no DestinationIsNotPayer, beta: error DestinationIsNotPayer
        10 | abort 1 beta>alfa 5100      | ok, end, alfa: abort 5100
        ",
    );
}

/// The peer's behaviour: whoever answers in the payee's place ends the transfer.
#[test]
fn strangers_abort_where_the_scheme_says_so() {
    check_scheme(
        Rules { abort_on_foreign_fulfil: true, ..Rules::default() },
        "
        9  | prepare 1 alfa>beta 10          | ok, beta: prepare
        10 | fulfil 1 gamma>alfa committed   | no SourceIsNotPayee, end, alfa: error SourceIsNotPayee, beta: error SourceIsNotPayee, gamma: error SourceIsNotPayee
        11 | fulfil 1 gamma>alfa committed   | no SourceIsNotPayee, gamma: error SourceIsNotPayee
        12 | fulfil 1 beta>alfa committed    | no NotReserved, beta: error NotReserved
        20 | prepare 2 alfa>beta 10          | ok, beta: prepare
        21 | fulfil 2 beta>gamma reserved    | no DestinationIsNotPayer, end, alfa: error DestinationIsNotPayer, beta: patch ABORTED DestinationIsNotPayer
        30 | prepare 3 alfa>beta 10          | ok, beta: prepare
        31 | abort 3 gamma>alfa 5100         | no SourceIsNotPayee, end, alfa: error SourceIsNotPayee, beta: error SourceIsNotPayee, gamma: error SourceIsNotPayee
        32 | accounts alfa                   | position 0 reserved 0 value 0 cover 100
        ",
    );
}
