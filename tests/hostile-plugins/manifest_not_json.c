/* Its author took another format for the manifest. */
#include "hostile.h"

MANIFEST("id = \"manifest_not_json\"");
VTABLE(WARRAQ_ABI_MAJOR, create, start, process);
