/* warraq_plugin.h - the Warraq plugin ABI, major version 1.  C99 and C++11, no dependencies.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A plugin is a shared object with two exported data symbols and nothing else:
 *
 *   warraq_plugin_v1     the table of functions below
 *   warraq_manifest_v1   JSON bytes, read from the file without running any of its code
 *
 * Every comment on a function answers four questions in this order: who OWNS the memory and until when, which THREAD may call,
 * in which STATE it is legal, what FAILURE means.
 *
 * Rules that hold everywhere:
 *   - A slice handed over is borrowed.  Nobody frees what the other side allocated.  What goes into the host is copied by it.
 *   - Text is UTF-8, has a length and no terminating NUL.
 *   - No exception, panic or longjmp crosses a function of this header.
 *   - Structs are size-prefixed by whoever made them and only ever grow at the end.  Use a member only if WARRAQ_HAS says it is
 *     there.
 *   - Anything optional is an extension, asked for by a versioned id such as "warraq.log/1".
 */
#ifndef WARRAQ_PLUGIN_H
#define WARRAQ_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WARRAQ_ABI_MAJOR 1u

#define WARRAQ_END_OF_(pointer, member) ((size_t)((const char *)(&(pointer)->member + 1) - (const char *)(pointer)))
/* May this member of *pointer be used?  (*pointer).size was written by whoever made the struct. */
#define WARRAQ_HAS(pointer, member) ((pointer)->size >= WARRAQ_END_OF_(pointer, member))

/* A borrowed run of bytes; text is UTF-8.  data may be NULL only if len is 0. */
typedef struct warraq_slice {
  const char *data;
  size_t len;
} warraq_slice;

/* The article in hand: a host object that plugins see only through the functions of warraq_host. */
typedef struct warraq_article warraq_article;

/* Types of a value.  Skip a value whose type you do not know. */
enum {
  WARRAQ_NULL = 0,    /* the field is unset */
  WARRAQ_TEXT = 1,    /* as.slice, UTF-8 */
  WARRAQ_INTEGER = 2, /* as.integer */
  WARRAQ_FLOAT = 3,   /* as.real, finite */
  WARRAQ_BOOLEAN = 4, /* as.integer, 0 or 1 */
  WARRAQ_BYTES = 5,   /* as.slice, any bytes; never part of the published record */
  WARRAQ_JSON = 6     /* as.slice, one JSON value in UTF-8 */
};

typedef struct warraq_value {
  uint32_t type;
  uint32_t reserved; /* 0 */
  union {
    warraq_slice slice;
    int64_t integer;
    double real;
  } as;
} warraq_value;

/* Fields with a fixed id.  Any other name gets its id from warraq_host.field().  The names in the record are these, in lower case. */
enum {
  WARRAQ_FIELD_ID = 1,           /* TEXT     read only: the article id */
  WARRAQ_FIELD_SOURCE = 2,       /* JSON     read only: where it came from (name, bytes, digest, media_type, charset, ..) */
  WARRAQ_FIELD_BODY = 3,         /* TEXT     the text; spans elsewhere count Unicode code points of it */
  WARRAQ_FIELD_FOLD = 4,         /* TEXT     the match key of the body; not published */
  WARRAQ_FIELD_LANGUAGE = 5,     /* TEXT     BCP 47 */
  WARRAQ_FIELD_HEADLINE = 6,     /* TEXT */
  WARRAQ_FIELD_SUBHEADS = 7,     /* JSON from here on */
  WARRAQ_FIELD_BYLINE = 8,       /* TEXT */
  WARRAQ_FIELD_DATELINE = 9,
  WARRAQ_FIELD_PUBLISHED = 10,
  WARRAQ_FIELD_AGENCIES = 11,
  WARRAQ_FIELD_FURNITURE = 12,
  WARRAQ_FIELD_ENTITIES = 13,
  WARRAQ_FIELD_DATES = 14,
  WARRAQ_FIELD_QUOTES = 15,
  WARRAQ_FIELD_FIGURES = 16,
  WARRAQ_FIELD_KEYWORDS = 17,
  WARRAQ_FIELD_SUMMARY = 18,
  WARRAQ_FIELD_RELATED = 19,
  WARRAQ_FIELD_CUSTOM = 256 /* ids from here on are interned names */
};

/* What a host function answers. */
enum {
  WARRAQ_OK = 0,
  WARRAQ_EMISSING = -1, /* the field is unset */
  WARRAQ_ETYPE = -2,    /* wrong type, or text that is not UTF-8, or JSON that does not parse */
  WARRAQ_EDENIED = -3,  /* the manifest does not declare this access */
  WARRAQ_ELIMIT = -4,   /* larger than the host allows */
  WARRAQ_EFIELD = -5    /* no such field id */
};

/* A plugin's answer for one article.  Anything unknown is taken as WARRAQ_BROKEN. */
enum {
  WARRAQ_PASS = 0,   /* go on; the staged edits are kept */
  WARRAQ_DROP = 1,   /* decided: a duplicate of the published article named with refer(); with none named, as REJECT */
  WARRAQ_HOLD = 2,   /* ask again once the article named with refer() has its outcome */
  WARRAQ_RETRY = 3,  /* the same article may work later, after retry_after_ms (at most ten minutes) */
  WARRAQ_REJECT = 4, /* it will never work: quarantine */
  WARRAQ_BROKEN = 5  /* this instance is unusable: make a new one */
};

typedef struct warraq_verdict {
  int32_t code;
  uint32_t retry_after_ms;
} warraq_verdict;

/* Levels of warraq_log. */
enum { WARRAQ_TRACE = 0, WARRAQ_DEBUG = 1, WARRAQ_INFO = 2, WARRAQ_WARN = 3, WARRAQ_ERROR = 4 };

/* What became of an article, for warraq_settle.settled(). */
enum {
  WARRAQ_PUBLISHED = 1,
  WARRAQ_DUPLICATE = 2,
  WARRAQ_QUARANTINED = 3,
  WARRAQ_IN_FLIGHT = 4 /* not settled yet: its note is handed back to a restarted plugin */
};

/* Made by the host; lives until destroy() has returned. */
typedef struct warraq_host {
  uint32_t size;
  uint32_t abi; /* WARRAQ_ABI_MAJOR */
  void *context;

  /* OWNS: the table belongs to the host and lives as long as this struct.  THREAD: any.  STATE: any.
   * FAILURE: NULL, the host does not offer it. */
  const void *(*extension)(void *context, warraq_slice id);

  /* Says why the call that is running is about to fail.  OWNS: copied.  THREAD: the one of that call.
   * STATE: inside create(), start(), flush(), stop() or settled().  FAILURE: none. */
  void (*fail)(void *context, warraq_slice why);

  /* The id of a field by its name ([a-z][a-z0-9_]*, at most 64 bytes).  OWNS: copied.  THREAD: any.  STATE: any.
   * FAILURE: 0, not a legal name or too many fields. */
  uint32_t (*field)(void *context, warraq_slice name);

  /* The functions below take an article.  THREAD: the one that process() was called on.  STATE: inside process(), for an
   * article of that call. */

  /* Reads a field as it stands for this plugin: its own staged edit first.
   * OWNS: the slice is the host's, valid until the field is set again or process() returns.
   * FAILURE: EMISSING (out is WARRAQ_NULL), EDENIED, EFIELD. */
  int32_t (*get)(const warraq_article *article, uint32_t field, warraq_value *out);

  /* Stages an edit; WARRAQ_NULL unsets.  Kept only if the verdict is PASS.
   * OWNS: copied.  FAILURE: ETYPE, EDENIED, ELIMIT, EFIELD; nothing is staged then. */
  int32_t (*set)(warraq_article *article, uint32_t field, const warraq_value *value);

  /* Why the verdict is not PASS: a short code ([a-z-]+) and a sentence for people.
   * OWNS: copied.  FAILURE: ETYPE, ELIMIT. */
  int32_t (*reason)(warraq_article *article, warraq_slice code, warraq_slice detail);

  /* Names the other article of a DROP or HOLD by its id.  OWNS: copied.  FAILURE: ETYPE, not an article id. */
  int32_t (*refer)(warraq_article *article, warraq_slice id);

  /* Attaches this plugin's note, stored in the same transaction as the outcome and handed back by settled().
   * OWNS: copied.  FAILURE: EDENIED (the manifest does not say "stateful"), ELIMIT. */
  int32_t (*note)(warraq_article *article, warraq_slice bytes);

  /* Microseconds left of the plugin's deadline; at 0 or below, give up with RETRY.  OWNS: nothing.  FAILURE: none. */
  int64_t (*remaining_us)(const warraq_article *article);
} warraq_host;

/* The vtable a plugin exports. */
typedef struct warraq_plugin {
  uint32_t size;
  uint32_t abi; /* WARRAQ_ABI_MAJOR */

  /* Makes an instance from its configuration, one JSON object that fits the manifest's config_schema.
   * OWNS: config is borrowed for the call; host may be kept until destroy().  The result belongs to the plugin.
   * THREAD: any one.  STATE: first call of an instance.  FAILURE: NULL, after host->fail(). */
  void *(*create)(const warraq_host *host, warraq_slice config);

  /* Last chance to get ready (load a model, open an index), after settled() has replayed the notes of a stateful plugin.
   * OWNS: nothing.  THREAD: any one.  STATE: once, after create().  FAILURE: not 0, the instance is destroyed. */
  int32_t (*start)(void *self);

  /* Looks at count articles and writes count verdicts.
   * OWNS: both arrays are the host's and end with the call.  THREAD: calls on one instance never overlap, but may move between
   * threads.  STATE: after start().  FAILURE: not 0, every article of the call counts as WARRAQ_BROKEN. */
  int32_t (*process)(void *self, warraq_article *const *articles, uint32_t count, warraq_verdict *verdicts);

  /* Puts what it holds in memory on disk, where it has been given a folder.
   * OWNS: nothing.  THREAD: as process().  STATE: after start().  FAILURE: not 0, said in the log. */
  int32_t (*flush)(void *self);

  /* Ends what start() began: threads joined, files closed.
   * OWNS: nothing.  THREAD: any one.  STATE: once, after start() succeeded.  FAILURE: none. */
  void (*stop)(void *self);

  /* Frees the instance.  OWNS: self ends here.  THREAD: any one.  STATE: last call.  FAILURE: none. */
  void (*destroy)(void *self);

  /* What the plugin offers beyond this table.
   * OWNS: the table is the plugin's and lives as long as the shared object.  THREAD: any.  STATE: after create().
   * FAILURE: NULL, not offered. */
  const void *(*extension)(void *self, warraq_slice id);
} warraq_plugin;

/* Extension of the host, "warraq.log/1".  THREAD: any.  STATE: any.  FAILURE: none; what is too much is left out. */
#define WARRAQ_EXTENSION_LOG "warraq.log/1"
typedef struct warraq_log {
  uint32_t size;
  uint32_t reserved;
  int32_t (*enabled)(void *context, int32_t level);                     /* 1: a message of this level would be kept */
  void (*message)(void *context, int32_t level, warraq_slice message);  /* OWNS: copied */
} warraq_log;

/* What settled() is told about one article. */
typedef struct warraq_settlement {
  uint32_t size;
  uint32_t outcome;  /* WARRAQ_PUBLISHED .. WARRAQ_IN_FLIGHT */
  uint64_t sequence; /* position in the ledger, rising; 0 for IN_FLIGHT */
  warraq_slice id;   /* the article's id */
  warraq_slice note; /* this plugin's note */
} warraq_settlement;

/* Extension of a stateful plugin, "warraq.settle/1": its state is a fold of these calls.
 * THREAD: never while another call on this instance runs. */
#define WARRAQ_EXTENSION_SETTLE "warraq.settle/1"
typedef struct warraq_settle {
  uint32_t size;
  uint32_t reserved;

  /* The sequence up to which the plugin's own checkpoint reaches; the replay begins after it.
   * OWNS: nothing.  STATE: after create(), before start().  FAILURE: 0, replay everything. */
  uint64_t (*checkpoint)(void *self);

  /* An article on which the plugin left a note has its outcome, durably.  Called in the order of the ledger: before start() for
   * what was settled earlier, then after every commit.  It must be idempotent by sequence.
   * OWNS: the slices end with the call.  STATE: after create().  FAILURE: not 0, the instance is replaced. */
  int32_t (*settled)(void *self, const warraq_settlement *settlement);
} warraq_settle;

#if defined(__GNUC__)
#define WARRAQ_EXPORT __attribute__((visibility("default")))
#else
#define WARRAQ_EXPORT
#endif

/* The two exports.  The manifest is one JSON object; the symbol's size ends it. */
extern WARRAQ_EXPORT const warraq_plugin warraq_plugin_v1;
extern WARRAQ_EXPORT const char warraq_manifest_v1[];

#ifdef __cplusplus
}
#endif
#endif
