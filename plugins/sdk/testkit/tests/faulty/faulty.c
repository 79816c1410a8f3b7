/* faulty.c - a plugin with one fault, chosen when it is compiled: cc -DFAULT=3. With FAULT=0 it has none. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "warraq_plugin.h"

enum {
  NONE = 0, KEEPS_A_VALUE, KEEPS_A_VALUE_AFTER_SET, READS_PAST_THE_END, KEEPS_ITS_CONFIGURATION, LOOKS_INTO_AN_ARTICLE,
  KEEPS_AN_ARTICLE, USES_ANOTHER_THREAD, READS_UNDECLARED, WRITES_UNDECLARED, WRITES_A_WRONG_TYPE, WRITES_NO_UTF_8,
  LEAVES_A_VERDICT_UNWRITTEN, GIVES_AN_UNKNOWN_VERDICT, HOLDS_FOR_NOBODY, HOLDS_FOR_ITSELF, REJECTS_WITHOUT_REASON,
  FAILS_WITHOUT_REASON, LEAKS_MEMORY, LEAKS_A_FILE, ANSWERS_BY_MOOD, OFFERS_EVERYTHING, OFFERS_NO_STATE, COUNTS_REPLAYS,
  FORGETS_WHAT_IS_IN_FLIGHT, CHECKPOINT_TOO_FAR, NOTES_WITHOUT_STATE
};

#if FAULT >= 22 && FAULT <= 25 /* the preprocessor does not see the names */
#define STATE ",\"stateful\":true,\"threading\":\"serial\""
#else
#define STATE ""
#endif

const char warraq_manifest_v1[] =
    "{\"id\":\"faulty\",\"version\":\"1.0.0\",\"abi\":1,\"reads\":[\"body\"],"
    "\"writes\":[\"headline\",\"count\"]" STATE "}";

struct instance {
  const warraq_host *host;
  warraq_slice kept;
  warraq_article *article;
  uint64_t told;
  int64_t published, flying, calls;
};

static volatile char sink;

static warraq_slice slice(const char *text) {
  warraq_slice made;
  made.data = text;
  made.len = strlen(text);
  return made;
}

static void *create(const warraq_host *host, warraq_slice config) {
  struct instance *made = calloc(1, sizeof *made);
  if (made == NULL) return NULL;
  made->host = host;
  made->kept = config;
  if (FAULT == LEAKS_MEMORY) sink = *(char *)calloc(1, 24);
  if (FAULT == LEAKS_A_FILE) sink = (char)open("/dev/null", O_RDONLY);
  if (FAULT == FAILS_WITHOUT_REASON && config.len == 0) {
    free(made);
    return NULL;
  }
  return made;
}

static int32_t set(struct instance *self, warraq_article *article, uint32_t field, uint32_t type, const char *text) {
  warraq_value value = {0, 0, {{NULL, 0}}};
  value.type = type;
  value.as.slice = slice(text);
  return self->host->set(article, field, &value);
}

static void *elsewhere(void *pointer) {
  struct instance *self = pointer;
  warraq_value value;
  self->host->get(self->article, WARRAQ_FIELD_BODY, &value);
  return NULL;
}

static void misbehave(struct instance *self, warraq_article *article) {
  warraq_value value = {0, 0, {{NULL, 0}}};
  pthread_t thread;
  if (FAULT == KEEPS_AN_ARTICLE && self->article != NULL) self->host->get(self->article, WARRAQ_FIELD_BODY, &value);
  self->host->get(article, WARRAQ_FIELD_BODY, &value);
  if ((FAULT == KEEPS_A_VALUE || FAULT == KEEPS_ITS_CONFIGURATION) && self->kept.len > 0) sink = self->kept.data[0];
  if (FAULT == KEEPS_A_VALUE && value.type == WARRAQ_TEXT) self->kept = value.as.slice;
  if (FAULT == READS_PAST_THE_END && value.type == WARRAQ_TEXT && value.as.slice.len > 0)
    sink = (char)strlen(value.as.slice.data);
  if (FAULT == LOOKS_INTO_AN_ARTICLE) sink = *(char *)article;
  self->article = article;
  if (FAULT == USES_ANOTHER_THREAD && pthread_create(&thread, NULL, elsewhere, self) == 0) pthread_join(thread, NULL);
  if (FAULT == READS_UNDECLARED) self->host->get(article, WARRAQ_FIELD_BYLINE, &value);
  if (FAULT == WRITES_UNDECLARED) set(self, article, WARRAQ_FIELD_BODY, WARRAQ_TEXT, "stolen");
  if (FAULT == WRITES_A_WRONG_TYPE) set(self, article, WARRAQ_FIELD_HEADLINE, WARRAQ_JSON, "[]");
  if (FAULT == WRITES_NO_UTF_8) set(self, article, WARRAQ_FIELD_HEADLINE, WARRAQ_TEXT, "\xC7\xE1");
  if (FAULT == NOTES_WITHOUT_STATE) self->host->note(article, slice("a note"));
  if (FAULT == KEEPS_A_VALUE_AFTER_SET) {
    set(self, article, WARRAQ_FIELD_HEADLINE, WARRAQ_TEXT, "first");
    self->host->get(article, WARRAQ_FIELD_HEADLINE, &value);
    set(self, article, WARRAQ_FIELD_HEADLINE, WARRAQ_TEXT, "second");
    sink = value.as.slice.data[0];
  }
}

static int32_t process(void *pointer, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts) {
  struct instance *self = pointer;
  uint32_t index;
  for (index = 0; index < count; index++) {
    warraq_value value = {WARRAQ_INTEGER, 0, {{NULL, 0}}};
    misbehave(self, articles[index]);
    if (FAULT == LEAVES_A_VERDICT_UNWRITTEN) continue;
    verdicts[index].code = FAULT == GIVES_AN_UNKNOWN_VERDICT ? 42 : WARRAQ_PASS;
    if (FAULT == HOLDS_FOR_NOBODY || FAULT == HOLDS_FOR_ITSELF) verdicts[index].code = WARRAQ_HOLD;
    if (FAULT == REJECTS_WITHOUT_REASON) verdicts[index].code = WARRAQ_REJECT;
    if (FAULT == HOLDS_FOR_ITSELF) {
      warraq_value id;
      self->host->get(articles[index], WARRAQ_FIELD_ID, &id);
      self->host->refer(articles[index], id.as.slice);
    }
    value.as.integer = self->published * 1000 + self->flying;
    if (FAULT == ANSWERS_BY_MOOD) value.as.integer = self->calls++;
    self->host->set(articles[index], self->host->field(self->host->context, slice("count")), &value);
    if (FAULT >= COUNTS_REPLAYS && FAULT <= CHECKPOINT_TOO_FAR) self->host->note(articles[index], slice("n"));
    if (FAULT == FORGETS_WHAT_IS_IN_FLIGHT) self->flying = 1;
  }
  return 0;
}

static void destroy(void *self) { free(self); }

static uint64_t checkpoint(void *self) { return FAULT == CHECKPOINT_TOO_FAR ? ((struct instance *)self)->told + 1 : 0; }

static int32_t settled(void *pointer, const warraq_settlement *settlement) {
  struct instance *self = pointer;
  if (settlement->outcome == WARRAQ_IN_FLIGHT) return 0;
  if (FAULT != COUNTS_REPLAYS && settlement->sequence <= self->told) return 0;
  self->told = settlement->sequence;
  self->published += settlement->outcome == WARRAQ_PUBLISHED;
  return 0;
}

static const warraq_settle settle = {sizeof settle, 0, checkpoint, settled};

static const void *extension(void *self, warraq_slice id) {
  (void)self;
  if (FAULT == OFFERS_EVERYTHING) return &settle;
  if (FAULT == OFFERS_NO_STATE || id.len != strlen(WARRAQ_EXTENSION_SETTLE)) return NULL;
  return memcmp(id.data, WARRAQ_EXTENSION_SETTLE, id.len) == 0 ? &settle : NULL;
}

const warraq_plugin warraq_plugin_v1 = {
    sizeof warraq_plugin_v1, WARRAQ_ABI_MAJOR, create, NULL, process, NULL, NULL, destroy, extension};
