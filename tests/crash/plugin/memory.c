/* memory.c - the stateful plugin of the soak: of all articles with one key it passes one, and of those with the key "-"
 * all. Its memory is a fold of the ledger's notes and nothing else, of any number of keys.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "warraq_plugin.h"

#define BUCKETS 4096
#define KEY_BYTES 32
#define ID_BYTES 64

struct entry {
  struct entry *next;
  char key[KEY_BYTES];
  char id[ID_BYTES];
  int settled;
};

struct memory {
  const warraq_host *host;
  struct entry *buckets[BUCKETS];
};

const char warraq_manifest_v1[] =
    "{\"id\":\"memory\",\"version\":\"1.0.0\",\"abi\":1,\"license\":\"MIT OR Apache-2.0\",\"reads\":[\"id\",\"body\"],"
    "\"writes\":[],\"threading\":\"serial\",\"stateful\":true,\"deadline_ms\":1000}";

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

/* Where the entry of the key is, or would be. */
static struct entry **place(struct memory *self, const char *key) {
  size_t hash = 5381;
  const char *letter;
  struct entry **at;
  for (letter = key; *letter != '\0'; letter++) hash = hash * 33 + (unsigned char)*letter;
  at = &self->buckets[hash % BUCKETS];
  while (*at != NULL && strcmp((*at)->key, key) != 0) at = &(*at)->next;
  return at;
}

static void remember(struct memory *self, const char *key, const char *id, int settled) {
  struct entry **at = place(self, key);
  if (*at == NULL) {
    *at = calloc(1, sizeof **at);
    if (*at == NULL) abort();
    copy((*at)->key, KEY_BYTES, key, strlen(key));
  }
  copy((*at)->id, ID_BYTES, id, strlen(id));
  (*at)->settled = settled;
}

static void forget(struct memory *self, const char *key, const char *id) {
  struct entry **at = place(self, key), *gone = *at;
  if (gone == NULL || strcmp(gone->id, id) != 0) return;
  *at = gone->next;
  free(gone);
}

static int32_t judge(struct memory *self, warraq_article *article, warraq_verdict *verdict) {
  const warraq_host *host = self->host;
  char line[96], word[16], key[KEY_BYTES], id[ID_BYTES];
  struct entry *entry;
  warraq_value value;

  verdict->code = WARRAQ_PASS;
  verdict->retry_after_ms = 0;
  if (host->get(article, WARRAQ_FIELD_ID, &value) != WARRAQ_OK) return 1;
  copy(id, ID_BYTES, value.as.slice.data, value.as.slice.len);
  if (host->get(article, WARRAQ_FIELD_BODY, &value) != WARRAQ_OK) return 1;
  copy(line, sizeof line, value.as.slice.data, value.as.slice.len);
  if (sscanf(line, "%15s %31s", word, key) != 2) return 1;
  if (strcmp(key, "-") == 0) return 0;

  entry = *place(self, key);
  if (entry != NULL && strcmp(entry->id, id) != 0) {
    (void)host->reason(article, slice("same-key"), slice("another article has its key"));
    if (host->refer(article, slice(entry->id)) != WARRAQ_OK) return 1;
    verdict->code = entry->settled ? WARRAQ_DROP : WARRAQ_HOLD;
    return 0;
  }
  remember(self, key, id, entry != NULL && entry->settled);
  return host->note(article, slice(key)) == WARRAQ_OK ? 0 : 1;
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
  const char *settled_id = WARRAQ_EXTENSION_SETTLE;
  (void)self;
  return id.len == strlen(settled_id) && memcmp(id.data, settled_id, id.len) == 0 ? &settle : NULL;
}

static void *create(const warraq_host *host, warraq_slice config) {
  struct memory *made = calloc(1, sizeof *made);
  (void)config;
  if (made != NULL) made->host = host;
  return made;
}

static int32_t start(void *self) {
  (void)self;
  return 0;
}

static void destroy(void *self) {
  struct memory *memory = self;
  struct entry *entry;
  size_t index;
  for (index = 0; index < BUCKETS; index++)
    while ((entry = memory->buckets[index]) != NULL) {
      memory->buckets[index] = entry->next;
      free(entry);
    }
  free(memory);
}

const warraq_plugin warraq_plugin_v1 = {
    sizeof(warraq_plugin), WARRAQ_ABI_MAJOR, create, start, process, NULL, NULL, destroy, extension};
