#include "base/scope.h"
#include "base/clock.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A trace of its own, named after the id: 00-<32 hex>-<16 hex>-01. */
static void begin_trace(struct scope *s)
{
    memcpy(s->trace, "00-", 3);
    char *p = s->trace + 3;
    for (const char *c = s->id; *c; c++)
        if (*c != '-')
            *p++ = *c;
    *p++ = '-';
    memcpy(p, s->trace + 3 + 16, 16);
    memcpy(p + 16, "-01", 4);
}

void scope_init_sized(struct scope *s, uint64_t budget_ms, size_t arena_max)
{
    *s = (struct scope){.deadline = clock_ms() + budget_ms};
    s->arena = arena_create(arena_max);
    uuid7(s->id);
    begin_trace(s);
}

void scope_init(struct scope *s, uint64_t budget_ms)
{
    scope_init_sized(s, budget_ms, SCOPE_ARENA_MAX);
}

void scope_fini(struct scope *s)
{
    arena_destroy(s->arena);
    s->arena = NULL;
}

void scope_call_off(struct scope *s)
{
    s->deadline = 0;
    if (s->give_up)
        s->give_up(s->give_up_arg);
}

void scope_trace(struct scope *s, const char *traceparent)
{
    static const char shape[] = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
    if (!traceparent || strlen(traceparent) != sizeof shape - 1)
        return;
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        const char *allowed = shape[i] == 'h' ? "0123456789abcdef" : shape[i] == '-' ? "-" : "0";
        if (!strchr(allowed, traceparent[i]))
            return;
    }
    memcpy(s->trace, traceparent, sizeof shape);
}

enum err fail(struct scope *s, enum err e, const char *code, const char *field, const char *fmt,
              ...)
{
    struct fault *f = &s->fault;
    if (f->message[0])
        return e;
    snprintf(f->code, sizeof f->code, "%s", code ? code : "");
    snprintf(f->field, sizeof f->field, "%s", field ? field : "");
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->message, sizeof f->message, fmt, ap);
    va_end(ap);
    return e;
}
