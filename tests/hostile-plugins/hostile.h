/* hostile.h - what every plugin here needs: slices, and the functions of a plugin that does nothing. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdlib.h>
#include <string.h>

#include "warraq_plugin.h"

#define MANIFEST(json) const char warraq_manifest_v1[] = json
#define VTABLE(abi, create, start, process) \
  const warraq_plugin warraq_plugin_v1 = {sizeof(warraq_plugin), abi, create, start, process, NULL, NULL, destroy, NULL}

struct instance {
  const warraq_host *host;
  int calls;
};

static inline warraq_slice slice(const char *text) {
  warraq_slice made;
  made.data = text;
  made.len = strlen(text);
  return made;
}

static inline void *create(const warraq_host *host, warraq_slice config) {
  struct instance *made = calloc(1, sizeof *made);
  (void)config;
  if (made != NULL) made->host = host;
  return made;
}

static inline int32_t start(void *self) {
  (void)self;
  return 0;
}

static inline int32_t process(void *self, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts) {
  uint32_t index;
  (void)self;
  (void)articles;
  for (index = 0; index < count; index++) verdicts[index].code = WARRAQ_PASS;
  return 0;
}

static inline void destroy(void *self) { free(self); }

#endif
