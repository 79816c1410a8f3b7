/* noop.c - the plugin of the benchmark: passes everything and touches nothing, so that what is measured is the daemon alone. */
#include "warraq_plugin.h"

const char warraq_manifest_v1[] =
    "{\"id\":\"noop\",\"version\":\"1.0.0\",\"abi\":1,\"license\":\"MIT OR Apache-2.0\",\"reads\":[],\"writes\":[],"
    "\"threading\":\"per-worker\",\"stateful\":false,\"deadline_ms\":5000}";

static char instance;

static void *create(const warraq_host *host, warraq_slice config) {
  (void)host;
  (void)config;
  return &instance;
}

static int32_t start(void *self) {
  (void)self;
  return 0;
}

static int32_t process(void *self, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts) {
  uint32_t index;
  (void)self;
  (void)articles;
  for (index = 0; index < count; index++) {
    verdicts[index].code = WARRAQ_PASS;
    verdicts[index].retry_after_ms = 0;
  }
  return 0;
}

static void destroy(void *self) { (void)self; }

static const void *extension(void *self, warraq_slice id) {
  (void)self;
  (void)id;
  return 0;
}

const warraq_plugin warraq_plugin_v1 = {sizeof(warraq_plugin), WARRAQ_ABI_MAJOR, create, start, process, 0, 0, destroy, extension};
