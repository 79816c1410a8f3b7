//! Where an article came from, as its record says. Pure; never reads a file.

use serde::Serialize;

use crate::article::shown;

/// What is known of a file before anything in it is understood.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name, as bytes.
    pub name: &'a [u8],
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 of it in hex.
    pub digest: &'a str,
    /// When it was claimed, RFC 3339 in UTC.
    pub received: &'a str,
}

/// Where an article came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The file's name for people.
    pub name: String,
    /// The file's name in base64, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_bytes: Option<String>,
    /// The file's size.
    pub bytes: u64,
    /// `blake3:` and the hash of the file in hex.
    pub digest: String,
    /// What the file was read as.
    pub media_type: String,
    /// The encoding it was read in, a WHATWG label.
    pub charset: Option<String>,
    /// When it was claimed, RFC 3339 in UTC.
    pub received: String,
    /// Position in the file, from 0.
    pub index: u32,
    /// The article's address, if the file gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Source {
    /// The source of the article at `index` in a file.
    pub fn new(file: &File<'_>, media_type: &str, charset: &str, index: u32, url: Option<String>) -> Self {
        Source {
            name: shown(file.name),
            name_bytes: std::str::from_utf8(file.name).err().map(|_| base64(file.name)),
            bytes: file.bytes,
            digest: format!("blake3:{}", file.digest),
            media_type: media_type.to_owned(),
            charset: Some(charset.to_owned()),
            received: file.received.to_owned(),
            index,
            url,
        }
    }

    /// As the `source` field of an article.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a struct of strings and numbers serialises")
    }
}

/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let letter = ALPHABET[(group >> (18 - 6 * index)) as usize & 63];
            text.push(if index <= chunk.len() { letter.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standard() {
        // The test vectors of RFC 4648, section 10.
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
