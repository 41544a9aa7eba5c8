//! As much of JSON Schema (draft 7) as the chart's `values.schema.json` uses. A keyword that is not
//! among it fails the test, so that nothing is passed unseen.

use serde_json::{Map, Value};

/// What in `value` the schema refuses, each with its path.
pub fn refusals(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Check { root: schema, found: &mut found }.value(schema, value, "");
    found
}

struct Check<'a> {
    root: &'a Value,
    found: &'a mut Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        for (keyword, wanted) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$schema" | "title" | "definitions" | "additionalProperties" => true,
                "$ref" => {
                    let place = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                    self.value(self.root.pointer(place).unwrap(), value, path);
                    true
                }
                "type" => has_type(wanted, value),
                "enum" => wanted.as_array().unwrap().contains(value),
                "not" => refusals(wanted, value) != Vec::<String>::new(),
                "minimum" => value.as_i64().is_none_or(|it| it >= wanted.as_i64().unwrap()),
                "maximum" => value.as_i64().is_none_or(|it| it <= wanted.as_i64().unwrap()),
                "minLength" => {
                    let shortest = usize::try_from(wanted.as_u64().unwrap()).unwrap();
                    value.as_str().is_none_or(|it| it.chars().count() >= shortest)
                }
                "required" => value.as_object().is_none_or(|object| {
                    wanted.as_array().unwrap().iter().all(|it| object.contains_key(text(it)))
                }),
                "items" => {
                    for item in value.as_array().into_iter().flatten() {
                        self.value(wanted, item, &format!("{path}[]"));
                    }
                    true
                }
                "properties" => {
                    self.properties(schema, value, path);
                    true
                }
                "propertyNames" => {
                    for name in value.as_object().into_iter().flat_map(Map::keys) {
                        self.value(wanted, &Value::from(name.as_str()), &format!("{path}.{name}"));
                    }
                    true
                }
                other => panic!("{other}: a keyword that this check does not know"),
            };
            if !holds {
                self.found.push(format!("{path}: {keyword}"));
            }
        }
        if schema.get("properties").is_none() {
            self.properties(schema, value, path);
        }
    }

    fn properties(&mut self, schema: &Value, value: &Value, path: &str) {
        let Some(object) = value.as_object() else { return };
        for (name, value) in object {
            let path = format!("{path}.{name}");
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(schema), _) => self.value(schema, value, &path),
                (None, Value::Bool(false)) => self.found.push(format!("{path}: not a value")),
                (None, Value::Null | Value::Bool(true)) => {}
                (None, schema) => self.value(schema, value, &path),
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("{other}: a type that this check does not know"),
    };
    match wanted {
        Value::Array(names) => names.iter().any(|name| is(text(name))),
        name => is(text(name)),
    }
}
