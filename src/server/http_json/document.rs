//! Describes the API in OpenAPI 3.1, from the descriptor of the proto and the routes alone: the comments of the proto
//! are the descriptions.

use std::collections::BTreeSet;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
};
use serde_json::{Map, Value, json};

use super::problem::{PROBLEM_JSON, Problem};
use super::routes::HttpOperation;
use super::{JSON, JSON_LINES};

/// The path of the declaration `syntax` in a descriptor: the comment before it is that of the file.
const SYNTAX: [i32; 1] = [12];

/// Returns the description of all operations.
pub(super) fn document(pool: &DescriptorPool, operations: &[HttpOperation]) -> Value {
    let mut paths = Map::new();
    let mut schemas = Schemas::default();
    // Only what is sent to the server has a fixed set of fields: replies may get more.
    for operation in operations {
        schemas.add(&operation.rpc.input(), true);
    }
    for operation in operations {
        schemas.add(&operation.rpc.output(), false);
        let method = operation.method.as_str().to_ascii_lowercase();
        paths.insert(
            operation.path.to_owned(),
            json!({method: describe(operation)}),
        );
    }
    schemas.all.insert("Problem".to_owned(), Problem::schema());
    let tags = pool.services().filter(|service| {
        operations
            .iter()
            .any(|one| one.rpc.parent_service() == service)
    });
    let tags = tags.map(|service| {
        let description = comment(&service.parent_file(), service.path());
        json!({"name": service.name(), "description": description})
    });
    let file = operations.first().map(|one| one.rpc.parent_file());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "wirecopy",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": env!("CARGO_PKG_DESCRIPTION"),
            "description": file.map(|file| comment(&file, &SYNTAX)),
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "tags": tags.collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas.all,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token, where the server asks for tokens.",
                },
            },
        },
        "security": [{"token": []}, {}],
    })
}

fn describe(operation: &HttpOperation) -> Value {
    let rpc = &operation.rpc;
    let (input, output) = (rpc.input(), rpc.output());
    let description = comment(&rpc.parent_file(), rpc.path());
    let mut described = json!({
        "operationId": rpc.name(),
        "tags": [rpc.parent_service().name()],
        "summary": description.split("\n\n").next(),
        "description": description,
        "responses": {
            "200": {
                "description": comment(&output.parent_file(), output.path()),
                "content": content(&output, rpc.is_server_streaming()),
            },
            "default": {
                "description": "The request failed.",
                "content": {PROBLEM_JSON: {"schema": reference("Problem")}},
            },
        },
    });
    if operation.is_query() {
        described["parameters"] = input.fields().map(|field| parameter(&field)).collect();
    } else {
        described["requestBody"] = json!({
            "required": true,
            "content": content(&input, rpc.is_client_streaming()),
        });
    }
    described
}

/// Describes messages: one as JSON, or one in each line.
fn content(message: &MessageDescriptor, is_stream: bool) -> Value {
    let name = message.name();
    match is_stream {
        false => json!({JSON: {"schema": reference(name)}}),
        true => {
            let description = format!(
                "In each line a `#/components/schemas/{name}`. If a reply fails after it has begun, its last line is a \
                 `#/components/schemas/Problem`, which is known by its member `status`."
            );
            json!({JSON_LINES: {"schema": {"type": "string", "description": description}}})
        }
    }
}

fn parameter(field: &FieldDescriptor) -> Value {
    json!({
        "name": field.json_name(),
        "in": "query",
        "description": comment(&field.parent_message().parent_file(), field.path()),
        "schema": field_schema(field),
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The schemas of messages and enums, by their names.
#[derive(Default)]
struct Schemas {
    all: Map<String, Value>,
}

impl Schemas {
    /// Adds a message and all that it contains, as far as they are not there yet.
    fn add(&mut self, message: &MessageDescriptor, is_closed: bool) {
        let name = message.name().to_owned();
        if is_well_known(message) || self.all.contains_key(&name) {
            return;
        }
        let properties = message.fields().map(|field| {
            let mut schema = field_schema(&field);
            let description = comment(&message.parent_file(), field.path());
            schema["description"] = description.into();
            (field.json_name().to_owned(), schema)
        });
        let mut schema = json!({
            "type": "object",
            "description": described_with_oneofs(message),
            "properties": properties.collect::<Map<_, _>>(),
        });
        if is_closed {
            schema["additionalProperties"] = false.into();
        }
        self.all.insert(name, schema);
        for field in message.fields() {
            let kind = match field.kind() {
                Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
                kind => kind,
            };
            match kind {
                Kind::Message(message) => self.add(&message, is_closed),
                Kind::Enum(one) => self.add_enum(&one),
                _ => {}
            }
        }
    }

    fn add_enum(&mut self, one: &EnumDescriptor) {
        let file = one.parent_file();
        let mut description = comment(&file, one.path());
        for value in one.values() {
            let meaning = comment(&file, value.path()).replace('\n', " ");
            description += &format!("\n* `{}`: {meaning}", value.name());
        }
        let names: Vec<_> = one.values().map(|value| value.name().to_owned()).collect();
        let schema = json!({"type": "string", "description": description, "enum": names});
        self.all.insert(one.name().to_owned(), schema);
    }
}

/// Returns the description of a message, and which of its fields exclude one another.
fn described_with_oneofs(message: &MessageDescriptor) -> String {
    let mut description = comment(&message.parent_file(), message.path());
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let names: BTreeSet<_> = oneof
            .fields()
            .map(|field| format!("`{}`", field.json_name()))
            .collect();
        let names: Vec<_> = names.into_iter().collect();
        description += &format!("\n\nAt most one of {} is set.", names.join(", "));
    }
    description
}

fn field_schema(field: &FieldDescriptor) -> Value {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let value = value_schema(&entry.map_entry_value_field().kind());
            json!({"type": "object", "additionalProperties": value})
        }
        kind if field.is_list() => json!({"type": "array", "items": value_schema(&kind)}),
        kind => value_schema(&kind),
    }
}

/// Returns the schema of a value, as protobuf maps it to JSON.
fn value_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::String => json!({"type": "string"}),
        Kind::Bytes => {
            json!({"type": "string", "format": "byte", "contentEncoding": "base64"})
        }
        Kind::Double | Kind::Float => json!({"type": "number"}),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            json!({"type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX})
        }
        Kind::Uint32 | Kind::Fixed32 => {
            json!({"type": "integer", "minimum": 0, "maximum": u32::MAX})
        }
        // As strings, because JavaScript has no integers of 64 bits.
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            json!({"type": "string", "format": "int64", "pattern": "^-?[0-9]{1,19}$"})
        }
        Kind::Uint64 | Kind::Fixed64 => {
            json!({"type": "string", "format": "uint64", "pattern": "^[0-9]{1,20}$"})
        }
        Kind::Enum(one) => reference(one.name()),
        Kind::Message(message) => match message.full_name() {
            TIMESTAMP => json!({"type": "string", "format": "date-time"}),
            DURATION => {
                json!({"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"})
            }
            _ => reference(message.name()),
        },
    }
}

const TIMESTAMP: &str = "google.protobuf.Timestamp";
const DURATION: &str = "google.protobuf.Duration";

fn is_well_known(message: &MessageDescriptor) -> bool {
    [TIMESTAMP, DURATION].contains(&message.full_name())
}

/// Returns the comment before a declaration; empty if there is none.
fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let source = file.file_descriptor_proto().source_code_info.as_ref();
    let mut locations = source.iter().flat_map(|source| &source.location);
    let found = locations.find(|location| location.path == path);
    let text = found.map(|location| location.leading_comments());
    let lines = text.unwrap_or_default().lines();
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::proto;

    fn all() -> Value {
        let pool = DescriptorPool::decode(proto::DESCRIPTOR).unwrap();
        document(&pool, &HttpOperation::all(&pool))
    }

    /// Calls `found` with each reference below a value.
    fn references(value: &Value, found: &mut impl FnMut(&str)) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(target) if name == "$ref" => found(target),
                        value => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_has_its_schema() {
        let document = all();
        let mut count = 0;
        references(&document, &mut |target: &str| {
            let target = target.strip_prefix('#').unwrap();
            assert!(document.pointer(target).is_some(), "{target}");
            count += 1;
        });
        assert!(count > 50, "{count}");
    }

    #[test]
    fn the_comments_of_the_proto_describe_everything() {
        let document = all();
        let text = |pointer: &str| document.pointer(pointer).unwrap().as_str().unwrap();
        assert!(text("/info/description").contains("resemblance"));
        assert_eq!(
            text("/paths/~1v1~1ingest/post/summary"),
            "Stores an article and returns its verdict."
        );
        for schema in document["components"]["schemas"].as_object().unwrap() {
            let described =
                |value: &Value| value["description"].as_str().is_some_and(|d| !d.is_empty());
            assert!(described(schema.1), "{}", schema.0);
            for (name, field) in schema.1["properties"].as_object().into_iter().flatten() {
                assert!(described(field) || name == "type", "{}.{name}", schema.0);
            }
        }
    }

    #[test]
    fn schemas_are_those_of_the_mapping() {
        let document = all();
        let schema = |name: &str| &document["components"]["schemas"][name];
        let article = schema("Article");
        assert_eq!(article["additionalProperties"], false);
        assert_eq!(article["properties"]["published"]["format"], "date-time");
        let page = &schema("RawPage")["properties"];
        assert_eq!(page["content"]["contentEncoding"], "base64");
        assert_eq!(page["contentType"]["type"], "string");
        assert_eq!(schema("Verdict").get("additionalProperties"), None);
        let notices = &schema("Traffic")["properties"]["notices"];
        assert_eq!(notices["additionalProperties"]["format"], "uint64");
        let parameters = &document["paths"]["/v1/cluster"]["get"]["parameters"];
        let names: Vec<_> = parameters
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["name"])
            .collect();
        assert_eq!(names, ["collection", "id", "pageSize", "pageToken"]);
    }
}
