use super::table::{Member, Particle, Schema, Type, Wildcard};
use crate::xml::{self, Node};
use crate::{Finding, Level, limits};

const INSTANCE_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Everything wrong with a `Document` or `AppHdr`, in document order, up to [`limits::FINDINGS`].
pub(crate) fn check<'t>(root: Node<'t>, schema: &'t Schema) -> Vec<Finding> {
    let mut checker = Checker::new(schema, root);
    if root.local() != schema.root || root.namespace() != schema.namespace() {
        checker.report(root, "unexpected", format!("send {} here", schema.root));
    } else {
        checker.element(root, schema.root_type);
    }
    checker.findings
}

/// The same for a message body that came without its `Document`.
pub(crate) fn check_body<'t>(body: Node<'t>, schema: &'t Schema) -> Vec<Finding> {
    let mut checker = Checker::new(schema, body);
    match schema.types.get(schema.root_type) {
        Some(Type::Group(members)) => match particle_named(members, body.local()) {
            Some(particle) => checker.child(body, particle, None),
            None => checker.report(body, "unexpected", "send the message body here".to_owned()),
        },
        _ => checker.report(body, "unexpected", "send a whole Document".to_owned()),
    }
    checker.findings
}

struct Checker<'s> {
    schema: &'s Schema,
    /// An element in the schema's namespace.
    kin: Node<'s>,
    findings: Vec<Finding>,
    /// Local names and, of elements that may repeat, their index.
    path: Vec<(&'s str, Option<u32>)>,
}

/// An element's children, one ahead.
struct Children<'n, I: Iterator<Item = Node<'n>>> {
    rest: I,
    next: Option<Node<'n>>,
}

impl<'n, I: Iterator<Item = Node<'n>>> Children<'n, I> {
    fn take_if(&mut self, wanted: impl Fn(Node<'n>) -> bool) -> Option<Node<'n>> {
        let found = self.next.filter(|node| wanted(*node))?;
        self.next = self.rest.next();
        Some(found)
    }
}

impl<'s> Checker<'s> {
    fn new(schema: &'s Schema, kin: Node<'s>) -> Checker<'s> {
        Checker { schema, kin, findings: Vec::new(), path: vec![(schema.root, None)] }
    }

    fn element(&mut self, node: Node<'_>, of: usize) {
        let schema = self.schema;
        match schema.types.get(of) {
            None => {}
            Some(Type::Group(members)) => {
                self.attributes(node, &[]);
                self.group(node, members);
            }
            Some(Type::Simple(_)) => {
                self.attributes(node, &[]);
                self.simple(node, of);
            }
            Some(Type::Content { text, attributes }) => {
                self.attributes(node, attributes);
                self.simple(node, *text);
            }
        }
    }

    fn attributes(&mut self, node: Node<'_>, wanted: &'s [(&'static str, usize)]) {
        for (namespace, local, value) in node.attributes() {
            let declared = wanted.iter().find(|(name, _)| namespace.is_empty() && *name == local);
            match declared {
                Some((name, of)) => {
                    if let Some(Type::Simple(facets)) = self.schema.types.get(*of)
                        && let Some(broken) = facets.broken_by(value)
                    {
                        self.report_attribute(node, name, broken.rule, "AM03", broken.text);
                    }
                }
                None if is_schema_hint(namespace, local) => {}
                None => {
                    let text = format!("remove the attribute {}", xml::echo(local));
                    self.report(node, "attribute", text);
                }
            }
        }
        for (name, _) in wanted {
            if node.attribute(name).is_none() {
                let text = format!("add the attribute {name}");
                self.report_attribute(node, name, "missingAttribute", "FF01", text);
            }
        }
    }

    fn simple(&mut self, node: Node<'_>, of: usize) {
        let Some(Type::Simple(facets)) = self.schema.types.get(of) else { return };
        if let Some(child) = node.children().next() {
            self.report(child, "child", "write text here, without elements in it".to_owned());
            return;
        }
        if facets.base == super::facets::Base::Decimal && node.is_interrupted() {
            // Readers differ on whether 1<!-- -->00 is 1 or 100. The schema has nothing against it.
            let text = "write the number without comments in it".to_owned();
            let path = self.path();
            self.push_at(Level::Rule, node, path, "interrupted", "AM12", text);
        }
        if let Some(broken) = facets.broken_by(node.text()) {
            self.report_coded(node, broken.rule, facets.code(), broken.text);
        }
    }

    fn group(&mut self, node: Node<'_>, members: &'s [Member]) {
        if !node.text().bytes().all(|b| b.is_ascii_whitespace() && b != 0x0C) {
            self.report(node, "text", "remove the text between the elements".to_owned());
        }
        let mut rest = node.children();
        let next = rest.next();
        let mut children = Children { rest, next };
        for (at, member) in members.iter().enumerate() {
            let complete = match member {
                Member::Element(particle) => self.particle(&mut children, particle),
                Member::Choice(alternatives) => self.choice(&mut children, alternatives),
                Member::Any(wildcard) => self.any(&mut children, wildcard),
            };
            if !complete {
                self.incomplete(node, children.next, at, members);
                return self.out_of_order(&mut children, members);
            }
        }
        if let Some(child) = children.next {
            self.unexpected(child, members);
            self.out_of_order(&mut children, members);
        }
    }

    fn matches(&self, node: Node<'_>, name: &str) -> bool {
        node.local() == name && node.shares_namespace(self.kin)
    }

    fn particle<'n, I: Iterator<Item = Node<'n>>>(
        &mut self,
        children: &mut Children<'n, I>,
        particle: &'s Particle,
    ) -> bool {
        let mut count = 0;
        while count < particle.occurs.most
            && let Some(child) = children.take_if(|child| self.matches(child, particle.name))
        {
            count += 1;
            self.child(child, particle, Some(count));
        }
        count >= particle.occurs.least
    }

    fn choice<'n, I: Iterator<Item = Node<'n>>>(
        &mut self,
        children: &mut Children<'n, I>,
        alternatives: &'s [Particle],
    ) -> bool {
        let chosen = children.next.and_then(|next| {
            alternatives.iter().find(|particle| self.matches(next, particle.name))
        });
        match chosen {
            Some(particle) => self.particle(children, particle),
            None => alternatives.iter().any(|particle| particle.occurs.least == 0),
        }
    }

    fn any<'n, I: Iterator<Item = Node<'n>>>(
        &mut self,
        children: &mut Children<'n, I>,
        wildcard: &Wildcard,
    ) -> bool {
        let allowed = |child: Node<'_>| wildcard.namespace.is_none_or(|ns| child.namespace() == ns);
        let mut count = 0;
        while count < wildcard.occurs.most
            && let Some(child) = children.take_if(allowed)
        {
            count += 1;
            if !wildcard.skip {
                self.lax(child);
            }
        }
        count >= wildcard.occurs.least
    }

    /// Checks what is declared inside a wildcard's content: whole messages of this version.
    fn lax(&mut self, node: Node<'_>) {
        self.path.push(("*", None));
        let named = |(namespace, local, _): &(&str, &str, &str)| {
            *namespace == INSTANCE_NAMESPACE && *local == "type"
        };
        if node.attributes().any(|attribute| named(&attribute)) {
            self.report(node, "attribute", "remove xsi:type: it names no type here".to_owned());
        }
        if self.matches(node, self.schema.root) {
            self.element(node, self.schema.root_type);
        } else {
            node.children().for_each(|child| self.lax(child));
        }
        self.path.pop();
    }

    fn child(&mut self, node: Node<'_>, particle: &'s Particle, index: Option<u32>) {
        let index = index.filter(|_| particle.occurs.most > 1);
        self.path.push((particle.name, index));
        self.element(node, particle.of);
        self.path.pop();
    }

    /// After the first fault in an element's order, the rest is only checked inside.
    fn out_of_order<'n, I: Iterator<Item = Node<'n>>>(
        &mut self,
        children: &mut Children<'n, I>,
        members: &'s [Member],
    ) {
        let mut counts: Vec<(&str, u32)> = Vec::new();
        while let Some(child) = children.take_if(|_| true) {
            if self.findings.len() >= limits::FINDINGS {
                return;
            }
            let known = child.shares_namespace(self.kin);
            let Some(particle) = particle_named(members, child.local()).filter(|_| known) else {
                continue;
            };
            let count = match counts.iter_mut().find(|(name, _)| *name == particle.name) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    counts.push((particle.name, 1));
                    1
                }
            };
            self.child(child, particle, Some(count));
        }
    }

    /// The member at `at` lacks an element where `found` stands: either that is missing, or `found` is
    /// in the way.
    fn incomplete(
        &mut self,
        node: Node<'_>,
        found: Option<Node<'_>>,
        at: usize,
        members: &'s [Member],
    ) {
        let comes_later = |child: Node<'_>| {
            child.shares_namespace(self.kin)
                && members
                    .iter()
                    .skip(at + 1)
                    .any(|member| member.particle(child.local()).is_some())
        };
        let (name, names) = match members.get(at) {
            Some(Member::Element(particle)) => (particle.name, particle.name.to_owned()),
            Some(Member::Choice(alternatives)) => {
                let names: Vec<_> = alternatives.iter().map(|particle| particle.name).collect();
                (alternatives.first().map_or("*", |first| first.name), names.join(" or "))
            }
            _ => ("*", "an element of the allowed namespace".to_owned()),
        };
        match found {
            Some(child) if !comes_later(child) => self.unexpected(child, members),
            found => {
                self.path.push((name, None));
                let place = if found.is_some() { " before this element" } else { "" };
                self.report(found.unwrap_or(node), "missing", format!("add {names}{place}"));
                self.path.pop();
            }
        }
    }

    fn unexpected(&mut self, child: Node<'_>, members: &'s [Member]) {
        let name = xml::echo(child.local());
        let declared = particle_named(members, child.local());
        let text = match declared {
            Some(_) if !child.shares_namespace(self.kin) => {
                format!("put {name} into the namespace of its message")
            }
            Some(_) => format!("remove {name} or move it: here it is too many or out of order"),
            None => format!("remove {name}: the schema has no such element here"),
        };
        let path = format!("{}/{name}", self.path());
        self.push(child, path, "unexpected", "FF01", text);
    }

    fn report(&mut self, node: Node<'_>, rule: &'static str, text: String) {
        self.report_coded(node, rule, "FF01", text);
    }

    fn report_coded(&mut self, at: Node<'_>, rule: &'static str, code: &'static str, text: String) {
        self.push(at, self.path(), rule, code, text);
    }

    fn report_attribute(
        &mut self,
        node: Node<'_>,
        name: &str,
        rule: &'static str,
        code: &'static str,
        text: String,
    ) {
        self.push(node, format!("{}/@{name}", self.path()), rule, code, text);
    }

    fn path(&self) -> String {
        let step = |(name, index): &(&str, Option<u32>)| match index {
            Some(index) => format!("/{name}[{index}]"),
            None => format!("/{name}"),
        };
        self.path.iter().map(step).collect()
    }

    fn push(
        &mut self,
        node: Node<'_>,
        path: String,
        rule: &'static str,
        code: &'static str,
        text: String,
    ) {
        self.push_at(Level::Schema, node, path, rule, code, text);
    }

    fn push_at(
        &mut self,
        level: Level,
        node: Node<'_>,
        path: String,
        rule: &'static str,
        code: &'static str,
        text: String,
    ) {
        if self.findings.len() < limits::FINDINGS {
            let (line, column) = node.position();
            let path = xml::bounded_path(path);
            self.findings.push(Finding { level, path, line, column, rule, code, text });
        }
    }
}

fn particle_named<'s>(members: &'s [Member], name: &str) -> Option<&'s Particle> {
    members.iter().find_map(|member| member.particle(name))
}

impl Member {
    pub(super) fn particle(&self, name: &str) -> Option<&Particle> {
        match self {
            Member::Element(particle) => Some(particle).filter(|particle| particle.name == name),
            Member::Choice(alternatives) => {
                alternatives.iter().find(|particle| particle.name == name)
            }
            Member::Any(_) => None,
        }
    }
}

/// Attributes that say where a schema is change nothing. xsi:type and xsi:nil would: they are refused.
fn is_schema_hint(namespace: &str, local: &str) -> bool {
    namespace == INSTANCE_NAMESPACE
        && matches!(local, "schemaLocation" | "noNamespaceSchemaLocation")
}

/// The path of an element from its part's root, with indices where the schema lets it repeat.
pub(crate) fn path(node: Node<'_>, schema: Option<&Schema>) -> String {
    let mut chain = vec![node];
    while let Some(outer) = chain.last().filter(|node| !is_part(**node)).and_then(|n| n.parent())
        && outer.namespace() == node.namespace()
    {
        chain.push(outer);
    }
    chain.reverse();
    let first = chain.first().copied().filter(|first| is_part(*first));
    let mut of = schema.map(|schema| schema.root_type);
    let mut path = match first {
        Some(first) => format!("/{}", first.local()),
        None => schema.map(|schema| format!("/{}", schema.root)).unwrap_or_default(),
    };
    for step in chain.into_iter().skip(usize::from(first.is_some())) {
        let particle = of.zip(schema).and_then(|(of, schema)| match schema.types.get(of) {
            Some(Type::Group(members)) => particle_named(members, step.local()),
            _ => None,
        });
        of = particle.map(|particle| particle.of);
        path = match particle {
            Some(particle) if particle.occurs.most > 1 => {
                format!("{path}/{}[{}]", step.local(), index_among_siblings(step))
            }
            _ => format!("{path}/{}", xml::echo(step.local())),
        };
    }
    path
}

fn is_part(node: Node<'_>) -> bool {
    matches!(node.local(), "Document" | "AppHdr")
}

fn index_among_siblings(node: Node<'_>) -> usize {
    let siblings = node.parent().into_iter().flat_map(|parent| parent.children_named(node.local()));
    siblings.take_while(|sibling| sibling.offset() <= node.offset()).count()
}
