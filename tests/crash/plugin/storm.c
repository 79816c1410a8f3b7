/* storm.c - the plugin of the soak that misbehaves when an article tells it to. The first line of an article is
 * "<word> <key>", and the second "token <number>".
 *
 *   pass     passes
 *   slow     sleeps for up to a fifth of a second, then passes
 *   long     sleeps for two seconds, then passes
 *   retry    asks for some milliseconds once of each instance, then passes
 *   again    asks for a millisecond, every time
 *   reject   is refused
 *   garbage  gets a verdict that does not exist
 *   fail     the call fails
 *   itself   is held for itself
 *   abort, crash, leave, hang   end the process by a signal or an exit, or never return
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "warraq_plugin.h"

#define WORD_BYTES 16
#define ASKED_MAX 64

struct storm {
  const warraq_host *host;
  unsigned long asked[ASKED_MAX]; /* tokens of those that have had their retry; the oldest is forgotten first */
  size_t asked_next;
};

const char warraq_manifest_v1[] =
    "{\"id\":\"storm\",\"version\":\"1.0.0\",\"abi\":1,\"license\":\"MIT OR Apache-2.0\",\"reads\":[\"id\",\"body\"],"
    "\"writes\":[],\"threading\":\"per-worker\",\"stateful\":false,\"deadline_ms\":1000}";

static warraq_slice slice(const char *text) {
  warraq_slice made;
  made.data = text;
  made.len = strlen(text);
  return made;
}

static void rest(long milliseconds) {
  struct timespec time;
  time.tv_sec = milliseconds / 1000;
  time.tv_nsec = milliseconds % 1000 * 1000000;
  (void)nanosleep(&time, NULL);
}

/* 1 the first time this instance is asked for a token that it still remembers. */
static int first_time(struct storm *self, unsigned long token) {
  size_t index;
  for (index = 0; index < ASKED_MAX; index++)
    if (self->asked[index] == token) return 0;
  self->asked[self->asked_next++ % ASKED_MAX] = token;
  return 1;
}

/* Does what ends the process, or the thread's usefulness; returns for any other word. */
static void end(const char *word) {
  if (strcmp(word, "abort") == 0) abort();
  if (strcmp(word, "crash") == 0) {
    (void)signal(SIGSEGV, SIG_DFL);
    (void)raise(SIGSEGV);
  }
  if (strcmp(word, "leave") == 0) _exit(0);
  if (strcmp(word, "hang") == 0)
    for (;;) rest(1000);
}

static int32_t judge(struct storm *self, warraq_article *article, warraq_verdict *verdict) {
  const warraq_host *host = self->host;
  char line[256], word[WORD_BYTES], key[64];
  unsigned long token;
  warraq_value value;
  size_t length;

  verdict->code = WARRAQ_PASS;
  verdict->retry_after_ms = 0;
  if (host->get(article, WARRAQ_FIELD_BODY, &value) != WARRAQ_OK) return 1;
  length = value.as.slice.len < sizeof line - 1 ? value.as.slice.len : sizeof line - 1;
  memcpy(line, value.as.slice.data, length);
  line[length] = '\0';
  if (sscanf(line, "%15s %63s token %lu", word, key, &token) != 3) return 1;

  end(word);
  if (strcmp(word, "slow") == 0) rest((long)(token % 200));
  if (strcmp(word, "long") == 0) rest(2000);
  if (strcmp(word, "fail") == 0) return 1;
  if (strcmp(word, "garbage") == 0) verdict->code = 77;
  if (strcmp(word, "reject") == 0) {
    (void)host->reason(article, slice("asked-for"), slice("the article asks to be refused"));
    verdict->code = WARRAQ_REJECT;
  }
  if (strcmp(word, "again") == 0 || (strcmp(word, "retry") == 0 && first_time(self, token))) {
    verdict->code = WARRAQ_RETRY;
    verdict->retry_after_ms = 1 + (uint32_t)(token % 20);
  }
  if (strcmp(word, "itself") == 0) {
    if (host->get(article, WARRAQ_FIELD_ID, &value) != WARRAQ_OK) return 1;
    if (host->refer(article, value.as.slice) != WARRAQ_OK) return 1;
    verdict->code = WARRAQ_HOLD;
  }
  return 0;
}

static int32_t process(void *self, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts) {
  uint32_t index;
  for (index = 0; index < count; index++)
    if (judge(self, articles[index], &verdicts[index]) != 0) return 1;
  return 0;
}

static void *create(const warraq_host *host, warraq_slice config) {
  struct storm *made = calloc(1, sizeof *made);
  (void)config;
  if (made != NULL) made->host = host;
  return made;
}

static int32_t start(void *self) {
  (void)self;
  return 0;
}

static void destroy(void *self) { free(self); }

const warraq_plugin warraq_plugin_v1 = {
    sizeof(warraq_plugin), WARRAQ_ABI_MAJOR, create, start, process, NULL, NULL, destroy, NULL};
