//! Renders a Helm chart's templates: Go's template language by `gtmpl`, and those of Helm's functions
//! that the chart uses. A function, or a value, that is not there fails the test.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use aws_lc_rs::digest;
use gtmpl::{Context, Func, FuncError, Template, Value};
use serde_json::Value as Json;

const FUNCTIONS: [(&str, Func); 7] = [
    ("default", default),
    ("include", include),
    ("nindent", nindent),
    ("quote", quote),
    ("sha256sum", sha256sum),
    ("toJson", to_json),
    ("toYaml", to_yaml),
];

thread_local! {
    /// The chart's templates by name, for `include`: a function is given its arguments only.
    static TEMPLATES: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// What each file in `templates` (named without its folder) is, with `dot` as `.`; but for those
/// that only define.
pub fn rendered(templates: &Path, dot: &Json) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(templates)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    TEMPLATES.with_borrow_mut(|templates| templates.clone_from(&files));
    // Once, and cloned: the engine goes through objects in an order that a clone keeps.
    let dot = value(dot);
    let whole = files.iter().filter(|(name, _)| !name.starts_with('_'));
    whole
        .map(|(name, _)| {
            let text = render(name, dot.clone());
            (name.clone(), text.unwrap_or_else(|error| panic!("{name}: {error}")))
        })
        .collect()
}

/// In hexadecimal digits.
pub fn sha256(text: &str) -> String {
    let mut hex = String::new();
    for byte in digest::digest(&digest::SHA256, text.as_bytes()).as_ref() {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

fn render(name: &str, dot: Value) -> Result<String, String> {
    let mut template = Template::with_name(name);
    template.add_funcs(&FUNCTIONS);
    TEMPLATES.with_borrow(|files| {
        for (file, text) in files {
            let added = template.add_template(file.as_str(), text.as_str());
            added.map_err(|error| format!("{file}: {error}"))?;
        }
        Ok::<(), String>(())
    })?;
    template.render(&Context::from(dot)).map_err(|error| error.to_string())
}

fn include(arguments: &[Value]) -> Result<Value, FuncError> {
    let [Value::String(name), dot] = arguments else { return wrong("include") };
    let text = render(name, dot.clone());
    text.map(Value::from).map_err(|error| FuncError::Generic(format!("{name}: {error}")))
}

fn nindent(arguments: &[Value]) -> Result<Value, FuncError> {
    let [Value::Number(spaces), Value::String(text)] = arguments else { return wrong("nindent") };
    let Some(spaces) = spaces.as_u64().and_then(|spaces| usize::try_from(spaces).ok()) else {
        return wrong("nindent");
    };
    let start = format!("\n{}", " ".repeat(spaces));
    Ok(Value::from(text.split('\n').map(|line| format!("{start}{line}")).collect::<String>()))
}

fn default(arguments: &[Value]) -> Result<Value, FuncError> {
    let [otherwise, value] = arguments else { return wrong("default") };
    match value {
        Value::Nil => Ok(otherwise.clone()),
        Value::String(text) if text.is_empty() => Ok(otherwise.clone()),
        value => Ok(value.clone()),
    }
}

fn quote(arguments: &[Value]) -> Result<Value, FuncError> {
    let [value] = arguments else { return wrong("quote") };
    Ok(Value::from(Json::from(value.to_string()).to_string()))
}

fn sha256sum(arguments: &[Value]) -> Result<Value, FuncError> {
    let [Value::String(text)] = arguments else { return wrong("sha256sum") };
    Ok(Value::from(sha256(text)))
}

/// A line for each member or item, since the template may have others beside it; within, JSON, which
/// is YAML too.
fn to_yaml(arguments: &[Value]) -> Result<Value, FuncError> {
    let [value] = arguments else { return wrong("toYaml") };
    let lines: Vec<String> = match json(value) {
        Json::Object(members) if !members.is_empty() => members
            .iter()
            .map(|(name, it)| format!("{}: {it}", Json::from(name.as_str())))
            .collect(),
        Json::Array(items) if !items.is_empty() => {
            items.iter().map(|it| format!("- {it}")).collect()
        }
        other => vec![other.to_string()],
    };
    Ok(Value::from(lines.join("\n")))
}

fn to_json(arguments: &[Value]) -> Result<Value, FuncError> {
    let [value] = arguments else { return wrong("toJson") };
    Ok(Value::from(json(value).to_string()))
}

fn wrong(function: &str) -> Result<Value, FuncError> {
    Err(FuncError::Generic(format!("{function}: not its arguments")))
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(it) => Value::from(*it),
        Json::Number(it) => Value::from(it.as_i64().unwrap()),
        Json::String(it) => Value::from(it.as_str()),
        Json::Array(items) => Value::Array(items.iter().map(value).collect()),
        Json::Object(members) => {
            let members = members.iter().map(|(name, it)| (name.clone(), value(it)));
            Value::Object(members.collect::<HashMap<String, Value>>())
        }
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(it) => Json::from(*it),
        Value::Number(it) => Json::from(it.as_i64().unwrap()),
        Value::String(it) => Json::from(it.as_str()),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Object(members) | Value::Map(members) => {
            members.iter().map(|(name, it)| (name.clone(), json(it))).collect()
        }
        Value::Nil | Value::NoValue => Json::Null,
        Value::Function(_) => panic!("a function is no value"),
    }
}
