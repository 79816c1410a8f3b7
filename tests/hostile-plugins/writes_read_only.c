/* Wants to say where articles come from. */
#include "hostile.h"

MANIFEST("{\"id\":\"writes_read_only\",\"version\":\"1.0.0\",\"abi\":1,\"writes\":[\"source\",\"Not A Name\"]}");
VTABLE(WARRAQ_ABI_MAJOR, create, start, process);
