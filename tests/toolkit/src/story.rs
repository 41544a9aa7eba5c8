//! The hops of a payment as an aligned table: pure formatting.

/// One hop of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Who sent.
    pub from: String,
    /// Who received.
    pub to: String,
    /// What, as `POST /transfers`.
    pub what: String,
    /// Since the story began, in milliseconds.
    pub elapsed_ms: u64,
    /// What was left of the budget, in milliseconds; `None` where none runs.
    pub remaining_ms: Option<u64>,
    /// Anything else, empty for nothing.
    pub note: String,
}

/// The table: a heading, a line a hop, numbers to the right; ends with a line feed.
pub fn table(hops: &[Hop]) -> String {
    let mut rows = vec![HEADING.map(str::to_owned)];
    rows.extend(hops.iter().map(cells));
    let widths: Vec<usize> = (0..COLUMNS).map(|column| width(&rows, column)).collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

const COLUMNS: usize = 6;
const HEADING: [&str; COLUMNS] = ["elapsed", "remaining", "from", "to", "what", "note"];
const NUMBERS: usize = 2;

fn cells(hop: &Hop) -> [String; COLUMNS] {
    let remaining = hop.remaining_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"));
    let texts = [&hop.from, &hop.to, &hop.what, &hop.note].map(|text| one_line(text));
    let [from, to, what, note] = texts;
    [format!("{} ms", hop.elapsed_ms), remaining, from, to, what, note]
}

/// A cell never breaks the table or steers the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn width(rows: &[[String; COLUMNS]], column: usize) -> usize {
    rows.iter()
        .filter_map(|row| row.get(column))
        .map(|cell| cell.chars().count())
        .max()
        .unwrap_or(0)
}

fn line(row: &[String; COLUMNS], widths: &[usize]) -> String {
    let mut text = String::new();
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
        let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
        let (before, after) = if column < NUMBERS { (&*padding, "") } else { ("", &*padding) };
        text.push_str(&format!("{before}{cell}{after}  "));
    }
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(from: &str, what: &str, elapsed_ms: u64, remaining_ms: Option<u64>, note: &str) -> Hop {
        let (from, to, what) = (from.to_owned(), "hub".to_owned(), what.to_owned());
        Hop { from, to, what, elapsed_ms, remaining_ms, note: note.to_owned() }
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let hops = [
            hop("greenbank", "POST pacs.008", 0, Some(10_000), ""),
            hop("été", "PUT /parties", 12, None, "signed"),
        ];
        let expected = "\
elapsed  remaining  from       to   what           note
   0 ms   10000 ms  greenbank  hub  POST pacs.008
  12 ms          -  été        hub  PUT /parties   signed
";
        assert_eq!(table(&hops), expected);
    }

    #[test]
    fn a_cell_cannot_break_the_table() {
        let text = table(&[hop("a\nb", "\u{1b}[31mred", 1, None, "")]);
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn no_hops_are_a_heading() {
        assert_eq!(table(&[]).lines().count(), 1);
    }
}
