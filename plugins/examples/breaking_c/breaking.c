/* breaking.c - example in C: marks articles whose headline begins with a word for breaking news.  Holds no state and no memory. */
#include <stdlib.h>
#include <string.h>

#include "warraq_plugin.h"

const char warraq_manifest_v1[] =
    "{\"id\":\"breaking\",\"version\":\"1.0.0\",\"abi\":1,\"license\":\"MIT OR Apache-2.0\","
    "\"description\":\"Example: marks articles whose headline begins with a word for breaking news.\","
    "\"reads\":[\"headline\"],\"writes\":[\"breaking\"]}";

struct instance {
  const warraq_host *host;
  uint32_t breaking; /* the id of our field */
};

static const char *const words[] = {"عاجل", "Breaking", "BREAKING"};

static void *create(const warraq_host *host, warraq_slice config) {
  static const char field[] = "breaking", why[] = "out of memory, or the host has no room for a field";
  struct instance *made = calloc(1, sizeof *made);
  const warraq_slice name = {field, sizeof field - 1}, reason = {why, sizeof why - 1};
  (void)config; /* the manifest has no config_schema, so this is {} */
  if (made != NULL) {
    made->host = host;
    made->breaking = host->field(host->context, name);
    if (made->breaking != 0) return made;
  }
  free(made);
  host->fail(host->context, reason);
  return NULL;
}

/* Text has a length and no NUL, so no strlen and no strcmp here. */
static int begins_with_a_word(warraq_slice text) {
  size_t index;
  for (index = 0; index < sizeof words / sizeof *words; index++) {
    const size_t length = strlen(words[index]);
    if (text.len >= length && memcmp(text.data, words[index], length) == 0) return 1;
  }
  return 0;
}

static int32_t process(void *self, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts) {
  const struct instance *instance = self;
  const warraq_host *host = instance->host;
  uint32_t index;
  for (index = 0; index < count; index++) {
    warraq_value headline, mark = {WARRAQ_BOOLEAN, 0, {{NULL, 0}}};
    const int is_text = host->get(articles[index], WARRAQ_FIELD_HEADLINE, &headline) == WARRAQ_OK && headline.type == WARRAQ_TEXT;
    mark.as.integer = is_text && begins_with_a_word(headline.as.slice);
    verdicts[index].code = WARRAQ_PASS;
    verdicts[index].retry_after_ms = 0;
    if (host->set(articles[index], instance->breaking, &mark) != WARRAQ_OK) verdicts[index].code = WARRAQ_BROKEN;
  }
  return 0;
}

static void destroy(void *self) { free(self); }

const warraq_plugin warraq_plugin_v1 = {
    sizeof warraq_plugin_v1, WARRAQ_ABI_MAJOR, create, NULL, process, NULL, NULL, destroy, NULL};
