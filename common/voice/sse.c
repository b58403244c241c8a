#include "voice/sse.h"
#include <string.h>

void sse_init(struct sse *p, size_t max_event, sse_event *on_event, void *arg)
{
    *p = (struct sse){
        .line = BUF(max_event), .data = BUF(max_event), .on_event = on_event, .arg = arg};
}

void sse_fini(struct sse *p)
{
    buf_free(&p->line);
    buf_free(&p->data);
}

/* A blank line: the event is whole. */
static void dispatch(struct sse *p)
{
    if (p->has_data)
        p->dead |= !p->on_event(p->arg, p->data.p, p->data.n);
    p->has_data = false;
    buf_reset(&p->data);
}

static void take_line(struct sse *p)
{
    const char *line = p->line.p;
    size_t n = p->line.n;
    if (!p->begun && n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3, n -= 3;
    p->begun = true;
    if (n == 0) {
        dispatch(p);
        return;
    }
    if (n < 4 || memcmp(line, "data", 4) != 0 || (n > 4 && line[4] != ':'))
        return; /* a comment, event, id, retry, or something new */
    line += n > 4 ? 5 : 4, n -= n > 4 ? 5 : 4;
    if (n && *line == ' ')
        line++, n--;
    if (p->has_data)
        buf_putc(&p->data, '\n');
    p->has_data = true;
    buf_put(&p->data, line, n);
}

/* Bytes up to the end of a line or of what there is; returns how many were used. */
static size_t take_bytes(struct sse *p, const char *bytes, size_t n)
{
    size_t stop = 0;
    while (stop < n && bytes[stop] != '\n' && bytes[stop] != '\r')
        stop++;
    buf_put(&p->line, bytes, stop);
    if (stop == n)
        return n;
    p->after_cr = bytes[stop] == '\r';
    if (!p->line.over)
        take_line(p);
    p->over |= p->line.over || p->data.over;
    buf_reset(&p->line);
    return stop + 1;
}

enum err sse_feed(struct sse *p, const char *bytes, size_t n)
{
    for (size_t at = 0; at < n && !p->dead;) {
        bool second = p->after_cr && bytes[at] == '\n'; /* of a CRLF */
        p->after_cr = false;
        at += second ? 1 : take_bytes(p, bytes + at, n - at);
        p->over |= p->line.over;
        p->dead |= p->over;
    }
    return p->over ? ERR_TOO_BIG : OK;
}
