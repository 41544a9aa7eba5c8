use std::collections::HashMap;
use std::sync::Arc;

use super::facets::{Base, Facets};
use super::pattern::Pattern;

/// One message version's schema.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) message: &'static str,
    namespace: String,
    pub(super) root: &'static str,
    pub(super) root_type: usize,
    /// Of all versions: an index means the same type in each.
    pub(super) types: Arc<[Type]>,
}

#[derive(Debug)]
pub(super) enum Type {
    /// Elements in order.
    Group(Vec<Member>),
    /// Text.
    Simple(Facets),
    /// Text with required attributes.
    Content { text: usize, attributes: Vec<(&'static str, usize)> },
}

#[derive(Debug)]
pub(super) enum Member {
    Element(Particle),
    /// One of these.
    Choice(Vec<Particle>),
    Any(Wildcard),
}

#[derive(Debug)]
pub(super) struct Particle {
    pub(super) name: &'static str,
    pub(super) of: usize,
    pub(super) occurs: Occurs,
}

#[derive(Debug)]
pub(super) struct Wildcard {
    /// Whether its content is left unchecked altogether, rather than where no declaration is known.
    pub(super) skip: bool,
    /// None: any.
    pub(super) namespace: Option<&'static str>,
    pub(super) occurs: Occurs,
}

/// A declared child element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Child {
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) of: usize,
    pub(crate) repeats: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Occurs {
    pub(super) least: u32,
    pub(super) most: u32,
}

/// What spellings of a value are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// None but itself.
    Text,
    Decimal,
    DateTime,
    Boolean,
    /// White space around it does not count.
    Other,
}

impl Kind {
    fn of(base: Base) -> Kind {
        match base {
            Base::String => Kind::Text,
            Base::Decimal => Kind::Decimal,
            Base::DateTime => Kind::DateTime,
            Base::Boolean => Kind::Boolean,
            Base::Base64Binary | Base::Date | Base::GYear | Base::GYearMonth | Base::Time => {
                Kind::Other
            }
        }
    }
}

type Lines = std::iter::Peekable<std::str::Lines<'static>>;

impl Schema {
    /// `urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08`
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The root element: `Document`.
    pub(crate) fn root(&self) -> &'static str {
        self.root
    }

    /// The type of the root element.
    pub(crate) fn root_type(&self) -> usize {
        self.root_type
    }

    /// What a type declares under this name.
    pub(crate) fn child(&self, of: usize, name: &str) -> Option<Child> {
        let Some(Type::Group(members)) = self.types.get(of) else { return None };
        let particle = members.iter().find_map(|member| member.particle(name))?;
        let Particle { name, of, occurs } = *particle;
        Some(Child { name, of, repeats: occurs.most > 1 })
    }

    /// What kind of value an element of a type has.
    pub(crate) fn kind(&self, of: usize) -> Kind {
        match self.types.get(of) {
            Some(Type::Simple(facets)) => Kind::of(facets.base),
            Some(Type::Content { text, .. }) => match self.types.get(*text) {
                Some(Type::Simple(facets)) => Kind::of(facets.base),
                _ => Kind::Text,
            },
            _ => Kind::Text,
        }
    }

    /// Reads the tables: a schema a line of `messages`; none if they are broken.
    pub(super) fn parse_all(messages: &'static str, types: &'static str) -> Option<Vec<Schema>> {
        let declared = types.lines().filter(|line| !line.starts_with(' '));
        let names: HashMap<&str, usize> = declared
            .enumerate()
            .map(|(at, line)| Some((line.split(' ').nth(1)?, at)))
            .collect::<Option<_>>()?;
        let mut lines = types.lines().peekable();
        let mut types = Vec::with_capacity(names.len());
        while let Some(line) = lines.next() {
            types.push(declaration(line, &mut lines, &names)?);
        }
        let types: Arc<[Type]> = types.into();
        let schema = |line: &'static str| {
            let mut words = line.split(' ');
            let (message, root, root_type) = (words.next()?, words.next()?, words.next()?);
            let namespace = format!("{}{message}", crate::envelope::NAMESPACE);
            let root_type = *names.get(root_type)?;
            Some(Schema { message, namespace, root, root_type, types: Arc::clone(&types) })
        };
        messages.lines().map(schema).collect()
    }
}

fn declaration(
    line: &'static str,
    lines: &mut Lines,
    names: &HashMap<&str, usize>,
) -> Option<Type> {
    let mut words = line.split(' ');
    match words.next()? {
        "sequence" => Some(Type::Group(members(lines, names)?)),
        "choice" => Some(Type::Group(vec![Member::Choice(particles(lines, " ", names)?)])),
        "content" => {
            let text = *names.get(words.nth(1)?)?;
            let attribute = |word: &'static str| {
                let (name, of) = word.split_once(':')?;
                Some((name, *names.get(of)?))
            };
            Some(Type::Content { text, attributes: words.map(attribute).collect::<Option<_>>()? })
        }
        base => Some(Type::Simple(facets(Base::parse(base)?, words.skip(1))?)),
    }
}

/// The lines indented by one space.
fn members(lines: &mut Lines, names: &HashMap<&str, usize>) -> Option<Vec<Member>> {
    let mut members = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with(' ')) {
        let line = line.strip_prefix(' ')?;
        members.push(match line.split_once(' ') {
            None => Member::Choice(particles(lines, "  ", names)?),
            Some(("any", rest)) => {
                let (process, rest) = rest.split_once(' ')?;
                let (namespace, occurs) = rest.split_once(' ').unwrap_or((rest, ""));
                Member::Any(Wildcard {
                    skip: process == "skip",
                    namespace: Some(namespace).filter(|namespace| *namespace != "##any"),
                    occurs: Occurs::parse(occurs)?,
                })
            }
            Some(_) => Member::Element(particle(line, names)?),
        });
    }
    Some(members)
}

fn particles(
    lines: &mut Lines,
    indent: &'static str,
    names: &HashMap<&str, usize>,
) -> Option<Vec<Particle>> {
    let mut particles = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with(indent)) {
        particles.push(particle(line.strip_prefix(indent)?, names)?);
    }
    Some(particles)
}

fn particle(line: &'static str, names: &HashMap<&str, usize>) -> Option<Particle> {
    let mut words = line.split(' ');
    let (name, of) = (words.next()?, *names.get(words.next()?)?);
    Some(Particle { name, of, occurs: Occurs::parse(words.next().unwrap_or(""))? })
}

impl Occurs {
    fn parse(text: &str) -> Option<Occurs> {
        let (least, most) = match text {
            "" => (1, 1),
            "?" => (0, 1),
            "*" => (0, u32::MAX),
            "+" => (1, u32::MAX),
            range => bounds(range)?,
        };
        Some(Occurs { least, most })
    }
}

/// `1..35` or `1..*`
fn bounds(range: &str) -> Option<(u32, u32)> {
    let (least, most) = range.split_once("..")?;
    Some((least.parse().ok()?, if most == "*" { u32::MAX } else { most.parse().ok()? }))
}

fn facets(base: Base, words: impl Iterator<Item = &'static str>) -> Option<Facets> {
    let mut facets = Facets::new(base);
    for word in words {
        let (facet, value) = word.split_once('=')?;
        match facet {
            "length" => facets.length = bounds(value)?,
            "codes" => facets.codes = value.split(',').collect(),
            "pattern" => facets.pattern = Some(Pattern::parse(value)?),
            "total" => facets.total_digits = value.parse().ok()?,
            "fraction" => facets.fraction_digits = value.parse().ok()?,
            "min" => facets.minimum = Some(value.trim_start_matches('0')),
            _ => return None,
        }
    }
    Some(facets)
}
