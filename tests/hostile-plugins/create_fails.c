/* Cannot be created, and says why. */
#include "hostile.h"

MANIFEST("{\"id\":\"create_fails\",\"version\":\"1.0.0\",\"abi\":1}");

static void *refuse(const warraq_host *host, warraq_slice config) {
  (void)config;
  host->fail(host->context, slice("the model file is missing"));
  return NULL;
}

VTABLE(WARRAQ_ABI_MAJOR, refuse, start, process);
