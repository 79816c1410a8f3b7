/* Can be created, but does not start. */
#include "hostile.h"

MANIFEST("{\"id\":\"start_fails\",\"version\":\"1.0.0\",\"abi\":1}");

static int32_t refuse(void *self) {
  const warraq_host *host = ((struct instance *)self)->host;
  host->fail(host->context, slice("the index is locked"));
  return 1;
}

VTABLE(WARRAQ_ABI_MAJOR, create, refuse, process);
