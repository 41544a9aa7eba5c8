//! Key presses, and what they mean.

use std::io::{BufReader, IsTerminal, Read, stdin};
use std::process::{Command, Stdio};

use tokio::sync::mpsc;

use super::fault::{Act, Part};

/// What is said about keys.
pub const HELP: &str = "\
keys: 1 2 3 a node, p postgres, n nats, r redis: killed (SIGKILL), or started again where it is down
      before one of them: s stop (SIGSTOP), c continue, x cut its connections, h hold them silently,
      m mend them, e end in good order (SIGTERM);  f failover of postgres, q quit";

/// What a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Something happens to a part.
    Do(Act, Part),
    /// Killed if it runs, started if not.
    Toggle(Part),
    /// The end.
    Quit,
}

/// Reads presses one by one; what a press means depends on the one before.
#[derive(Debug, Default)]
pub struct Presses {
    act: Option<Act>,
}

impl Presses {
    /// What is wanted after this press, if anything yet.
    pub fn press(&mut self, key: char) -> Option<Wish> {
        let act = self.act.take();
        let part = match key {
            'q' => return Some(Wish::Quit),
            'f' => return Some(Wish::Do(Act::FailOver, Part::Postgres)),
            's' => return self.before(Act::Stop),
            'c' => return self.before(Act::Continue),
            'x' => return self.before(Act::Cut),
            'h' => return self.before(Act::Silence),
            'm' => return self.before(Act::Mend),
            'e' => return self.before(Act::End),
            'p' => Part::Postgres,
            'n' => Part::Nats,
            'r' => Part::Redis,
            '1'..='9' => Part::Node(usize::try_from(key.to_digit(10)?).ok()?),
            _ => return None,
        };
        Some(act.map_or(Wish::Toggle(part), |act| Wish::Do(act, part)))
    }

    fn before(&mut self, act: Act) -> Option<Wish> {
        self.act = Some(act);
        None
    }
}

/// A terminal that tells each press at once; as it was when dropped. Without a terminal nobody presses.
#[derive(Debug)]
pub struct Keyboard {
    before: Option<String>,
    /// The presses.
    pub pressed: mpsc::UnboundedReceiver<char>,
}

impl Keyboard {
    /// Begins to listen.
    pub fn listen() -> Keyboard {
        let (sender, pressed) = mpsc::unbounded_channel();
        if !stdin().is_terminal() {
            return Keyboard { before: None, pressed };
        }
        let before = stty(&["-g"]);
        stty(&["-icanon", "-echo", "min", "1"]);
        std::thread::spawn(move || {
            for byte in BufReader::new(stdin()).bytes().map_while(Result::ok) {
                if sender.send(char::from(byte)).is_err() {
                    return;
                }
            }
        });
        Keyboard { before, pressed }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            stty(&[before]);
        }
    }
}

fn stty(arguments: &[&str]) -> Option<String> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(keys: &str) -> Vec<Wish> {
        let mut presses = Presses::default();
        keys.chars().filter_map(|key| presses.press(key)).collect()
    }

    #[test]
    fn a_part_alone_is_toggled_and_a_letter_before_it_says_what() {
        assert_eq!(wishes("2"), [Wish::Toggle(Part::Node(2))]);
        assert_eq!(wishes("s2"), [Wish::Do(Act::Stop, Part::Node(2))]);
        assert_eq!(
            wishes("xpmp"),
            [Wish::Do(Act::Cut, Part::Postgres), Wish::Do(Act::Mend, Part::Postgres)]
        );
        assert_eq!(
            wishes("s1 2"),
            [Wish::Do(Act::Stop, Part::Node(1)), Wish::Toggle(Part::Node(2))]
        );
        assert_eq!(wishes("f"), [Wish::Do(Act::FailOver, Part::Postgres)]);
        assert_eq!(wishes("snq"), [Wish::Do(Act::Stop, Part::Nats), Wish::Quit]);
        assert_eq!(wishes("0?\n"), []);
    }

    #[test]
    fn every_key_of_the_help_does_something() {
        for key in ["1", "p", "n", "r", "s1", "c1", "x1", "h1", "m1", "e1", "f", "q"] {
            assert_eq!(wishes(key).len(), 1, "{key}");
            let letter = key.chars().next().unwrap();
            assert!(HELP.contains(&format!("{letter} ")), "{key}");
        }
    }
}
