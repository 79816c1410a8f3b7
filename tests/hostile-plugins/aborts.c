/* aborts.c - ends the whole process at an article whose body holds the word ABORT; everything else passes. */
#include "hostile.h"

MANIFEST("{\"id\":\"aborts\",\"version\":\"1.0.0\",\"abi\":1,\"reads\":[\"body\"],\"writes\":[]}");

static const char marker[] = "ABORT";

static int holds_marker(warraq_slice text) {
  const size_t length = sizeof marker - 1;
  size_t from;
  for (from = 0; from + length <= text.len; from++)
    if (memcmp((const char *)text.data + from, marker, length) == 0) return 1;
  return 0;
}

static int32_t look(void *self, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts) {
  uint32_t index;
  for (index = 0; index < count; index++) {
    warraq_value body;
    if (((struct instance *)self)->host->get(articles[index], WARRAQ_FIELD_BODY, &body) == WARRAQ_OK &&
        holds_marker(body.as.slice))
      abort();
    verdicts[index].code = WARRAQ_PASS;
  }
  return 0;
}

VTABLE(WARRAQ_ABI_MAJOR, create, start, look);
