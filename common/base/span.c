#include "base/span.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/metric.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the parts of a traceparent are: 00-<32 hex>-<16 hex>-<2 hex>. */
#define TRACE_AT   3
#define ID_AT      36
#define FLAGS_AT   53
#define ID_N       16
#define SAMPLED_AT (FLAGS_AT + 1) /* the last digit, whose last bit it is */

static bool exporting;
static double share;
static struct span *kept[SPANS_KEPT];
static unsigned first, waiting;

/* A scope that nobody has called upon names its trace after itself, twice: see begin_trace() in scope.c. */
static bool is_first(const char *trace)
{
    return memcmp(trace + TRACE_AT + ID_N, trace + ID_AT, ID_N) == 0;
}

/* By the trace's id, so that all processes that begin the same one would say the same. */
static bool is_lucky(const char *trace)
{
    char digits[9] = {0};
    memcpy(digits, trace + TRACE_AT + 24, 8);
    return (double)strtoul(digits, NULL, 16) < share * 4294967296.0;
}

bool span_sampled(const char trace[TRACE_TEXT])
{
    return exporting && strchr("13579bdf", trace[SAMPLED_AT]);
}

/* Whoever begins a trace decides for all. */
static bool decide(char trace[TRACE_TEXT])
{
    if (exporting && is_first(trace) && !is_lucky(trace))
        trace[SAMPLED_AT] = '0'; /* our own had 01 */
    return span_sampled(trace);
}

static struct span *create(const char *trace, enum span_kind kind, const char *name)
{
    struct span *sp = must(calloc(1, sizeof *sp));
    uint64_t id;
    arc4random_buf(&id, sizeof id);
    sp->kind = kind;
    memcpy(sp->trace, trace + TRACE_AT, 2 * ID_N);
    memcpy(sp->outer, trace + ID_AT, ID_N);
    if (!is_first(trace))
        memcpy(sp->parent, sp->outer, ID_N);
    snprintf(sp->id, sizeof sp->id, "%016llx", (unsigned long long)(id | 1));
    snprintf(sp->name, sizeof sp->name, "%s", name);
    return sp;
}

static void keep(struct span *sp)
{
    if (waiting == SPANS_KEPT) {
        spans_lost(1);
        free(sp);
        return;
    }
    kept[(first + waiting++) % SPANS_KEPT] = sp;
}

struct span *span_begin(char trace[TRACE_TEXT], enum span_kind kind, const char *name)
{
    if (!decide(trace))
        return NULL;
    struct span *sp = create(trace, kind, name);
    sp->began_us = clock_wall_us();
    memcpy(trace + ID_AT, sp->id, ID_N);
    return sp;
}

void span_note(struct span *sp, const char *key, const char *value)
{
    if (!sp || sp->n_notes == SPAN_NOTES || !value)
        return;
    sp->notes[sp->n_notes].key = key;
    snprintf(sp->notes[sp->n_notes].value, sizeof sp->notes->value, "%s", value);
    sp->n_notes++;
}

void span_end(struct span *sp, char trace[TRACE_TEXT], enum err e)
{
    if (!sp)
        return;
    sp->ended_us = clock_wall_us();
    sp->err = e;
    if (trace && memcmp(trace + ID_AT, sp->id, ID_N) == 0)
        memcpy(trace + ID_AT, sp->outer, ID_N);
    keep(sp);
}

void span_past(const char trace[TRACE_TEXT], enum span_kind kind, const char *name,
               uint64_t from_us, uint64_t to_us, enum err e)
{
    char copy[TRACE_TEXT];
    memcpy(copy, trace, sizeof copy);
    if (!decide(copy))
        return;
    struct span *sp = create(copy, kind, name);
    uint64_t now = clock_us(), wall = clock_wall_us();
    sp->began_us = wall - (now - from_us);
    sp->ended_us = wall - (now - to_us);
    sp->err = e;
    keep(sp);
}

void spans_keep(double ratio)
{
    exporting = true;
    share = ratio;
    spans_lost(0);
}

unsigned spans_waiting(void)
{
    return waiting;
}

struct span *span_take(void)
{
    if (!waiting)
        return NULL;
    struct span *sp = kept[first];
    first = (first + 1) % SPANS_KEPT;
    waiting--;
    return sp;
}

void spans_lost(unsigned n)
{
    metric_add("va_spans_dropped_total", "", n);
}
