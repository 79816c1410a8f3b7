/* puppet.c - does what the first line of the article says; everything else passes. */
#define _POSIX_C_SOURCE 200809L

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

MANIFEST(
    "{\"id\":\"puppet\",\"version\":\"1.0.0\",\"abi\":1,\"reads\":[\"body\"],\"writes\":[\"puppet_mark\",\"keywords\"],"
    "\"config_schema\":{\"type\":\"object\",\"properties\":{\"strings\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9,"
    "\"default\":3,\"description\":\"How many strings it hangs on.\"}}}}");

#define LINE_BYTES 512

static int32_t set_text(const warraq_host *host, warraq_article *article, uint32_t field, uint32_t type, const char *text) {
  warraq_value value = {WARRAQ_NULL, 0, {{NULL, 0}}};
  value.type = type;
  value.as.slice = slice(text);
  return host->set(article, field, &value);
}

static void say(const warraq_host *host, warraq_article *article, const char *code, const char *what, int32_t answer) {
  char detail[LINE_BYTES];
  (void)snprintf(detail, sizeof detail, "%s answered %d", what, (int)answer);
  (void)host->reason(article, slice(code), slice(detail));
}

static int32_t refuse(warraq_verdict *verdict, int32_t code) {
  verdict->code = code;
  return 0;
}

/* "!word argument": argument is "" if there is none, NULL if the line is another word's. */
static const char *after(const char *line, const char *word) {
  size_t length = strlen(word);
  if (strncmp(line, word, length) != 0) return NULL;
  if (line[length] == '\0') return line + length;
  return line[length] == ' ' ? line + length + 1 : NULL;
}

/* Verdicts as the argument says; 1 if the line is none of them. */
static int32_t verdict_by_line(struct instance *self, warraq_article *article, const char *line, warraq_verdict *verdict) {
  const warraq_host *host = self->host;
  const char *argument;
  if ((argument = after(line, "!verdict")) != NULL) return refuse(verdict, (int32_t)atoi(argument));
  if ((argument = after(line, "!reject")) != NULL) {
    (void)host->reason(article, slice(argument), slice("the article asked for it"));
    return refuse(verdict, WARRAQ_REJECT);
  }
  if ((argument = after(line, "!drop")) != NULL || (argument = after(line, "!hold")) != NULL) {
    if (*argument != '\0') say(host, article, "referred", "refer", host->refer(article, slice(argument)));
    return refuse(verdict, line[1] == 'd' ? WARRAQ_DROP : WARRAQ_HOLD);
  }
  if ((argument = after(line, "!retry")) != NULL) {
    verdict->retry_after_ms = (uint32_t)atoi(argument);
    (void)host->reason(article, slice("not-now"), slice("it never works"));
    return refuse(verdict, WARRAQ_RETRY);
  }
  if ((argument = after(line, "!wait-for")) != NULL && access(argument, F_OK) != 0) {
    verdict->retry_after_ms = 3600 * 1000;
    return refuse(verdict, WARRAQ_RETRY);
  }
  return 1;
}

/* Misuse of the host, each told by what the host answered; 1 if the line is none of them. */
static int32_t misuse_by_line(struct instance *self, warraq_article *article, const char *line, warraq_verdict *verdict) {
  const warraq_host *host = self->host;
  int32_t answer;
  if (after(line, "!write-undeclared") != NULL)
    answer = set_text(host, article, WARRAQ_FIELD_HEADLINE, WARRAQ_TEXT, "stolen");
  else if (after(line, "!write-read-only") != NULL)
    answer = set_text(host, article, WARRAQ_FIELD_ID, WARRAQ_TEXT, "stolen");
  else if (after(line, "!write-wrong-type") != NULL)
    answer = set_text(host, article, WARRAQ_FIELD_KEYWORDS, WARRAQ_TEXT, "no list");
  else if (after(line, "!write-broken-json") != NULL)
    answer = set_text(host, article, WARRAQ_FIELD_KEYWORDS, WARRAQ_JSON, "[{]");
  else if (after(line, "!write-no-utf-8") != NULL)
    answer = set_text(host, article, host->field(host->context, slice("puppet_mark")), WARRAQ_TEXT, "\xC7\xE1");
  else if (after(line, "!read-undeclared") != NULL) {
    warraq_value out;
    answer = host->get(article, WARRAQ_FIELD_BYLINE, &out);
  } else if (after(line, "!note-without-state") != NULL)
    answer = host->note(article, slice("a note"));
  else
    return 1;
  say(host, article, "told", "the host", answer);
  return refuse(verdict, WARRAQ_REJECT);
}

static int32_t obey(struct instance *self, warraq_article *article, const char *line, warraq_verdict *verdict) {
  const warraq_host *host = self->host;
  uint32_t mark = host->field(host->context, slice("puppet_mark"));
  const char *argument;
  verdict->code = WARRAQ_PASS;
  if (after(line, "!nonzero") != NULL) return 7;
  if ((argument = after(line, "!sleep")) != NULL) {
    struct timespec rest = {0, 0};
    rest.tv_nsec = 1000000L * atoi(argument);
    (void)nanosleep(&rest, NULL);
  }
  /* The edit of the first call is staged beside a RETRY, so it must be gone in the second. */
  if (after(line, "!edit-then-retry") != NULL) {
    warraq_value out;
    if (self->calls++ == 0) {
      (void)set_text(host, article, mark, WARRAQ_TEXT, "not to be kept");
      return refuse(verdict, WARRAQ_RETRY);
    }
    say(host, article, "told", "the host", host->get(article, mark, &out));
    return refuse(verdict, WARRAQ_REJECT);
  }
  if (verdict_by_line(self, article, line, verdict) == 0) return 0;
  if (misuse_by_line(self, article, line, verdict) == 0) return 0;
  return set_text(host, article, mark, WARRAQ_TEXT, "seen") == WARRAQ_OK ? 0 : 1;
}

static int32_t perform(void *self, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts) {
  uint32_t index;
  for (index = 0; index < count; index++) {
    char line[LINE_BYTES] = "";
    warraq_value body;
    size_t length = 0;
    int32_t answer;
    if (((struct instance *)self)->host->get(articles[index], WARRAQ_FIELD_BODY, &body) == WARRAQ_OK) {
      while (length < body.as.slice.len && length < LINE_BYTES - 1 && body.as.slice.data[length] != '\n') length++;
      memcpy(line, body.as.slice.data, length);
    }
    answer = obey(self, articles[index], line, &verdicts[index]);
    if (answer != 0) return answer;
  }
  return 0;
}

VTABLE(WARRAQ_ABI_MAJOR, create, start, perform);
