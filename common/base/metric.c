#include "base/metric.h"
#include "base/die.h"
#include <stdlib.h>
#include <string.h>

#define SERIES_MAX 2000
#define SLOTS      4096 /* power of two, twice SERIES_MAX */

enum kind { COUNTER, GAUGE, HISTOGRAM };
static const char *const kind_names[] = {"counter", "gauge", "histogram"};
static const double bounds[] = {.0005, .001, .0025, .005, .01, .025, .05,
                                .1,    .25,  .5,    1,    2.5, 5,    10};
#define BOUNDS (sizeof bounds / sizeof *bounds)

struct series {
    const char *name;
    char *labels;
    enum kind kind;
    double value;   /* counter, gauge; sum of a histogram */
    uint64_t count; /* histogram */
    uint64_t *buckets;
};

static struct series *slots[SLOTS];
static unsigned used;
static double overflow;

static unsigned hash(const char *name, const char *labels)
{
    unsigned h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    for (; *labels; labels++)
        h = (h ^ (unsigned char)*labels) * 16777619u;
    return h;
}

static struct series *series(const char *name, const char *labels, enum kind kind)
{
    unsigned i = hash(name, labels) % SLOTS;
    for (; slots[i]; i = (i + 1) % SLOTS)
        if (strcmp(slots[i]->name, name) == 0 && strcmp(slots[i]->labels, labels) == 0)
            return slots[i];
    if (used == SERIES_MAX) {
        overflow++;
        return NULL;
    }
    struct series *s = must(calloc(1, sizeof *s));
    *s = (struct series){.name = name, .labels = must(strdup(labels)), .kind = kind};
    if (kind == HISTOGRAM)
        s->buckets = must(calloc(BOUNDS, sizeof *s->buckets));
    slots[i] = s;
    used++;
    return s;
}

void metric_add(const char *name, const char *labels, double by)
{
    struct series *s = series(name, labels, COUNTER);
    if (s)
        s->value += by;
}

void metric_set(const char *name, const char *labels, double value)
{
    struct series *s = series(name, labels, GAUGE);
    if (s)
        s->value = value;
}

void metric_time(const char *name, const char *labels, uint64_t us)
{
    struct series *s = series(name, labels, HISTOGRAM);
    if (!s)
        return;
    double seconds = (double)us / 1e6;
    s->value += seconds;
    s->count++;
    for (size_t i = 0; i < BOUNDS; i++)
        if (seconds <= bounds[i])
            s->buckets[i]++;
}

static void print_histogram(struct buf *out, const struct series *s)
{
    const char *comma = *s->labels ? "," : "";
    for (size_t i = 0; i < BOUNDS; i++)
        buf_printf(out, "%s_bucket{%s%sle=\"%g\"} %llu\n", s->name, s->labels, comma, bounds[i],
                   (unsigned long long)s->buckets[i]);
    buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", s->name, s->labels, comma,
               (unsigned long long)s->count);
    buf_printf(out, "%s_sum{%s} %g\n", s->name, s->labels, s->value);
    buf_printf(out, "%s_count{%s} %llu\n", s->name, s->labels, (unsigned long long)s->count);
}

static int by_name(const void *a, const void *b)
{
    const struct series *x = *(struct series *const *)a, *y = *(struct series *const *)b;
    int c = strcmp(x->name, y->name);
    return c ? c : strcmp(x->labels, y->labels);
}

void metric_print(struct buf *out)
{
    struct series *all[SERIES_MAX];
    unsigned n = 0;
    for (unsigned i = 0; i < SLOTS; i++)
        if (slots[i])
            all[n++] = slots[i];
    qsort(all, n, sizeof *all, by_name);
    for (unsigned i = 0; i < n; i++) {
        const struct series *s = all[i];
        if (i == 0 || strcmp(all[i - 1]->name, s->name))
            buf_printf(out, "# TYPE %s %s\n", s->name, kind_names[s->kind]);
        if (s->kind == HISTOGRAM)
            print_histogram(out, s);
        else
            buf_printf(out, "%s{%s} %.15g\n", s->name, s->labels, s->value);
    }
    buf_printf(out, "# TYPE va_metrics_dropped_total counter\nva_metrics_dropped_total %.15g\n",
               overflow);
}
