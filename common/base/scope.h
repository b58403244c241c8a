/*
 * Scope: what one unit of work carries (an HTTP request, a message, a spoken turn): its memory, its
 * deadline, the tenant it acts for, the ids its log lines show, and why it failed.
 *
 *     struct scope s;
 *     scope_init(&s, 8000);                    8 s from now
 *     ... TRY(await_db(&s, ...)) ...
 *     scope_fini(&s);
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/uuid7.h"
#include <stdint.h>

#define SCOPE_ARENA_MAX (1u << 20)
#define TRACE_TEXT      56 /* "00-<32 hex>-<16 hex>-01" and NUL (W3C trace context) */

/* What went wrong, for the client or the dead-letter header; never a caller's words. */
struct fault {
    char code[32];  /* overrides err_code() when set: "bad_number" */
    char field[64]; /* the offending field: "settings.voice_speed" */
    char message[160];
};

struct scope {
    struct arena *arena;
    uint64_t deadline;   /* absolute, clock_ms() */
    const char *tenant;  /* real_estate_agent_id; NULL = none. Borrowed or the arena's */
    const char *db_role; /* role the statements run under; NULL = the service's own */
    const char
        *unproven;       /* a session that nobody has checked yet: the next statement does (db.h) */
    const char *call_id; /* for the log; may be NULL */
    char id[UUID_TEXT];  /* request or message id */
    char trace[TRACE_TEXT]; /* traceparent; made by scope_init, replaced from the wire */
    struct fault fault;
    /* Of the operation that is awaited, when it can be ended from outside; the adapter's. */
    void (*give_up)(void *arg);
    void *give_up_arg;
};

void scope_init(struct scope *s, uint64_t budget_ms);
void scope_init_sized(struct scope *s, uint64_t budget_ms, size_t arena_max);
void scope_fini(struct scope *s);

/* Take over the trace of a received traceparent header (ignored when malformed or NULL). */
void scope_trace(struct scope *s, const char *traceparent);

/*
 * The work is no longer wanted: its time is over, and what its task waits for ends now, if it is a request of
 * httpc's, with ERR_CLOSING.
 */
void scope_call_off(struct scope *s);

/*
 * Note why, and return e: `return fail(s, ERR_UNPROCESSABLE, "bad_number", "phone_number", "...")`.
 * code and field may be NULL. The first fault stays: a caller further up does not overwrite it.
 */
enum err fail(struct scope *s, enum err e, const char *code, const char *field, const char *fmt,
              ...) __attribute__((format(printf, 5, 6)));
