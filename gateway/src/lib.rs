//! Causeway: an ISO 20022-capable payments gateway with a switch core. This crate is wiring: it
//! moves messages between sockets, the pure crates and the store, and decides nothing about money.
//!
//! | module | what it holds, in the order of a message's way |
//! |---|---|
//! | [`listen`], [`leaving`], [`doors`] | sockets in, when answers have left; the doors: FSPIOP, banks, operators |
//! | [`tls`] | certificates: who may connect, and as whom |
//! | [`admission`] | who is let in when there is too much to do |
//! | [`envelope`] | a message with its bytes untouched; the answer |
//! | [`hub`] | the hub's side of FSPIOP: verify, parse, commit |
//! | [`bank`] | the banks' side: XML in and out, FSPIOP in their names |
//! | [`effects`], [`holds`] | decisions to messages, inside the batch; what is kept of held ones |
//! | [`outbound`], [`seal`] | messages that leave, as stored; media types and signatures |
//! | [`delivery`], [`carrier`] | lanes and retries; how a peer is reached |
//! | [`client`], [`connector`], [`egress`] | HTTP out; connections; where they may lead |
//! | [`events`] | what auditors and others are told, over NATS |
//! | [`screening`] | fraud screening: facts, budget, policy, conditions |
//! | [`cases`], [`workbench`] | what analysts work on; their pages |
//! | [`tms`] | the open peer's HTTP interface to screening |
//! | [`timers`], [`pending`], [`waiters`] | deadlines; lookups and quotes; `Prefer: wait` |
//! | [`fellows`], [`standing`] | other nodes over the same store; whether this one is to be given work |
//! | [`shared`] | what several nodes share and may lose: Redis, and what each does without it |
//! | [`upstream`] | what callbacks say of time |
//! | [`peers`], [`keys`] | participants' records and keys; our own keys |
//! | [`backup`] | the embedded store, copied while it is in use |
//! | [`admin`], [`alerts`], [`metrics`], [`telemetry`], [`log_lines`] | operators: API, calls, counters, logs |
//! | [`cli`], [`demo`], [`sightings`] | the command line; the guided tour; hops as they happen |
//! | [`node`], [`ledger`], [`serve`], [`config`], [`limits`] | put together, with its store, settings and bounds |

pub mod admin;
pub mod admission;
pub mod alerts;
pub mod backup;
pub mod bank;
pub mod carrier;
pub mod cases;
pub mod cli;
pub mod client;
pub mod config;
pub mod connector;
pub mod delivery;
pub mod demo;
pub mod doors;
pub mod effects;
pub mod egress;
pub mod envelope;
pub mod events;
pub mod fellows;
pub mod holds;
pub mod hub;
mod ilp_terms;
pub mod keys;
pub mod leaving;
pub mod ledger;
pub mod limits;
pub mod listen;
pub mod log_lines;
pub mod metrics;
pub mod node;
pub mod outbound;
pub mod peers;
pub mod pending;
pub mod screening;
pub mod seal;
pub mod serve;
pub mod shared;
pub mod sightings;
pub mod standing;
pub mod telemetry;
pub mod timers;
pub mod tls;
pub mod tms;
pub mod upstream;
pub mod versions;
pub mod waiters;
pub mod workbench;
