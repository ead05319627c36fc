//! The bytes of notices and photo credits in a record, as protobuf messages.
//!
//! Implemented here and not derived, because prost can neither store an enum by its name nor flatten
//! a [`Span`](crate::text::Span) into its message.

use prost::bytes::{Buf, BufMut};
use prost::encoding::{self, DecodeContext, WireType, bool, float, string, uint32};
use prost::{DecodeError, Message};

use crate::notices::{Notice, PhotoCredit};

/// Implements [`Message`] as prost derives it for proto3: a field that has its default is left out,
/// unless it is marked `always`. Each field is given by its tag, the module that encodes it, and its
/// path in the struct.
macro_rules! impl_message {
    ($message:ty {
        $(always $fixed_tag:literal $fixed_codec:ident $fixed:ident,)*
        $($tag:literal $codec:ident $($field:ident).+,)+
    }) => {
        impl Message for $message {
            fn encode_raw(&self, buf: &mut impl BufMut) {
                $($fixed_codec::encode($fixed_tag, &self.$fixed, buf);)*
                $(if !is_default(&self.$($field).+) {
                    $codec::encode($tag, &self.$($field).+, buf);
                })+
            }

            fn encoded_len(&self) -> usize {
                let mut length = 0;
                $(length += $fixed_codec::encoded_len($fixed_tag, &self.$fixed);)*
                $(if !is_default(&self.$($field).+) {
                    length += $codec::encoded_len($tag, &self.$($field).+);
                })+
                length
            }

            fn merge_field(
                &mut self,
                tag: u32,
                wire_type: WireType,
                buf: &mut impl Buf,
                context: DecodeContext,
            ) -> Result<(), DecodeError> {
                match tag {
                    $($fixed_tag => $fixed_codec::merge(wire_type, &mut self.$fixed, buf, context),)*
                    $($tag => $codec::merge(wire_type, &mut self.$($field).+, buf, context),)+
                    _ => encoding::skip_field(wire_type, tag, buf, context),
                }
            }

            fn clear(&mut self) {
                *self = Self::default();
            }
        }
    };
}

impl_message!(Notice {
    always 1 signal signal,
    2 uint32 span.start,
    3 uint32 span.end,
    4 string words,
    5 string outlet,
    6 string url,
    7 bool agency,
    8 bool cut,
    9 float weight,
    10 bool disguised,
});

impl_message!(PhotoCredit {
    1 uint32 span.start,
    2 uint32 span.end,
    3 string words,
    4 string outlet,
});

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A signal, stored as its name.
mod signal {
    use prost::encoding::bytes;

    use super::{Buf, BufMut, DecodeContext, DecodeError, WireType, string};
    use crate::notices::Signal;

    fn name(signal: Signal) -> prost::bytes::Bytes {
        prost::bytes::Bytes::from_static(signal.as_str().as_bytes())
    }

    pub fn encode(tag: u32, signal: &Signal, buf: &mut impl BufMut) {
        bytes::encode(tag, &name(*signal), buf);
    }

    pub fn encoded_len(tag: u32, signal: &Signal) -> usize {
        bytes::encoded_len(tag, &name(*signal))
    }

    pub fn merge(
        wire_type: WireType,
        signal: &mut Signal,
        buf: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        let mut name = String::new();
        string::merge(wire_type, &mut name, buf, context)?;
        *signal = Signal::named(&name).ok_or_else(|| unknown(&name))?;
        Ok(())
    }

    #[expect(
        deprecated,
        reason = "prost has no other error for a `Message` that is written by hand"
    )]
    fn unknown(name: &str) -> DecodeError {
        DecodeError::new(format!("unknown signal `{name}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::Signal;
    use crate::text::Span;

    #[test]
    fn the_bytes_of_a_notice_are_known() {
        let notice = Notice {
            signal: Signal::Credit,
            span: Span { start: 5, end: 300 },
            words: "Source: AP".to_owned(),
            outlet: "AP".to_owned(),
            url: "https://a.b".to_owned(),
            agency: true,
            cut: false,
            weight: 0.5,
            disguised: true,
        };
        let bytes = b"\x0a\x06credit\x10\x05\x18\xac\x02\x22\x0aSource: AP\x2a\x02AP\
                      \x32\x0bhttps://a.b\x38\x01\x4d\0\0\0\x3f\x50\x01";
        assert_eq!(notice.encode_to_vec(), bytes);
        assert_eq!(notice.encoded_len(), bytes.len());
        assert_eq!(Notice::decode(&bytes[..]), Ok(notice));
    }

    #[test]
    fn every_signal_is_stored_and_an_unknown_one_is_an_error() {
        for signal in Signal::all() {
            let notice = Notice {
                signal,
                ..Notice::default()
            };
            let bytes = notice.encode_to_vec();
            assert_eq!(bytes[2..], *signal.as_str().as_bytes());
            assert_eq!(Notice::decode(&bytes[..]), Ok(notice));
        }
        assert!(Notice::decode(&b"\x0a\x04told"[..]).is_err());
    }

    #[test]
    fn the_bytes_of_a_photo_credit_are_known() {
        let credit = PhotoCredit {
            span: Span { start: 0, end: 9 },
            words: "Photo: AP".to_owned(),
            outlet: "AP".to_owned(),
        };
        let bytes = b"\x10\x09\x1a\x09Photo: AP\x22\x02AP";
        assert_eq!(credit.encode_to_vec(), bytes);
        assert_eq!(PhotoCredit::decode(&bytes[..]), Ok(credit));
    }
}
