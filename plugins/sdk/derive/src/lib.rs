//! `#[derive(Settings)]`: the manifest's `config_schema` out of the struct that the plugin reads its settings into. Reads no value and
//! makes no `Deserialize`: that is serde's.

#![forbid(unsafe_code)]

mod setting;

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, parse_macro_input};

use setting::{Setting, quoted};

/// Derives `warraq_plugin::Settings`.
///
/// The doc comment of a field is its description. `#[setting(default = 3, min = 1, max = 9)]` says the rest; `one_of = ["a", "b"]`
/// lists the allowed texts, for a field of any type that serde reads from one. Without `default` an operator must give the setting.
/// Types: integers, floats, `bool`, `String`, `PathBuf`, `Vec<String>`.
#[proc_macro_derive(Settings, attributes(setting))]
pub fn derive_settings(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    implementation(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn implementation(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, "settings are a struct with named fields"));
    };
    let fields = match &data.fields {
        Fields::Named(fields) => fields.named.iter().collect(),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => return Err(syn::Error::new_spanned(fields, "settings have names")),
    };
    let mut properties = Vec::new();
    for field in fields {
        let setting = Setting::read(field)?;
        properties.push(format!("{}:{}", quoted(&setting.name), setting.schema()));
    }
    let schema = format!("{{\"type\":\"object\",\"properties\":{{{}}}}}", properties.join(","));
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::warraq_plugin::Settings for #name #arguments #bounds {
            const SCHEMA: &'static str = #schema;
        }
    })
}
