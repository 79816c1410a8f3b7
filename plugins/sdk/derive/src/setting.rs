//! One field: its attributes read, checked against its type, and written as JSON Schema. Touches no other field.

use std::fmt::Write as _;

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Field, Lit, LitStr, Meta, Token, Type, bracketed};

pub(crate) struct Setting {
    pub(crate) name: String,
    description: String,
    kind: &'static str,
    default: Option<String>,
    minimum: Option<String>,
    maximum: Option<String>,
    allowed: Vec<String>,
}

impl Setting {
    pub(crate) fn read(field: &Field) -> syn::Result<Self> {
        let name = field.ident.as_ref().map(|ident| ident.unraw().to_string()).unwrap_or_default();
        let fail = |what: String| syn::Error::new_spanned(field, format!("setting `{name}`: {what}"));
        let mut setting = Setting {
            description: description(&field.attrs),
            name: name.clone(),
            kind: "",
            default: None,
            minimum: None,
            maximum: None,
            allowed: Vec::new(),
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("setting")) {
            setting.read_attribute(attribute)?;
        }
        let (kind, unsigned) = match kind_of(&field.ty) {
            Some(known) => known,
            None if !setting.allowed.is_empty() => ("string", false),
            None => {
                let wanted = "wanted an integer, a float, bool, String, PathBuf, Vec<String> or one_of = [..]";
                return Err(fail(format!("its type has no schema; {wanted}")));
            }
        };
        setting.kind = kind;
        if unsigned && setting.minimum.is_none() {
            setting.minimum = Some("0".to_owned());
        }
        if setting.description.is_empty() {
            return Err(fail("a doc comment tells the operator what it does".to_owned()));
        }
        setting.check().map_err(fail)?;
        Ok(setting)
    }

    pub(crate) fn schema(&self) -> String {
        let mut schema = format!("{{\"type\":{}", quoted(self.kind));
        let mut add = |key: &str, value: &str| {
            // Writing to a String does not fail.
            let _ = write!(schema, ",\"{key}\":{value}");
        };
        for (key, value) in [("minimum", &self.minimum), ("maximum", &self.maximum), ("default", &self.default)] {
            if let Some(value) = value {
                add(key, value);
            }
        }
        if !self.allowed.is_empty() {
            add("enum", &format!("[{}]", self.allowed.join(",")));
        }
        add("description", &quoted(&self.description));
        schema.push('}');
        schema
    }

    fn read_attribute(&mut self, attribute: &Attribute) -> syn::Result<()> {
        attribute.parse_nested_meta(|meta| {
            let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let input = meta.value()?;
            match key.as_str() {
                "default" => self.default = Some(value(input)?),
                "min" => self.minimum = Some(value(input)?),
                "max" => self.maximum = Some(value(input)?),
                "one_of" => self.allowed = texts(input)?,
                _ => return Err(meta.error("wanted default, min, max or one_of")),
            }
            Ok(())
        })
    }

    /// The host would refuse the same at load; here it is told with a line number.
    fn check(&self) -> Result<(), String> {
        let number = |value: &Option<String>| value.as_ref().and_then(|value| value.parse::<f64>().ok());
        let is_number = matches!(self.kind, "integer" | "number");
        if !is_number && (self.minimum.is_some() || self.maximum.is_some()) {
            return Err("only a number has min and max".to_owned());
        }
        let Some(default) = &self.default else { return Ok(()) };
        let fits = match self.kind {
            "boolean" => default == "true" || default == "false",
            "string" => default.starts_with('"'),
            "array" => default.starts_with('['),
            "integer" => default.parse::<i128>().is_ok(),
            _ => default.parse::<f64>().is_ok(),
        };
        let below = number(&self.minimum).zip(number(&self.default)).is_some_and(|(minimum, number)| number < minimum);
        let above = number(&self.maximum).zip(number(&self.default)).is_some_and(|(maximum, number)| number > maximum);
        let foreign = !self.allowed.is_empty() && !self.allowed.contains(default);
        if fits && !below && !above && !foreign { Ok(()) } else { Err(format!("the default {default} does not fit")) }
    }
}

/// A JSON text.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// The JSON type of a Rust type, and whether it has no negative values.
fn kind_of(kind: &Type) -> Option<(&'static str, bool)> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last()?;
    match last.ident.to_string().as_str() {
        "u8" | "u16" | "u32" | "u64" | "usize" => Some(("integer", true)),
        "i8" | "i16" | "i32" | "i64" | "isize" => Some(("integer", false)),
        "f32" | "f64" => Some(("number", false)),
        "bool" => Some(("boolean", false)),
        "String" | "PathBuf" => Some(("string", false)),
        "Vec" => Some(("array", false)),
        _ => None,
    }
}

/// A literal, a negative one or a list of texts, as JSON.
fn value(input: ParseStream<'_>) -> syn::Result<String> {
    if input.peek(syn::token::Bracket) {
        return Ok(format!("[{}]", texts(input)?.join(",")));
    }
    let sign = if input.peek(Token![-]) { input.parse::<Token![-]>().map(|_| "-")? } else { "" };
    let literal: Lit = input.parse()?;
    match &literal {
        Lit::Int(number) => Ok(format!("{sign}{}", number.base10_digits())),
        Lit::Float(number) => Ok(format!("{sign}{}", number.base10_digits())),
        Lit::Bool(truth) => Ok(truth.value.to_string()),
        Lit::Str(text) => Ok(quoted(&text.value())),
        _ => Err(syn::Error::new_spanned(literal, "wanted a number, true, false, a text or a list of texts")),
    }
}

fn texts(input: ParseStream<'_>) -> syn::Result<Vec<String>> {
    let list;
    bracketed!(list in input);
    let texts: Punctuated<LitStr, Token![,]> =
        list.parse_terminated(<LitStr as syn::parse::Parse>::parse, Token![,])?;
    Ok(texts.iter().map(|text| quoted(&text.value())).collect())
}

/// The doc comment in one line.
fn description(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
