//! The Helm chart: rendered with its defaults and with other values, and what comes out held against
//! what nodes need.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use causeway::config::{Config, DEFAULT};
use serde_json::{Value, json};

use super::{deploy, documents, schema, templates, text};

/// Objects by kind and name.
type Objects = BTreeMap<(String, String), Value>;

/// Two machines, no NATS, no policy, and a setting of its own.
fn small() -> Value {
    json!({
        "replicas": 2,
        "spread": "ScheduleAnyway",
        "network": {"enabled": false},
        "config": {
            "nats": null,
            "limits": {"drain_ms": 20_000, "requests_per_s": 100},
            "egress": {"allow": ["10.0.0.0/8", "fd00::/8"]},
            "log": {"filter": "info,causeway=\"debug\""},
        },
    })
}

/// Another registry, a balancer outside, settings in a Secret, machines of their own.
fn large() -> Value {
    json!({
        "replicas": 5,
        "image": {"repository": "images.example/causeway", "tag": "0.2.0", "pullSecrets": [{"name": "pull"}]},
        "secrets": {"settings": "causeway-settings", "tls": "scheme-tls"},
        "service": {
            "type": "LoadBalancer",
            "annotations": {"balancer/protocol": "tcp", "balancer/zones": "3"},
            "ports": {"fspiop": 443},
        },
        "network": {"servers": [6432], "participants": [443, 8443], "operators": {"role": "ops"}},
        "nodeSelector": {"pool": "payments"},
        "tolerations": [{"key": "payments", "operator": "Exists", "effect": "NoSchedule"}],
        "podAnnotations": {"audit/scope": "payments"},
        "priorityClassName": "payments",
        "resources": {"limits": {"memory": "4Gi"}},
        "terminationGracePeriodSeconds": 90,
    })
}

#[test]
fn a_chart_is_one_of_this_release() {
    let Some(chart) = documents(&deploy("helm/Chart.yaml")) else { return };
    assert_eq!((&chart[0]["apiVersion"], &chart[0]["name"]), (&"v2".into(), &"causeway".into()));
    assert_eq!(chart[0]["appVersion"], env!("CARGO_PKG_VERSION"), "the program's version");
    assert_eq!(chart[0]["version"].as_str().unwrap().split('.').count(), 3);
}

#[test]
fn with_its_defaults_it_is_three_nodes() {
    let Some(objects) = objects("causeway", &json!({})) else { return };
    let settings = sound(&objects, "causeway").unwrap();
    assert_eq!(
        kinds(&objects),
        [
            "ConfigMap causeway",
            "NetworkPolicy causeway",
            "PodDisruptionBudget causeway",
            "Service causeway",
            "Service causeway-admin",
            "Service causeway-nodes",
            "StatefulSet causeway",
        ]
    );
    let set = of(&objects, "StatefulSet", "causeway");
    assert_eq!((&set["spec"]["replicas"], settings.redis.nodes), (&3.into(), 3));
    let container = &set["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], format!("causeway:{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(container["resources"]["requests"]["cpu"], "1");
    let policy = &of(&objects, "NetworkPolicy", "causeway")["spec"];
    assert_eq!(policy["policyTypes"], json!(["Ingress", "Egress"]));
    let operators = &policy["ingress"][1]["from"][0]["podSelector"]["matchLabels"];
    assert_eq!(operators, &json!({"causeway/operator": "true"}), "who need not be nodes");
}

#[test]
fn a_smaller_one_leaves_out_what_it_has_not() {
    let Some(objects) = objects("pilot", &small()) else { return };
    let settings = sound(&objects, "pilot").unwrap();
    assert!(!kinds(&objects).iter().any(|kind| kind.starts_with("NetworkPolicy")));
    assert_eq!((settings.redis.nodes, settings.limits.drain_ms), (2, 20_000));
    assert_eq!(settings.nats.url, "");
    assert_eq!(settings.log.filter, "info,causeway=\"debug\"", "quotes are kept");
    assert_eq!(settings.egress.allow.len(), 2);
    let pod = &of(&objects, "StatefulSet", "pilot")["spec"]["template"]["spec"];
    let spread = &pod["topologySpreadConstraints"][0];
    assert_eq!(spread["whenUnsatisfiable"], "ScheduleAnyway");
}

#[test]
fn a_larger_one_takes_its_settings_from_a_secret() {
    let Some(objects) = objects("scheme", &large()) else { return };
    assert!(sound(&objects, "scheme").is_none(), "no ConfigMap");
    let template = &of(&objects, "StatefulSet", "scheme")["spec"]["template"];
    assert_eq!(template["metadata"]["annotations"]["audit/scope"], "payments");
    let pod = &template["spec"];
    assert_eq!(pod["containers"][0]["image"], "images.example/causeway:0.2.0");
    assert_eq!(pod["volumes"][0]["secret"]["secretName"], "causeway-settings");
    assert_eq!(pod["volumes"][1]["secret"]["secretName"], "scheme-tls");
    assert_eq!(pod["imagePullSecrets"], json!([{"name": "pull"}]));
    assert_eq!(pod["nodeSelector"], json!({"pool": "payments"}));
    assert_eq!(pod["tolerations"][0]["operator"], "Exists");
    assert_eq!(pod["priorityClassName"], "payments");
    let service = of(&objects, "Service", "scheme");
    assert_eq!(service["spec"]["type"], "LoadBalancer");
    assert_eq!(service["metadata"]["annotations"]["balancer/zones"], "3", "text stays text");
    assert_eq!((&service["spec"]["ports"][0]["port"]), &443);
    let egress = &of(&objects, "NetworkPolicy", "scheme")["spec"]["egress"];
    assert_eq!(egress[1]["ports"], json!([{"port": 6432}, {"port": 443}, {"port": 8443}]));
}

#[test]
fn values_that_cannot_be_right_are_refused() {
    let Some(values) = defaults() else { return };
    let refused = |other: Value| schema::refusals(&schema(), &merged(values.clone(), &other));
    for right in [json!({}), small(), large()] {
        assert_eq!(refused(right), Vec::<String>::new());
    }
    for (wrong, place) in [
        (json!({"replica": 3}), ".replica: not a value"),
        (json!({"replicas": 0}), ".replicas: minimum"),
        (json!({"replicas": "3"}), ".replicas: type"),
        (json!({"image": {"pullPolicy": "Sometimes"}}), ".image.pullPolicy: enum"),
        (json!({"image": {"name": "causeway"}}), ".image.name: not a value"),
        (json!({"secrets": {"tls": ""}}), ".secrets.tls: minLength"),
        (json!({"secrets": {"keys": null}}), ".secrets: required"),
        (json!({"config": {"listen": {}}}), ".config.listen: enum"),
        (json!({"config": {"redis": {"nodes": 2}}}), ".config.redis.nodes: not"),
        (json!({"config": {"store": {"url": ""}}}), ".config.store.url: minLength"),
        (json!({"config": {"store": {"directory": "/var"}}}), ".config.store.directory: enum"),
        (json!({"config": {"tls": {"crls": [1]}}}), ".config.tls.crls[]: type"),
        (json!({"service": {"ports": {"bank": 70_000}}}), ".service.ports.bank: maximum"),
        (json!({"network": {"servers": ["postgres"]}}), ".network.servers[]: type"),
        (json!({"terminationGracePeriodSeconds": 5}), ".terminationGracePeriodSeconds: minimum"),
    ] {
        assert_eq!(refused(wrong), [place]);
    }
}

#[test]
fn every_value_is_used_and_every_use_has_a_value() {
    let Some(values) = defaults() else { return };
    let uses: BTreeSet<String> = files().iter().flat_map(|file| uses(file)).collect();
    for path in &uses {
        let place = format!("/{}", path.replace('.', "/"));
        assert!(values.pointer(&place).is_some(), "values.yaml lacks {path}");
    }
    for leaf in leaves(&values) {
        let used = uses.iter().any(|path| leaf == *path || leaf.starts_with(&format!("{path}.")));
        assert!(used, "no template uses {leaf}");
    }
}

#[test]
fn every_table_of_the_settings_may_be_set() {
    let defaults: toml::Table = toml::from_str(DEFAULT).unwrap();
    let mut tables = BTreeSet::new();
    for (name, table) in &defaults {
        tables.insert(name.clone());
        let inner = table.as_table().into_iter().flatten().filter(|(_, value)| value.is_table());
        tables.extend(inner.map(|(inner, _)| format!("{name}.{inner}")));
    }
    tables.remove("listen");
    let names = &schema()["properties"]["config"]["propertyNames"]["enum"];
    let names: BTreeSet<String> = serde_json::from_value(names.clone()).unwrap();
    assert_eq!(names, tables);
}

/// Checks what holds whatever the values are; the settings, where they are in a `ConfigMap`.
fn sound(objects: &Objects, release: &str) -> Option<Config> {
    let set = &of(objects, "StatefulSet", release)["spec"];
    let labels = &set["template"]["metadata"]["labels"];
    for ((kind, name), object) in objects {
        assert_ne!(kind, "Secret", "keys are not in here");
        assert_eq!(object["metadata"]["labels"]["app.kubernetes.io/instance"], *release);
        let spec = &object["spec"];
        let selectors = [&spec["selector"]["matchLabels"], &spec["podSelector"]["matchLabels"]];
        let service = (kind == "Service").then_some(&spec["selector"]);
        for selector in selectors.into_iter().chain(service).filter_map(Value::as_object) {
            assert!(!selector.is_empty(), "{kind} {name}");
            let found = selector.iter().all(|(label, value)| labels[label] == *value);
            assert!(found, "{kind} {name} finds no node");
        }
    }
    assert_eq!(of(objects, "PodDisruptionBudget", release)["spec"]["maxUnavailable"], 1);
    let nodes = of(objects, "Service", set["serviceName"].as_str().unwrap());
    assert_eq!(nodes["spec"]["clusterIP"], "None");
    pod_is_sound(&set["template"]["spec"]);
    let settings = objects.get(&("ConfigMap".to_owned(), release.to_owned()))?;
    assert_eq!(set["template"]["spec"]["volumes"][0]["configMap"]["name"], *release);
    let settings = settings["data"]["causeway.toml"].as_str().unwrap();
    let mark = &set["template"]["metadata"]["annotations"]["causeway/settings"];
    assert_eq!(*mark, templates::sha256(settings), "other settings are other pods");
    let config = Config::parse(settings, "the ConfigMap").unwrap();
    assert!(config.tls.is_on() && config.scheme.require_signatures);
    let grace_s = set["template"]["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
    assert!(grace_s * 1000 >= config.limits.drain_ms + 20_000, "SIGKILL comes while it drains");
    Some(config)
}

fn pod_is_sound(pod: &Value) {
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["automountServiceAccountToken"], false);
    let container = &pod["containers"][0];
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
    assert_eq!(container["readinessProbe"]["exec"]["command"][1], "health");
    let names = |list: &Value| -> BTreeSet<String> {
        let items = list.as_array().unwrap().iter();
        items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&container["volumeMounts"]), names(&pod["volumes"]));
    let ports = names(&container["ports"]);
    for probe in ["livenessProbe", "startupProbe"] {
        assert!(ports.contains(container[probe]["tcpSocket"]["port"].as_str().unwrap()), "{probe}");
    }
}

/// What `helm install <release>` would make with these values over the defaults.
fn objects(release: &str, values: &Value) -> Option<Objects> {
    let dot = json!({
        "Values": merged(defaults()?, values),
        "Release": {"Name": release, "Service": "Helm"},
        "Chart": {"AppVersion": env!("CARGO_PKG_VERSION")},
    });
    assert_eq!(schema::refusals(&schema(), &dot["Values"]), Vec::<String>::new());
    let folder = tempfile::tempdir().unwrap();
    let mut objects = Objects::new();
    for (name, text) in templates::rendered(&deploy("helm/templates"), &dot) {
        assert!(!text.contains("no value"), "{name}: {text}");
        if name == "NOTES.txt" {
            assert!(text.contains(release), "{text}");
            continue;
        }
        let file = folder.path().join(&name);
        fs::write(&file, &text).unwrap();
        for object in documents(&file)?.into_iter().filter(|object| !object.is_null()) {
            let named = |place: &str| object.pointer(place).unwrap().as_str().unwrap().to_owned();
            let key = (named("/kind"), named("/metadata/name"));
            assert!(objects.insert(key, object).is_none(), "{name}: twice");
        }
    }
    Some(objects)
}

fn of<'a>(objects: &'a Objects, kind: &str, name: &str) -> &'a Value {
    &objects[&(kind.to_owned(), name.to_owned())]
}

fn kinds(objects: &Objects) -> Vec<String> {
    objects.keys().map(|(kind, name)| format!("{kind} {name}")).collect()
}

fn defaults() -> Option<Value> {
    documents(&deploy("helm/values.yaml")).map(|mut values| values.swap_remove(0))
}

fn schema() -> Value {
    serde_json::from_str(&text("helm/values.schema.json")).unwrap()
}

/// As Helm lays one over the other: objects are merged, null removes, anything else replaces.
fn merged(mut under: Value, over: &Value) -> Value {
    let (Value::Object(members), Value::Object(changes)) = (&mut under, over) else {
        return over.clone();
    };
    for (name, change) in changes {
        let before = members.remove(name).unwrap_or_else(|| json!({}));
        if !change.is_null() {
            members.insert(name.clone(), merged(before, change));
        }
    }
    under
}

fn files() -> Vec<String> {
    let files = fs::read_dir(deploy("helm/templates")).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

/// `a.b` for each `.Values.a.b` of a template.
fn uses(template: &str) -> Vec<String> {
    let places = template.split(".Values.").skip(1);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.';
    places.map(|rest| rest.chars().take_while(|c| is_name(*c)).collect()).collect()
}

/// Paths of what is no object, or an empty one.
fn leaves(value: &Value) -> Vec<String> {
    let Some(object) = value.as_object().filter(|object| !object.is_empty()) else {
        return vec![String::new()];
    };
    let paths = object.iter().flat_map(|(name, value)| {
        leaves(value).into_iter().map(move |rest| match rest.as_str() {
            "" => name.clone(),
            rest => format!("{name}.{rest}"),
        })
    });
    paths.collect()
}
