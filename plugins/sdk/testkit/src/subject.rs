//! The plugin under test: its functions, its manifest and the configuration it gets. Runs none of its code.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use serde_json::{Map, Value};
use warraq_abi as abi;
use warraq_plugin::Exported;

use crate::manifest::Manifest;

/// A plugin that can be tried: cheap to clone, and as long-lived as the process.
#[derive(Clone)]
pub struct Subject {
    pub(crate) vtable: &'static abi::Plugin,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) config: Map<String, Value>,
}

impl Subject {
    /// A Rust plugin of this crate, as [`warraq_plugin::export!`] exports it.
    ///
    /// # Panics
    /// If its manifest does not read.
    pub fn of<P: Exported>() -> Self {
        let manifest = Manifest::parse(P::MANIFEST).unwrap_or_else(|fault| panic!("{fault}"));
        Subject::new(const { &warraq_plugin::vtable::<P>() }, manifest)
    }

    /// The plugin in a shared object, in whatever language it was written. It is opened and never closed.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, String> {
        let path = path.as_ref();
        let say = |fault: String| format!("{}: {fault}", path.display());
        let bytes = std::fs::read(path).map_err(|error| say(error.to_string()))?;
        let manifest = Manifest::text_in(&bytes).and_then(|text| Manifest::parse(&text)).map_err(say)?;
        // A path without a slash would be looked for where the system keeps its libraries.
        let absolute = std::path::absolute(path).map_err(|error| say(error.to_string()))?;
        let _calling = crate::instance::calling();
        // SAFETY: this runs the file's constructors; to run it is what the caller wants.
        let library = unsafe { Library::open(Some(&absolute), RTLD_NOW | RTLD_LOCAL) };
        let library = ManuallyDrop::new(library.map_err(|error| say(error.to_string()))?);
        // SAFETY: the symbol is a static of this type by the contract; size and version are looked at first.
        let vtable = unsafe {
            let symbol = library.get::<*const abi::Plugin>(abi::PLUGIN_SYMBOL.as_bytes());
            let vtable: *const abi::Plugin =
                *symbol.map_err(|_| say(format!("it does not export {}", abi::PLUGIN_SYMBOL)))?;
            let (size, version) = (*vtable.cast::<u32>(), *vtable.cast::<u32>().add(1));
            if version != abi::ABI_MAJOR || (size as usize) < size_of::<abi::Plugin>() {
                return Err(say(format!("its vtable has {size} bytes and says ABI version {version}")));
            }
            &*vtable
        };
        for (member, present) in [
            ("create", vtable.create.is_some()),
            ("process", vtable.process.is_some()),
            ("destroy", vtable.destroy.is_some()),
        ] {
            if !present {
                return Err(say(format!("its vtable leaves out {member}")));
            }
        }
        Ok(Subject::new(vtable, manifest))
    }

    /// The same plugin with these settings over the defaults of its manifest: `json!({ "characters_min": 10 })`.
    ///
    /// # Panics
    /// If it is no JSON object.
    #[must_use]
    pub fn config(mut self, settings: Value) -> Self {
        let Value::Object(settings) = settings else { panic!("the settings are not a JSON object: {settings}") };
        self.config.extend(settings);
        self
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    fn new(vtable: &'static abi::Plugin, manifest: Manifest) -> Self {
        let config = manifest.config_schema.complete(&Map::new());
        Subject { vtable, manifest: Arc::new(manifest), config }
    }
}
