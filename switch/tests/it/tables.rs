//! The tables, by family of events.

mod answer;
mod end;
mod operator;
mod prepare;
