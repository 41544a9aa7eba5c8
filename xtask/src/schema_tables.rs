//! Published ISO 20022 schemas to the compact tables that `iso20022` checks messages with.
//!
//! `messages.txt` has a line a version: its name, its root element, that element's type. `types.txt`
//! has every type once, whichever versions use it, in the order of their names; only the root types,
//! of which each version has its own, bear its name: `Document@pacs.008.001.08`.
//! ```text
//! sequence GroupHeader93                            members indented by one space, in order
//!  MsgId Max35Text                                  element, type, occurrences: none 1, ?, *, +, m..n
//!  choice                                           a choice inside; its members indented by two
//!  any lax ##any                                    a wildcard: processContents, namespaces
//! choice AccountIdentification4Choice
//! content ActiveCurrencyAndAmount ActiveCurrencyAndAmount_SimpleType Ccy:ActiveCurrencyCode
//! string Max35Text length=1..35                     base type, name, facets: length, codes, pattern,
//! decimal DecimalNumber total=18 fraction=17        total, fraction, min
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// The versions whose tables are checked in. A row more, and `cargo xtask schema-tables` again, is
/// what it takes to check another one.
const SERVED: &[&str] = &[
    "admi.002.001.01",
    "head.001.001.01",
    "head.001.001.02",
    "head.001.001.03",
    "head.001.001.04",
    "pacs.002.001.03",
    "pacs.002.001.10",
    "pacs.002.001.12",
    "pacs.002.001.14",
    "pacs.002.001.15",
    "pacs.008.001.02",
    "pacs.008.001.08",
    "pacs.008.001.10",
    "pacs.008.001.12",
    "pacs.008.001.13",
    "pain.001.001.03",
    "pain.001.001.09",
    "pain.001.001.11",
    "pain.002.001.03",
    "pain.002.001.10",
    "pain.002.001.11",
    "pain.002.001.13",
];

/// What is checked in, as file name and text.
pub type Tables = [(&'static str, String); 2];

/// The tables of all served versions from `xsd_dir/<family>/<message>.xsd`.
///
/// # Errors
/// A file that cannot be read, or a schema that uses what the tables cannot say.
pub fn generate(xsd_dir: &Path) -> Result<Tables, String> {
    let mut library = Library::default();
    for message in SERVED {
        let family = message.get(..8).ok_or("a message name is like pacs.008.001.08")?;
        let path = xsd_dir.join(family).join(format!("{message}.xsd"));
        let xsd = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        library.add(message, &xsd).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(library.tables())
}

/// Writes the tables into a folder.
///
/// # Errors
/// A file that cannot be written.
pub fn write(tables: &Tables, out_dir: &Path) -> Result<(), String> {
    for (name, text) in tables {
        let path = out_dir.join(name);
        std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// Every type once, and the roots of the versions.
#[derive(Default)]
struct Library {
    messages: String,
    types: BTreeMap<String, String>,
}

impl Library {
    /// # Errors
    /// What the tables cannot say, or a type that another version declares differently.
    fn add(&mut self, message: &str, xsd: &str) -> Result<(), String> {
        let schema = Xsd::parse(xsd)?;
        let roots: Vec<&Xsd> = schema.content().filter(|top| top.tag == "element").collect();
        let [root] = roots.as_slice() else { return Err("not one root element".to_owned()) };
        let (root, root_type) = (root.attribute("name")?, root.attribute("type")?);
        let _ = writeln!(self.messages, "{message} {root} {root_type}@{message}");
        for declaration in schema.content().filter(|top| top.tag != "element") {
            let own = declaration.attribute("name")?;
            // Every version declares a `Document` of its own.
            let name = if own == root_type { format!("{own}@{message}") } else { own.to_owned() };
            let lines = match declaration.tag.as_str() {
                "complexType" => complex_type(&name, declaration),
                "simpleType" => simple_type(&name, declaration),
                other => Err(format!("{other} is not known")),
            };
            let lines = lines.map_err(|e| format!("{name}: {e}"))?;
            let known = self.types.entry(name).or_insert_with(|| lines.clone());
            if *known != lines {
                return Err(format!("declared differently elsewhere:\n{known}and here:\n{lines}"));
            }
        }
        Ok(())
    }

    fn tables(self) -> Tables {
        let types = self.types.into_values().collect();
        [("messages.txt", self.messages), ("types.txt", types)]
    }
}

/// An element of the schema document.
#[derive(Debug, Default)]
struct Xsd {
    tag: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Xsd>,
}

impl Xsd {
    fn parse(text: &str) -> Result<Xsd, String> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Xsd::default()];
        loop {
            match reader.read_event().map_err(|e| e.to_string())? {
                Event::Start(start) => open.push(Xsd::of(&start)?),
                Event::Empty(start) => {
                    let element = Xsd::of(&start)?;
                    open.last_mut().ok_or("unbalanced")?.children.push(element);
                }
                Event::End(_) => {
                    let element = open.pop().ok_or("unbalanced")?;
                    open.last_mut().ok_or("unbalanced")?.children.push(element);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let mut top = open.pop().ok_or("unbalanced")?;
        top.children.pop().ok_or_else(|| "empty schema".to_owned())
    }

    fn of(start: &BytesStart<'_>) -> Result<Xsd, String> {
        let mut attributes = BTreeMap::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| e.to_string())?;
            let key = attribute.key.as_ref().to_owned();
            attributes.insert(key, attribute.value.replace("&lt;", "<").replace("&amp;", "&"));
        }
        Ok(Xsd { tag: start.local_name().as_ref().to_owned(), attributes, children: Vec::new() })
    }

    fn attribute(&self, name: &str) -> Result<&str, String> {
        self.attributes
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| format!("{} has no {name}", self.tag))
    }

    /// The children that say something.
    fn content(&self) -> impl Iterator<Item = &Xsd> {
        self.children.iter().filter(|child| child.tag != "annotation")
    }

    /// The only child.
    fn only(&self) -> Result<&Xsd, String> {
        let mut content = self.content();
        match (content.next(), content.next()) {
            (Some(child), None) => Ok(child),
            _ => Err(format!("{} holds not exactly one thing", self.tag)),
        }
    }

    /// `?`, `*`, `+`, `m..n`, or nothing for exactly one; with a space before.
    fn occurrences(&self) -> String {
        let value = |name| self.attributes.get(name).map_or("1", String::as_str);
        match (value("minOccurs"), value("maxOccurs")) {
            ("1", "1") => String::new(),
            ("0", "1") => " ?".to_owned(),
            ("0", "unbounded") => " *".to_owned(),
            ("1", "unbounded") => " +".to_owned(),
            (least, "unbounded") => format!(" {least}..*"),
            (least, most) => format!(" {least}..{most}"),
        }
    }
}

fn complex_type(name: &str, declaration: &Xsd) -> Result<String, String> {
    let content = declaration.only()?;
    match content.tag.as_str() {
        "sequence" | "choice" => {
            let mut group = content;
            // A sequence of one choice is that choice: schemas of different years write either.
            if let Ok(choice) = group.only()
                && choice.tag == "choice"
                && choice.occurrences().is_empty()
            {
                group = choice;
            }
            if !content.occurrences().is_empty() || !group.occurrences().is_empty() {
                return Err("a group that repeats".to_owned());
            }
            let mut out = format!("{} {name}\n", group.tag);
            members(group, " ", &mut out)?;
            Ok(out)
        }
        "simpleContent" => {
            let extension = content.only()?;
            let mut out = format!("content {name} {}", extension.attribute("base")?);
            for attribute in extension.content() {
                if attribute.attribute("use")? != "required" {
                    return Err("an attribute that is not required".to_owned());
                }
                let (name, of) = (attribute.attribute("name")?, attribute.attribute("type")?);
                let _ = write!(out, " {name}:{of}");
            }
            Ok(out + "\n")
        }
        other => Err(format!("{other} is not known")),
    }
}

fn members(group: &Xsd, indent: &str, out: &mut String) -> Result<(), String> {
    for member in group.content() {
        let occurrences = member.occurrences();
        match member.tag.as_str() {
            "element" => {
                let (name, of) = (member.attribute("name")?, member.attribute("type")?);
                let _ = writeln!(out, "{indent}{name} {of}{occurrences}");
            }
            "any" => {
                let process =
                    member.attributes.get("processContents").map_or("strict", String::as_str);
                let namespace = member.attributes.get("namespace").map_or("##any", String::as_str);
                let _ = writeln!(out, "{indent}any {process} {namespace}{occurrences}");
            }
            "choice" if indent == " " && occurrences.is_empty() => {
                let _ = writeln!(out, "{indent}choice");
                members(member, "  ", out)?;
            }
            other => return Err(format!("{other} is not known here")),
        }
    }
    Ok(())
}

fn simple_type(name: &str, declaration: &Xsd) -> Result<String, String> {
    let restriction = declaration.only()?;
    let base = restriction.attribute("base")?;
    let base = base.strip_prefix("xs:").ok_or_else(|| format!("base {base} is not known"))?;
    let mut facets: BTreeMap<&str, String> = BTreeMap::new();
    let mut codes = Vec::new();
    let (mut shortest, mut longest) = (None, None);
    for facet in restriction.content() {
        let value = facet.attribute("value")?;
        match facet.tag.as_str() {
            "enumeration" => codes.push(value),
            "minLength" => shortest = Some(value),
            "maxLength" => longest = Some(value),
            "pattern" if value.contains(' ') => return Err("a pattern with a space".to_owned()),
            "pattern" => drop(facets.insert("pattern", value.to_owned())),
            "totalDigits" => drop(facets.insert("total", value.to_owned())),
            "fractionDigits" => drop(facets.insert("fraction", value.to_owned())),
            "minInclusive" if value.bytes().all(|b| b.is_ascii_digit()) => {
                drop(facets.insert("min", value.to_owned()))
            }
            other => return Err(format!("{other}={value} is not known")),
        }
    }
    if shortest.is_some() || longest.is_some() {
        let length = format!("{}..{}", shortest.unwrap_or("0"), longest.unwrap_or("*"));
        facets.insert("length", length);
    }
    if !codes.is_empty() {
        facets.insert("codes", codes.join(","));
    }
    let mut out = format!("{base} {name}");
    for (facet, value) in facets {
        let _ = write!(out, " {facet}={value}");
    }
    Ok(out + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_those_of_the_published_schemas() {
        let xsd_dir = crate::root().join("../shared/data/iso20022/xsd/base");
        if !xsd_dir.exists() {
            let strict = std::env::var("CI").as_deref() == Ok("true");
            assert!(!strict, "CI may not skip: {} is absent", xsd_dir.display());
            eprintln!("skipped: {} is absent", xsd_dir.display());
            return;
        }
        for (name, text) in generate(&xsd_dir).unwrap() {
            let checked_in = crate::root().join(crate::SCHEMA_TABLES).join(name);
            let checked_in = std::fs::read_to_string(checked_in).unwrap();
            assert!(text == checked_in, "{name}: run `cargo xtask schema-tables`");
        }
    }

    #[test]
    fn a_type_that_two_versions_declare_differently_is_refused() {
        let schema = |length: u32| {
            format!(
                r#"<xs:schema xmlns:xs="x"><xs:element name="Document" type="Document"/>
<xs:complexType name="Document"><xs:sequence><xs:element name="Id" type="T"/></xs:sequence></xs:complexType>
<xs:simpleType name="T"><xs:restriction base="xs:string"><xs:maxLength value="{length}"/>
</xs:restriction></xs:simpleType></xs:schema>"#
            )
        };
        let mut library = Library::default();
        assert_eq!(library.add("pacs.008.001.01", &schema(35)), Ok(()));
        assert_eq!(library.add("pacs.008.001.02", &schema(35)), Ok(()));
        let refused = library.add("pacs.008.001.03", &schema(36)).unwrap_err();
        assert!(refused.contains("length=0..35") && refused.contains("length=0..36"), "{refused}");
    }
}
