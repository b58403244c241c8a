/*
 * Server-sent events, as they come from the wire: bytes split anywhere, LF, CRLF or CR, comments,
 * several data lines per event.
 *
 *     struct sse p;
 *     sse_init(&p, 256 << 10, on_event, self);
 *     TRY(sse_feed(&p, bytes, n));        ERR_TOO_BIG: an event over the bound; the parser is dead then
 *     sse_fini(&p);
 *
 * Only data is handed on. on_event returning false stops at once: the rest of the bytes is dropped. It
 * must not call sse_fini() itself. An event not closed by a blank line is not handed on.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

typedef bool sse_event(void *arg, const char *data, size_t n); /* NUL-terminated; borrowed */

struct sse {
    struct buf line, data;
    bool begun, has_data, after_cr, over, dead;
    sse_event *on_event;
    void *arg;
};

void sse_init(struct sse *p, size_t max_event, sse_event *on_event, void *arg);
void sse_fini(struct sse *p);
enum err sse_feed(struct sse *p, const char *bytes, size_t n) MUST_CHECK;
