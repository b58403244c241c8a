#include "base/log.h"
#include "base/buf.h"
#include "base/clock.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *service_name = "?";
static enum log_level threshold = LOG_INFO;
static unsigned long dropped;

void log_open(const char *service, const char *level)
{
    service_name = service;
    for (int i = 0; i < 4; i++)
        if (level && strcmp(level, level_names[i]) == 0)
            threshold = (enum log_level)i;
}

unsigned long log_dropped(void)
{
    return dropped;
}

static void put_scope(struct buf *b, const struct scope *s)
{
    buf_put_member(b, "id", s->id);
    if (s->call_id)
        buf_put_member(b, "call", s->call_id);
    if (s->tenant)
        buf_put_member(b, "tenant", s->tenant);
    char trace[33];
    snprintf(trace, sizeof trace, "%.32s", s->trace + 3);
    buf_put_member(b, "trace", trace);
}

static void write_line(const struct buf *b)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&p, 1, 0) != 1 || write(STDERR_FILENO, b->p, b->n) != (ssize_t)b->n)
        dropped++;
}

void log_event(enum log_level level, const struct scope *s, const char *event,
               const char *const *kv, size_t n)
{
    if (level < threshold)
        return;
    struct buf b = BUF(LINE_MAX_BYTES);
    char at[25];
    clock_rfc3339(clock_wall_ms(), at);
    buf_printf(&b, "{\"at\":\"%s\",\"level\":\"%s\",\"service\":\"%s\"", at, level_names[level],
               service_name);
    buf_put_member(&b, "event", event);
    if (s)
        put_scope(&b, s);
    for (size_t i = 0; i + 1 < n; i += 2)
        buf_put_member(&b, kv[i], kv[i + 1]);
    if (b.over) /* a torn line would not be JSON */
        dropped++;
    else {
        buf_puts(&b, "}\n");
        write_line(&b);
    }
    buf_free(&b);
}

#define RING 32
static char *ring_slot(void)
{
    static char ring[RING][24];
    static unsigned next;
    return ring[next++ % RING];
}

const char *fmt_int(long long v)
{
    char *s = ring_slot();
    snprintf(s, 24, "%lld", v);
    return s;
}

const char *mask_number(const char *e164)
{
    size_t n = e164 ? strlen(e164) : 0;
    char *s = ring_slot();
    snprintf(s, 24, "***%s", n >= 2 ? e164 + n - 2 : "");
    return s;
}
