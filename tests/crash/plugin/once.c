/* once.c - the plugin of the crash harness: of all articles with one key it passes one. Its memory is a fold of the ledger's notes
 * and nothing else, so that a restart which replays them badly shows as an article published twice, or never.
 *
 * The first line of an article is "<word> <key>":
 *   pass     the first with its key passes; later ones are duplicates, held while the first has no outcome yet
 *   retry    asks for a millisecond once, then as pass
 *   reject   is refused
 */
#include <stdlib.h>
#include <string.h>

#include "warraq_plugin.h"

#define KEYS_MAX 256
#define KEY_BYTES 32
#define ID_BYTES 64

struct entry {
  char key[KEY_BYTES];
  char id[ID_BYTES];
  int settled;
};

struct once {
  const warraq_host *host;
  struct entry entries[KEYS_MAX];
  size_t count;
  char asked[KEYS_MAX][ID_BYTES]; /* those that have had their retry */
  size_t asked_count;
};

const char warraq_manifest_v1[] =
    "{\"id\":\"once\",\"version\":\"1.0.0\",\"abi\":1,\"license\":\"MIT OR Apache-2.0\",\"reads\":[\"id\",\"body\"],"
    "\"writes\":[\"crash_key\"],\"threading\":\"serial\",\"stateful\":true,\"deadline_ms\":5000}";

static warraq_slice slice(const char *text) {
  warraq_slice made;
  made.data = text;
  made.len = strlen(text);
  return made;
}

/* Copies up to the limit and ends with a NUL. */
static void copy(char *to, size_t limit, const char *from, size_t length) {
  if (length > limit - 1) length = limit - 1;
  memcpy(to, from, length);
  to[length] = '\0';
}

static struct entry *find(struct once *self, const char *key) {
  size_t index;
  for (index = 0; index < self->count; index++)
    if (strcmp(self->entries[index].key, key) == 0) return &self->entries[index];
  return NULL;
}

static void remember(struct once *self, const char *key, const char *id, int settled) {
  struct entry *entry = find(self, key);
  if (entry == NULL) {
    if (self->count == KEYS_MAX) abort();
    entry = &self->entries[self->count++];
  }
  copy(entry->key, KEY_BYTES, key, strlen(key));
  copy(entry->id, ID_BYTES, id, strlen(id));
  entry->settled = settled;
}

static void forget(struct once *self, const char *key, const char *id) {
  struct entry *entry = find(self, key);
  if (entry != NULL && strcmp(entry->id, id) == 0) *entry = self->entries[--self->count];
}

/* 1 the first time it is asked for an id. */
static int first_time(struct once *self, const char *id) {
  size_t index;
  for (index = 0; index < self->asked_count; index++)
    if (strcmp(self->asked[index], id) == 0) return 0;
  if (self->asked_count < KEYS_MAX) copy(self->asked[self->asked_count++], ID_BYTES, id, strlen(id));
  return 1;
}

static int32_t judge(struct once *self, warraq_article *article, warraq_verdict *verdict) {
  const warraq_host *host = self->host;
  char word[KEY_BYTES], key[KEY_BYTES], id[ID_BYTES];
  const char *space, *end;
  struct entry *entry;
  warraq_value value;

  verdict->retry_after_ms = 0;
  if (host->get(article, WARRAQ_FIELD_ID, &value) != WARRAQ_OK) return 1;
  copy(id, ID_BYTES, value.as.slice.data, value.as.slice.len);
  if (host->get(article, WARRAQ_FIELD_BODY, &value) != WARRAQ_OK) return 1;
  space = memchr(value.as.slice.data, ' ', value.as.slice.len);
  end = memchr(value.as.slice.data, '\n', value.as.slice.len);
  if (space == NULL || end == NULL || space > end) return 1;
  copy(word, KEY_BYTES, value.as.slice.data, (size_t)(space - value.as.slice.data));
  copy(key, KEY_BYTES, space + 1, (size_t)(end - space - 1));

  if (strcmp(word, "reject") == 0) {
    (void)host->reason(article, slice("asked-for"), slice("the article asks to be refused"));
    verdict->code = WARRAQ_REJECT;
    return 0;
  }
  if (strcmp(word, "retry") == 0 && first_time(self, id)) {
    verdict->code = WARRAQ_RETRY;
    verdict->retry_after_ms = 1;
    return 0;
  }
  entry = find(self, key);
  if (entry != NULL && strcmp(entry->id, id) != 0) {
    (void)host->reason(article, slice("same-key"), slice("another article has its key"));
    if (host->refer(article, slice(entry->id)) != WARRAQ_OK) return 1;
    verdict->code = entry->settled ? WARRAQ_DROP : WARRAQ_HOLD;
    return 0;
  }
  remember(self, key, id, entry != NULL && entry->settled);
  value.type = WARRAQ_TEXT;
  value.reserved = 0;
  value.as.slice = slice(key);
  if (host->set(article, host->field(host->context, slice("crash_key")), &value) != WARRAQ_OK) return 1;
  if (host->note(article, slice(key)) != WARRAQ_OK) return 1;
  verdict->code = WARRAQ_PASS;
  return 0;
}

static int32_t process(void *self, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts) {
  uint32_t index;
  for (index = 0; index < count; index++)
    if (judge(self, articles[index], &verdicts[index]) != 0) return 1;
  return 0;
}

static uint64_t checkpoint(void *self) {
  (void)self;
  return 0;
}

static int32_t settled(void *self, const warraq_settlement *settlement) {
  char key[KEY_BYTES], id[ID_BYTES];
  copy(key, KEY_BYTES, settlement->note.data, settlement->note.len);
  copy(id, ID_BYTES, settlement->id.data, settlement->id.len);
  if (settlement->outcome == WARRAQ_PUBLISHED) remember(self, key, id, 1);
  if (settlement->outcome == WARRAQ_IN_FLIGHT) remember(self, key, id, 0);
  if (settlement->outcome == WARRAQ_QUARANTINED) forget(self, key, id);
  return 0;
}

static const warraq_settle settle = {sizeof(warraq_settle), 0, checkpoint, settled};

static const void *extension(void *self, warraq_slice id) {
  (void)self;
  if (id.len == strlen(WARRAQ_EXTENSION_SETTLE) && memcmp(id.data, WARRAQ_EXTENSION_SETTLE, id.len) == 0) return &settle;
  return NULL;
}

static void *create(const warraq_host *host, warraq_slice config) {
  struct once *made = calloc(1, sizeof *made);
  (void)config;
  if (made != NULL) made->host = host;
  return made;
}

static int32_t start(void *self) {
  (void)self;
  return 0;
}

static void destroy(void *self) { free(self); }

const warraq_plugin warraq_plugin_v1 = {sizeof(warraq_plugin), WARRAQ_ABI_MAJOR, create, start, process, NULL, NULL, destroy, extension};
