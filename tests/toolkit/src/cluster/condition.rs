//! How a part of a cluster is, in the words of the line that is printed every second: as the kernel, the
//! links and the balancer know it, and not only whether there is a process.

use super::balancer::Health;
use super::link::Flow;

/// What is known of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Whether its process is there.
    pub is_there: bool,
    /// Whether that stands still (SIGSTOP).
    pub stands_still: bool,
    /// How its links carry: a node's to the servers, a server's from each node.
    pub flows: Vec<Flow>,
    /// How the balancer sees it; none for a server.
    pub health: Option<Health>,
}

impl Condition {
    /// In a word, what is worst first.
    pub fn word(&self) -> &'static str {
        let all = |flow| !self.flows.is_empty() && self.flows.iter().all(|one| *one == flow);
        match self.health {
            _ if !self.is_there => "DOWN",
            _ if self.stands_still => "STOPPED",
            _ if all(Flow::Cut) => "CUT OFF",
            _ if all(Flow::Silent) => "SILENCED",
            None => "up",
            Some(Health::Ready) => "ready",
            Some(Health::Unready) => "NOT READY",
            Some(Health::Gone) => "NO ANSWER",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_or_is_cut_off_is_neither_gone_nor_up() {
        use Flow::{Cut, Open, Silent, Slow};
        let (ready, gone) = (Some(Health::Ready), Some(Health::Gone));
        for (is_there, stands_still, flows, health, word) in [
            (true, false, [Open; 3], None, "up"),
            (true, false, [Slow(5); 3], None, "up"),
            (true, false, [Cut, Open, Open], None, "up"),
            (true, false, [Cut; 3], None, "CUT OFF"),
            (true, false, [Silent; 3], None, "SILENCED"),
            (true, true, [Open; 3], None, "STOPPED"),
            (false, false, [Cut; 3], None, "DOWN"),
            (true, false, [Open; 3], ready, "ready"),
            (true, false, [Open; 3], Some(Health::Unready), "NOT READY"),
            (true, false, [Open; 3], gone, "NO ANSWER"),
            (true, false, [Cut; 3], ready, "CUT OFF"),
            (true, true, [Open; 3], gone, "STOPPED"),
            (false, false, [Open; 3], gone, "DOWN"),
        ] {
            let flows = flows.to_vec();
            let condition = Condition { is_there, stands_still, flows, health };
            assert_eq!(condition.word(), word, "{condition:?}");
        }
    }
}
