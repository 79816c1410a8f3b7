/* A manifest, and nothing behind it. */
#include "warraq_plugin.h"

const char warraq_manifest_v1[] = "{\"id\":\"without_vtable\",\"version\":\"1.0.0\",\"abi\":1}";
