/*
 * Records: JSON objects to C structs and back, by tables that tools/msggen.py writes from
 * the schemas in proto/. Services call the generated functions:
 *
 *     struct call_dial in;
 *     TRY(call_dial_decode(&m->scope, m->body, m->n, &in));
 *
 * What is absent (or null) is NULL, or has has_x = false. Everything decoded is the scope's.
 *
 * The fault names the offender: "settings.voice_speed", "events[3].call_sid". A wrong shape is
 * ERR_INVALID (broken JSON, a required member missing, an unknown one in a closed record, another
 * kind where an object or array belongs); a wrong value is ERR_UNPROCESSABLE. Values are never
 * quoted.
 */
#pragma once
#include "io/js.h"

enum field_kind {
    FIELD_TEXT,   /* const char *                                                         */
    FIELD_INT,    /* long long                                                            */
    FIELD_REAL,   /* double                                                               */
    FIELD_BOOL,   /* bool                                                                 */
    FIELD_FREE,   /* struct js *: any object, as it came                                  */
    FIELD_RECORD, /* struct x *                                                           */
    FIELD_ARRAY,  /* items one after another: const char **, long long *, struct x *, ... */
};

enum text_format {
    FORMAT_ANY,
    FORMAT_UUID,
    FORMAT_DATE,      /* 2026-11-22 */
    FORMAT_DATE_TIME, /* RFC 3339 */
    FORMAT_E164,      /* + and 7 to 15 digits; whether it may be called is voice/phone.h's */
    FORMAT_URI,       /* http(s) or ws(s), with a host, no spaces */
    FORMAT_EMAIL,
};

/* Which control and bidirectional override characters a text may have. */
enum text_controls { CONTROLS_FREE, CONTROLS_LINES /* tab, LF, CR */, CONTROLS_NONE };

struct record;

struct field {
    const char *name;
    enum field_kind kind;
    size_t at;              /* of the value in the struct */
    size_t count_at;        /* arrays: of the size_t beside it */
    size_t has_at, null_at; /* of the bool has_x and null_x; 0 = there is none */
    bool required, nullable;
    bool unique; /* arrays of text or integers */
    enum text_controls controls;
    enum text_format format;
    const char *const *choices; /* text, NULL-terminated */
    long long least, most;      /* value of an integer, characters of a text, items of an array */
    double real_least, real_most;
    const struct field *item;    /* arrays; its name is unused and its at is 0 */
    const struct record *record; /* FIELD_RECORD */
};

struct record {
    const char *name; /* "call.dial" */
    size_t size;
    const struct field *fields;
    size_t n;
    bool closed; /* an unknown member is refused */
};

enum err record_decode(struct scope *s, const struct record *r, const char *text, size_t n,
                       void *out) MUST_CHECK; /* n = 0: strlen */
enum err record_from(struct scope *s, const struct record *r, const struct js *j,
                     void *out) MUST_CHECK; /* texts are borrowed from j */
struct js *record_tree(struct scope *s, const struct record *r, const void *in);
const char *record_encode(struct scope *s, const struct record *r, const void *in);
