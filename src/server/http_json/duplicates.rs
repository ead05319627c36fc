//! Refuses JSON in which a field of a message is given twice: of the two values, one would be lost silently.

use std::collections::BTreeSet;
use std::fmt;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Returns the field of a message that has a name in JSON, where it may have either of two.
pub(super) fn field(kind: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    let field = kind.get_field_by_json_name(name);
    field.or_else(|| kind.get_field_by_name(name))
}

/// Checks a message in JSON that was read already. Its scalars are skipped.
pub(super) fn check(kind: &MessageDescriptor, json: &[u8]) -> Result<(), serde_json::Error> {
    FieldsOnce(kind.clone()).deserialize(&mut serde_json::Deserializer::from_slice(json))
}

/// Checks the value of a field: a message, or a list of them.
struct FieldsOnce(MessageDescriptor);

impl<'de> DeserializeSeed<'de> for FieldsOnce {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FieldsOnce {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut given = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let field = field(&self.0, &name);
            if let Some(field) = &field
                && !given.insert(field.number())
            {
                let name = field.json_name();
                return Err(M::Error::custom(format_args!("duplicate field `{name}`")));
            }
            match field.map(|field| field.kind()) {
                Some(Kind::Message(kind)) => map.next_value_seed(Self(kind))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        while list.next_element_seed(Self(self.0.clone()))?.is_some() {}
        Ok(())
    }

    // Times and durations are messages whose JSON is a string; any may be null.
    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}
