//! Participants, accounts, limits, funds and the directory's writers.

use switch::Rules;

use crate::table::{check, check_scheme};

#[test]
fn hub_accounts_come_first_and_once() {
    check(
        Rules::default(),
        "
        0 | join alfa                 | no HubReconciliationMissing
        0 | hub position              | no NotAHubAccountKind
        0 | hub reconciliation        | ok
        0 | hub reconciliation        | no HubAccountExists
        0 | join alfa                 | no HubMultilateralSettlementMissing
        0 | hub settlement            | ok
        0 | join Hub                  | no HubIsReserved
        0 | accounts alfa             | none
        0 | join alfa                 | ok
        0 | accounts alfa             | position 0 reserved 0 value 0 cover 0
        0 | join alfa                 | no CurrencyRegistered
        0 | join alfa in=XXX          | no HubReconciliationMissing
        0 | hub reconciliation in=XXX | ok
        0 | hub settlement in=XXX     | ok
        0 | join alfa in=XXX          | ok
        0 | stop Hub                  | no HubIsReserved
        0 | stop nobody               | no ParticipantUnknown
        0 | stop alfa                 | ok
        0 | start alfa                | ok
        ",
    );
}

#[test]
fn accounts_open_with_their_limit_and_limits_are_set_once() {
    check(
        Rules::default(),
        "
        0 | hub reconciliation                | ok
        0 | hub settlement                    | ok
        0 | join alfa                         | ok
        0 | relimit alfa 10                   | no LimitNotSet
        0 | funds 1 alfa 4 100                | no AccountInactive
        0 | limit alfa -1                     | no LimitIsNegative
        0 | limit alfa 1 alarm=101            | no AlarmPercentage
        0 | limit nobody 1                    | no ParticipantUnknown
        0 | limit alfa 1 in=XXX               | no AccountUnknown
        0 | limit alfa 100 position=7         | ok
        0 | accounts alfa                     | position 7 reserved 0 value 7 cover 0
        0 | limit alfa 100                    | no LimitAlreadySet
        0 | relimit alfa 6.9999               | ok, operator: limit 6.9999, operator: alert 7>6.9999
        0 | relimit alfa 7                    | ok, operator: limit 7
        0 | relimit alfa -7                   | no LimitIsNegative
        0 | relimit alfa 7 alarm=101          | no AlarmPercentage
        0 | relimit nobody 7                  | no ParticipantUnknown
        ",
    );
}

#[test]
fn funds_in_is_checked_in_order_and_happens_once() {
    check_scheme(
        Rules::default(),
        "
        1 | funds 1 alfa 4 0                  | no AmountIsZero
        1 | funds 1 alfa 4 -1                 | no AmountIsNegative
        1 | funds 1 nobody 4 1                | no ParticipantUnknown
        1 | funds 1 alfa 99 1                 | no AccountUnknown
        1 | funds 1 beta 4 1                  | no AccountMismatch
        1 | funds 1 alfa 4 1 in=XXX           | no AccountMismatch
        1 | funds 1 alfa 5 1                  | no AccountInactive
        1 | funds 1 alfa 3 1                  | no NotASettlementAccount
        1 | stop alfa                         | ok
        1 | funds 1 alfa 4 1                  | no ParticipantInactive
        1 | start alfa                        | ok
        1 | funds 1 alfa 4 1                  | ok
        1 | funds 1 alfa 4 1                  | resent
        1 | funds 1 alfa 4 1 hash=other       | no ModifiedRequest
        1 | accounts alfa                     | position 0 reserved 0 value 0 cover 101
        ",
    );
}

#[test]
fn only_position_accounts_are_opened_and_closed() {
    check_scheme(
        Rules::default(),
        "
        1 | close nobody 3                    | no ParticipantUnknown
        1 | close alfa 99                     | no AccountUnknown
        1 | close beta 3                      | no AccountMismatch
        1 | close alfa 4                      | no NotAPositionAccount
        1 | close alfa 3                      | ok
        1 | prepare 1 alfa>beta 1             | no PayerAccountInactive, alfa: error PayerAccountInactive
        1 | open alfa 3                       | ok
        1 | prepare 2 alfa>beta 1             | ok, beta: prepare
        ",
    );
}

#[test]
fn parties_belong_to_who_registered_them() {
    check_scheme(
        Rules::default(),
        "
        1 | register MSISDN/1 nobody          | no ParticipantUnknown
        1 | register MSISDN/1 alfa            | ok
        1 | register MSISDN/1 alfa            | resent
        1 | register MSISDN/1 beta            | no PartyTaken
        1 | register MSISDN/1 beta in=XTS     | ok
        1 | register MSISDN/1/sub beta        | ok
        1 | deregister MSISDN/1 nobody        | no ParticipantUnknown
        1 | deregister MSISDN/1 beta          | no PartyNotRegistered
        1 | deregister MSISDN/2 beta          | no PartyNotRegistered
        1 | deregister MSISDN/1 alfa          | ok
        1 | deregister MSISDN/1 alfa          | no PartyNotRegistered
        1 | register MSISDN/1 beta            | ok
        1 | ranges IBAN nobody DE             | no ParticipantUnknown
        1 | ranges IBAN alfa DE FI21          | ok
        1 | ranges IBAN beta DE               | no PrefixTaken
        1 | ranges IBAN alfa FI21             | ok
        1 | ranges IBAN beta DE               | ok
        ",
    );
}
