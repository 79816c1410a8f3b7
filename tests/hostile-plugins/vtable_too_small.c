/* A table of fewer functions than version 1 has. */
#include "hostile.h"

MANIFEST("{\"id\":\"vtable_too_small\",\"version\":\"1.0.0\",\"abi\":1}");
const warraq_plugin warraq_plugin_v1 = {8, WARRAQ_ABI_MAJOR, create, start, process, NULL, NULL, destroy, NULL};
