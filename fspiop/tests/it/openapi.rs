//! The published OpenAPI files against what we read: which members there are, which are required, which
//! values, lengths and counts they may have. Patterns are tested by hand, in `resources`.

use crate::resources::{FULL_BODIES, in_v2, pointers, rewritten_in, with_change};
use crate::shared_or_skip;
use fspiop::json::{Value, parse};
use fspiop::route::Operation;
use fspiop::version::Version;
use serde_json::{Map, Value as Json};

/// The file of each version.
const FILES: [(Version, &str); 3] = [
    (Version::V1_0, "fspiop-v1.0.official-implementation.yaml"),
    (Version::V1_1, "fspiop-v1.1.official.yaml"),
    (Version::V2_0, "fspiop-v2.0.api-snippets.yaml"),
];

/// The schema of an operation's body.
fn schema_name(operation: Operation) -> Option<&'static str> {
    Some(match operation {
        Operation::PostQuote => "QuotesPostRequest",
        Operation::PutQuote => "QuotesIDPutResponse",
        Operation::PostTransfer => "TransfersPostRequest",
        Operation::PutTransfer => "TransfersIDPutResponse",
        Operation::PatchTransfer => "TransfersIDPatchResponse",
        Operation::PostParticipants => "ParticipantsPostRequest",
        Operation::PutParticipants => "ParticipantsIDPutResponse",
        Operation::PostParticipant => "ParticipantsTypeIDSubIDPostRequest",
        Operation::PutParticipant => "ParticipantsTypeIDPutResponse",
        Operation::PutParty => "PartiesTypeIDPutResponse",
        _ => return None,
    })
}

#[test]
fn members_values_and_lengths_are_those_of_the_published_files() {
    let mut checks = 0;
    for (version, file) in FILES {
        let Some(path) = shared_or_skip(&format!("data/openapi/fspiop/{file}")) else { return };
        let text = std::fs::read_to_string(path).unwrap();
        let schemas = yaml(&text)["components"]["schemas"].clone();
        for (operation, body, _) in FULL_BODIES {
            let Some(schema) = schemas.get(schema_name(operation).unwrap()) else {
                assert_eq!((version, operation), (Version::V1_0, Operation::PatchTransfer));
                continue;
            };
            let body = if version == Version::V2_0 { in_v2(body) } else { body.to_owned() };
            let body = parse(body.as_bytes()).unwrap();
            let judge = Judge { schemas: &schemas, version, operation, body: &body };
            checks += judge.all(schema);
        }
    }
    assert!(checks > 800, "{checks}");
}

struct Judge<'a> {
    schemas: &'a Json,
    version: Version,
    operation: Operation,
    body: &'a Value,
}

impl Judge<'_> {
    /// Checks every place of the body; how many checks that were.
    fn all(&self, schema: &Json) -> usize {
        let mut places = Vec::new();
        pointers(self.body, "", &mut places);
        places.iter().map(|path| self.place(schema, path)).sum()
    }

    fn place(&self, schema: &Json, path: &str) -> usize {
        let (parent, name) = path.rsplit_once('/').unwrap();
        let Some(holder) = self.schema_at(schema, parent) else { return 0 };
        let is_item = name.parse::<usize>().is_ok();
        let mut checks = 0;
        // The file of 1.0 repeats some objects in place and leaves out what they require.
        let says = self.version > Version::V1_0 || holder.get("required").is_some();
        if says && !is_item && holder["properties"].get(name).is_some() {
            let required = holder["required"].as_array().cloned().unwrap_or_default();
            let is_required = required.iter().any(|required| required == name);
            let without = self.outcome(path, None);
            let wanted = if is_required { format!("3102 {path}") } else { "ok".to_owned() };
            assert_eq!(without, wanted, "{:?} without {path} in {}", self.operation, self.version);
            checks += 1;
        }
        let Some(own) = self.schema_at(schema, path) else { return checks };
        checks + self.values(&own, path)
    }

    fn values(&self, own: &Json, path: &str) -> usize {
        let (version, operation) = (self.version, self.operation);
        let code = format!("3100 {path}");
        let text = |text: &str| self.outcome(path, Some(Value::from(text)));
        let mut checks = 0;
        // Currencies are the scheme's list (CONTRACTS §3), which knows codes that came and went.
        let values = own["enum"].as_array().filter(|values| values.len() < 100);
        for value in values.into_iter().flatten().filter_map(Json::as_str) {
            assert_eq!(text(value), "ok", "{operation:?} {path} {value} in {version}");
            assert_eq!(text(&format!("{value}x")), code, "{operation:?} {path} in {version}");
            checks += 2;
        }
        let length = |name: &str| own[name].as_u64().and_then(|count| usize::try_from(count).ok());
        let is_free = own.get("pattern").is_none() && own.get("enum").is_none();
        if let (Some(most), true, true) = (length("maxLength"), is_free, own["type"] == "string") {
            let most = if path.ends_with("Currencies/0") { 3 } else { most };
            assert_eq!(text(&"x".repeat(most)), "ok", "{operation:?} {path} in {version}");
            assert_eq!(text(&"x".repeat(most + 1)), code, "{operation:?} {path} in {version}");
            assert_eq!(text(""), code, "{operation:?} {path} in {version}");
            checks += 3;
        }
        if let (Some(most), Some(Value::Array(items))) = (length("maxItems"), at(self.body, path)) {
            let list = |count| Some(Value::Array(vec![items[0].clone(); count]));
            let too_many = format!("3103 {path}");
            assert_eq!(self.outcome(path, list(most)), "ok", "{operation:?} {path} in {version}");
            assert_eq!(self.outcome(path, list(most + 1)), too_many, "{operation:?} {path}");
            checks += 2;
        }
        checks
    }

    /// `ok`, or code and place.
    fn outcome(&self, path: &str, change: Option<Value>) -> String {
        let changed = with_change(self.body, path, change.as_ref());
        match rewritten_in(self.version, self.operation, &changed) {
            Ok(_) => "ok".to_owned(),
            Err(refusal) => format!("{} {}", refusal.code, refusal.path.unwrap_or_default()),
        }
    }

    /// The schema of the place, references followed; none where the file knows no such member.
    fn schema_at(&self, schema: &Json, path: &str) -> Option<Json> {
        let mut own = self.resolved(schema);
        for step in path.split('/').skip(1) {
            let next = match step.parse::<usize>() {
                Ok(_) => own.get("items")?.clone(),
                Err(_) => own.get("properties")?.get(step)?.clone(),
            };
            own = self.resolved(&next);
        }
        Some(own)
    }

    fn resolved(&self, schema: &Json) -> Json {
        let inner = schema.get("allOf").and_then(|all| all.get(0)).unwrap_or(schema);
        match inner.get("$ref").and_then(Json::as_str) {
            Some(name) => self.resolved(&self.schemas[name.rsplit('/').next().unwrap()]),
            None => inner.clone(),
        }
    }
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('/').skip(1).try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.member(step),
    })
}

/// As much YAML as these files have: block mappings and sequences, plain, quoted and block scalars.
fn yaml(text: &str) -> Json {
    let is_blank = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let lines: Vec<&str> = text.lines().filter(|line| !is_blank(line)).collect();
    block(&mut lines.as_slice(), 0)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn block(lines: &mut &[&str], least: usize) -> Json {
    let Some(first) = lines.first().filter(|line| indent(line) >= least) else { return Json::Null };
    let depth = indent(first);
    if first.trim_start().starts_with("- ") {
        return sequence(lines, depth);
    }
    let mut object = Map::new();
    while let Some(line) = lines.first().filter(|line| indent(line) == depth) {
        let Some((key, rest)) = entry(line.trim_start()) else { break };
        *lines = &lines[1..];
        let value = value(lines, depth, rest);
        object.insert(key, value);
    }
    Json::Object(object)
}

fn sequence(lines: &mut &[&str], depth: usize) -> Json {
    let mut items = Vec::new();
    while let Some(line) = lines.first().filter(|line| indent(line) == depth) {
        let Some(rest) = line.trim_start().strip_prefix("- ") else { break };
        if let Some((key, rest)) = entry(rest) {
            *lines = &lines[1..];
            let first = value(lines, depth + 2, rest);
            let mut object = match block(lines, depth + 2) {
                Json::Object(object) => object,
                _ => Map::new(),
            };
            object.insert(key, first);
            items.push(Json::Object(object));
        } else {
            *lines = &lines[1..];
            items.push(value(lines, depth, rest));
        }
    }
    Json::Array(items)
}

/// `key: rest`
fn entry(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') || text.starts_with('\'') {
        let (key, rest) = text[1..].split_once(&text[..1])?;
        return Some((key.to_owned(), rest.strip_prefix(':')?.trim()));
    }
    let (key, rest) = text.split_once(": ").or_else(|| Some((text.strip_suffix(':')?, "")))?;
    (!key.contains(' ')).then(|| (key.to_owned(), rest.trim()))
}

/// What stands behind a key at `depth`, with the lines that go on with it.
fn value(lines: &mut &[&str], depth: usize, rest: &str) -> Json {
    let next = lines.first().copied().unwrap_or_default();
    let is_item = next.trim_start().starts_with("- ");
    let goes_on = indent(next) > depth && !is_item && entry(next.trim_start()).is_none();
    if rest.is_empty() && !goes_on {
        return block(lines, if is_item && indent(next) == depth { depth } else { depth + 1 });
    }
    let mut text = match rest {
        ">-" | ">" | "|" | "|-" => String::new(),
        plain => plain.to_owned(),
    };
    while let Some(line) = lines.first().filter(|line| indent(line) > depth) {
        text = format!("{text} {}", line.trim());
        *lines = &lines[1..];
    }
    scalar(text.trim())
}

fn scalar(text: &str) -> Json {
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    match (quoted('"'), quoted('\'')) {
        (Some(inner), _) | (_, Some(inner)) => Json::from(inner),
        _ => text.parse::<u64>().map_or_else(|_| Json::from(text), Json::from),
    }
}
