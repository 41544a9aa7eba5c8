//! The ledger's tests: tables (a row an event, last column the result), properties of money, and
//! a seeded simulation.

mod directory;
mod ledger;
mod money;
mod sim;
mod table;
mod tables;
