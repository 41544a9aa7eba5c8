//! The tables, by family of events.

mod answer;
mod end;
mod hold;
mod operator;
mod prepare;
