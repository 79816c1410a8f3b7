/* Its manifest says one thing, its functions another. */
#include "hostile.h"

MANIFEST("{\"id\":\"vtable_of_another_abi\",\"version\":\"1.0.0\",\"abi\":1}");
VTABLE(2, create, start, process);
