/* Wants to remember, but in as many heads as there are workers. */
#include "hostile.h"

MANIFEST("{\"id\":\"stateful_per_worker\",\"version\":\"1.0.0\",\"abi\":1,\"stateful\":true,\"threading\":\"per-worker\"}");
VTABLE(WARRAQ_ABI_MAJOR, create, start, process);
