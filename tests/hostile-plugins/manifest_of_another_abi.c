/* Built for an ABI that does not exist yet. */
#include "hostile.h"

MANIFEST("{\"id\":\"manifest_of_another_abi\",\"version\":\"1.0.0\",\"abi\":2}");
VTABLE(2, create, start, process);
