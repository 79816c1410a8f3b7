/* Leaves out the one function that matters. */
#include "hostile.h"

MANIFEST("{\"id\":\"without_process\",\"version\":\"1.0.0\",\"abi\":1}");
VTABLE(WARRAQ_ABI_MAJOR, create, start, NULL);
