//! What can happen to a cluster, and the words for it in a script: `2s kill node2`.

use std::fmt;
use std::str::FromStr;

/// A part of a cluster that something can happen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A node, counted from 1.
    Node(usize),
    /// The primary.
    Postgres,
    /// NATS.
    Nats,
    /// Redis.
    Redis,
    /// The ways between participants and nodes.
    Wires,
}

/// What happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// SIGKILL.
    Kill,
    /// It is there again.
    Start,
    /// SIGTERM: a node drains, a server ends in good order.
    End,
    /// SIGSTOP.
    Stop,
    /// SIGCONT.
    Continue,
    /// Its connections to nodes or servers are reset, and so are new ones.
    Cut,
    /// Nothing comes through them, and nobody is told.
    Silence,
    /// They carry again, each message once and in order; a disk has room, a clock is right.
    Mend,
    /// Of PostgreSQL: the primary is killed and the standby takes its place.
    FailOver,
    /// Of PostgreSQL: the primary's disk is full.
    Fill,
    /// Of PostgreSQL: the primary's disk is full and its log needs more of it, so that the server ends.
    Starve,
    /// Of a node: its machine's clock is a minute ahead.
    Ahead,
    /// Of a node: its machine's clock is a minute behind.
    Behind,
    /// Of wires: messages are delivered twice.
    Double,
    /// Of wires: messages overtake each other.
    Shuffle,
}

/// Something that happens at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// In milliseconds since the load began.
    pub at_ms: u64,
    /// What.
    pub act: Act,
    /// To whom.
    pub part: Part,
}

/// A line that says nothing that can be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no step: write `5s kill node2`, with kill, start, end, stop, continue, cut, silence or mend, and node1, \
     node2, ..., postgres, nats or redis; or failover, fill or starve postgres, ahead or behind node1, double, shuffle \
     or mend wires"
)]
pub struct NotAStep(String);

const ACTS: [(&str, Act); 15] = [
    ("kill", Act::Kill),
    ("start", Act::Start),
    ("end", Act::End),
    ("stop", Act::Stop),
    ("continue", Act::Continue),
    ("cut", Act::Cut),
    ("silence", Act::Silence),
    ("mend", Act::Mend),
    ("failover", Act::FailOver),
    ("fill", Act::Fill),
    ("starve", Act::Starve),
    ("ahead", Act::Ahead),
    ("behind", Act::Behind),
    ("double", Act::Double),
    ("shuffle", Act::Shuffle),
];

impl FromStr for Step {
    type Err = NotAStep;

    fn from_str(text: &str) -> Result<Step, NotAStep> {
        let wrong = || NotAStep(text.to_owned());
        let words: Vec<&str> = text.split_whitespace().collect();
        let [at, act, part] = words[..] else { return Err(wrong()) };
        let act = ACTS.iter().find(|(name, _)| *name == act).ok_or_else(wrong)?.1;
        let part = part.parse().map_err(|()| wrong())?;
        if !act.is_of(part) {
            return Err(wrong());
        }
        Ok(Step { at_ms: at_ms(at).ok_or_else(wrong)?, act, part })
    }
}

impl Act {
    /// Whether this can happen to that.
    pub fn is_of(self, part: Part) -> bool {
        match self {
            Act::Mend => true,
            Act::FailOver | Act::Fill | Act::Starve => part == Part::Postgres,
            Act::Ahead | Act::Behind => matches!(part, Part::Node(_)),
            Act::Double | Act::Shuffle => part == Part::Wires,
            Act::Kill
            | Act::Start
            | Act::End
            | Act::Stop
            | Act::Continue
            | Act::Cut
            | Act::Silence => part != Part::Wires,
        }
    }
}

/// `5s`, `5.5s` or `250ms`.
fn at_ms(text: &str) -> Option<u64> {
    if let Some(ms) = text.strip_suffix("ms") {
        return ms.parse().ok();
    }
    let (seconds, tenth) = text.strip_suffix('s').map(|s| s.split_once('.').unwrap_or((s, "0")))?;
    let tenth: u64 = (tenth.len() == 1).then(|| tenth.parse().ok())??;
    seconds.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(tenth * 100)
}

impl FromStr for Part {
    type Err = ();

    fn from_str(text: &str) -> Result<Part, ()> {
        match text {
            "postgres" => Ok(Part::Postgres),
            "nats" => Ok(Part::Nats),
            "redis" => Ok(Part::Redis),
            "wires" => Ok(Part::Wires),
            _ => match text.strip_prefix("node").map(str::parse) {
                Some(Ok(number)) if number > 0 => Ok(Part::Node(number)),
                _ => Err(()),
            },
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Node(number) => write!(f, "node{number}"),
            Part::Postgres => f.write_str("postgres"),
            Part::Nats => f.write_str("nats"),
            Part::Redis => f.write_str("redis"),
            Part::Wires => f.write_str("wires"),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = ACTS.iter().find(|(_, act)| act == self).map(|(name, _)| *name);
        f.write_str(name.unwrap_or_default())
    }
}

/// The steps of a script, a line each, in the order of their times; `#` begins a remark.
///
/// # Errors
/// [`NotAStep`] for the first line that is none.
pub fn script(text: &str) -> Result<Vec<Step>, NotAStep> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let mut steps = lines
        .filter(|line| !line.is_empty())
        .map(str::parse)
        .collect::<Result<Vec<Step>, NotAStep>>()?;
    steps.sort_by_key(|step| step.at_ms);
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_steps_in_order() {
        let text = "# a try\n5s kill node2 # the second\n\n250ms stop postgres\n5.5s start node2\n";
        let steps = script(text).unwrap();
        let expected = [
            Step { at_ms: 250, act: Act::Stop, part: Part::Postgres },
            Step { at_ms: 5_000, act: Act::Kill, part: Part::Node(2) },
            Step { at_ms: 5_500, act: Act::Start, part: Part::Node(2) },
        ];
        assert_eq!(steps, expected);
        for line in ["1s failover postgres", "1s ahead node3", "1s shuffle wires", "1s mend wires"]
        {
            assert_eq!(script(line).unwrap().len(), 1, "{line}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_its_line() {
        for line in [
            "kill node2",
            "5 kill node2",
            "5s kill",
            "5s kill node0",
            "5s kill nodex",
            "5s slay node1",
            "5s failover redis",
            "5s fill node1",
            "5s behind postgres",
            "5s double node1",
            "5s kill wires",
            "-1s kill nats",
            "1.25s kill nats",
            "5s kill nats twice",
        ] {
            let refused = script(line).unwrap_err().to_string();
            assert!(refused.contains(line), "{refused}");
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for (name, act) in ACTS {
            assert_eq!(act.to_string(), name);
        }
        for part in [Part::Node(3), Part::Postgres, Part::Nats, Part::Redis, Part::Wires] {
            assert_eq!(part.to_string().parse(), Ok(part));
        }
    }
}
