/*
 * Spans: what was done between two moments, as part of a trace that goes through all processes (W3C trace context).
 *
 *     struct span *sp = span_begin(s->trace, SPAN_CLIENT, "POST api.example.com");
 *     ... whoever is asked now is told s->trace, so his spans are below this one ...
 *     span_note(sp, "http.status", "200");
 *     span_end(sp, s->trace, e);
 *
 * NULL, which all of them take, is a span that nobody wants: none is exported, or this trace is not among the sampled
 * ones. What has ended waits for its export; at most SPANS_KEPT do, the next one is dropped and counted
 * (va_spans_dropped_total). So tracing never waits for anybody and never grows.
 */
#pragma once
#include "base/err.h"
#include "base/scope.h"
#include <stdbool.h>
#include <stdint.h>

#define SPANS_KEPT 4096
#define SPAN_NAME  64
#define SPAN_NOTES 4

enum span_kind { SPAN_INTERNAL = 1, SPAN_SERVER, SPAN_CLIENT, SPAN_PRODUCER, SPAN_CONSUMER };

struct span {
    enum span_kind kind;
    char trace[33], id[17], parent[17]; /* parent "": the first one of its trace */
    char outer[17];                     /* what stood in the traceparent before */
    char name[SPAN_NAME];
    uint64_t began_us, ended_us; /* clock_wall_us() */
    enum err err;
    int n_notes;
    struct {
        const char *key; /* a literal */
        char value[48];
    } notes[SPAN_NOTES];
};

bool span_sampled(const char trace[TRACE_TEXT]); /* one that began elsewhere, or has a span */
struct span *span_begin(char trace[TRACE_TEXT], enum span_kind kind, const char *name);
void span_note(struct span *sp, const char *key, const char *value);
void span_end(struct span *sp, char trace[TRACE_TEXT], enum err e); /* trace NULL: gone by now */
/* One that is known only afterwards: between two clock_us(). */
void span_past(const char trace[TRACE_TEXT], enum span_kind kind, const char *name,
               uint64_t from_us, uint64_t to_us, enum err e);

/* For who exports: of the traces that begin here, this share is kept; the others' beginners have decided. */
void spans_keep(double ratio);
unsigned spans_waiting(void);
struct span *span_take(void); /* the oldest, the caller's to free(); NULL: none */
void spans_lost(unsigned n);  /* so many were taken in vain */
