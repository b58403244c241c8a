/* Call statistics: read from the daily figures, never from calls, and added up here. */
#include "api.h"
#include "base/buf.h"
#include "histogram.h"
#include "routes.h"
#include "sql.h"
#include <stdlib.h>
#include <string.h>

#define BODY_BYTES (64 * 1024)
#define NAMES_MAX  32
#define HOURS      24

static const char *const PERIODS[] = {"day", "week", "month", NULL};
static const char *const DAYS[] = {"1", "7", "30"};

/* "busy:1 completed:3", added up. A name is a piece of a row. */
struct named {
    int n;
    struct {
        const char *name;
        int length;
        long long count;
    } items[NAMES_MAX];
};

struct sums {
    long long total, completed, failed, inbound, answered, seconds;
    struct named statuses, outcomes;
    struct histogram hours, inbound_hours, durations, answered_ms, llm_ms, tts_ms;
};

/* ---- adding up ---- */

static long long *count_of(struct named *m, const char *name, int length)
{
    for (int i = 0; i < m->n; i++)
        if (m->items[i].length == length && !strncmp(m->items[i].name, name, (size_t)length))
            return &m->items[i].count;
    if (m->n == NAMES_MAX)
        return NULL;
    m->items[m->n].name = name;
    m->items[m->n].length = length;
    return &m->items[m->n++].count;
}

static void add_named(struct named *m, const char *map)
{
    while (*map) {
        int length = (int)strcspn(map, ":");
        if (!map[length])
            return;
        long long *count = count_of(m, map, length);
        char *end;
        long long n = strtoll(map + length + 1, &end, 10);
        if (count)
            *count += n;
        map = end + (*end == ' ');
    }
}

static void add_day(struct sums *s, const struct rows *days, int i)
{
    s->total += row_int(days, i, "total");
    s->completed += row_int(days, i, "completed");
    s->failed += row_int(days, i, "failed");
    s->inbound += row_int(days, i, "inbound");
    s->answered += row_int(days, i, "answered");
    s->seconds += row_int(days, i, "seconds");
    if (!row(days, i, "statuses"))
        return; /* a day without calls has no figures */
    add_named(&s->statuses, row(days, i, "statuses"));
    add_named(&s->outcomes, row(days, i, "outcomes"));
    histogram_add(&s->hours, row(days, i, "hours"));
    histogram_add(&s->inbound_hours, row(days, i, "inbound_hours"));
    histogram_add(&s->durations, row(days, i, "durations"));
    histogram_add(&s->answered_ms, row(days, i, "latency_answered"));
    histogram_add(&s->llm_ms, row(days, i, "latency_llm"));
    histogram_add(&s->tts_ms, row(days, i, "latency_tts"));
}

/* ---- showing ---- */

static void put_named(struct buf *out, const char *member, const struct named *m)
{
    buf_printf(out, ",\"%s\":{", member);
    for (int i = 0; i < m->n; i++)
        buf_printf(out, "%s\"%.*s\":%lld", i ? "," : "", m->items[i].length, m->items[i].name,
                   m->items[i].count);
    buf_puts(out, "}");
}

static void put_percentiles(struct buf *out, const char *member, const struct histogram *h)
{
    static const int shown[] = {50, 90, 95, 99};
    buf_printf(out, "\"%s\":{\"count\":%lld", member, h->count);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (h->count)
            buf_printf(out, ",\"p%d\":%lld", shown[i], histogram_at(h, shown[i]));
        else
            buf_printf(out, ",\"p%d\":null", shown[i]);
    buf_puts(out, "}");
}

static void put_hours(struct buf *out, const struct sums *s)
{
    buf_puts(out, ",\"calls_by_hour\":[");
    for (int i = 0; i < HOURS; i++)
        buf_printf(out, "%s{\"hour\":%d,\"inbound\":%lld,\"outbound\":%lld}", i ? "," : "", i,
                   s->inbound_hours.n[i], s->hours.n[i] - s->inbound_hours.n[i]);
    buf_puts(out, "]");
}

static void put_days(struct buf *out, const struct rows *days)
{
    buf_puts(out, ",\"calls_by_day\":[");
    for (int i = 0; i < days->n; i++)
        buf_printf(out, "%s{\"date\":\"%s\",\"count\":%s}", i ? "," : "", row(days, i, "day"),
                   row(days, i, "total"));
    buf_puts(out, "],\"days\":[");
    for (int i = 0; i < days->n; i++)
        buf_printf(out,
                   "%s{\"date\":\"%s\",\"total\":%s,\"completed\":%s,\"failed\":%s,\"answered\":%s,"
                   "\"inbound\":%s,\"duration_seconds\":%s}",
                   i ? "," : "", row(days, i, "day"), row(days, i, "total"),
                   row(days, i, "completed"), row(days, i, "failed"), row(days, i, "answered"),
                   row(days, i, "inbound"), row(days, i, "seconds"));
    buf_puts(out, "]");
}

static void put_sums(struct buf *out, const struct sums *s)
{
    buf_printf(out,
               "\"total_calls\":%lld,\"completed_calls\":%lld,\"failed_calls\":%lld,"
               "\"total_duration_seconds\":%lld,\"average_duration_seconds\":%.2f",
               s->total, s->completed, s->failed, s->seconds,
               s->completed ? (double)s->seconds / (double)s->completed : 0.0);
    put_named(out, "calls_by_status", &s->statuses);
    buf_printf(out, ",\"answered_calls\":%lld,\"answered_share\":%.4f", s->answered,
               s->total ? (double)s->answered / (double)s->total : 0.0);
    buf_printf(out, ",\"calls_by_direction\":{\"inbound\":%lld,\"outbound\":%lld}", s->inbound,
               s->total - s->inbound);
    put_named(out, "calls_by_outcome", &s->outcomes);
    buf_puts(out, ",");
    put_percentiles(out, "duration_seconds", &s->durations);
    buf_puts(out, ",\"latency_ms\":{");
    put_percentiles(out, "answered", &s->answered_ms);
    buf_puts(out, ",");
    put_percentiles(out, "llm_first", &s->llm_ms);
    buf_puts(out, ",");
    put_percentiles(out, "tts_first", &s->tts_ms);
    buf_puts(out, "}");
}

static enum err reply(struct req *r, const char *period, const struct rows *days)
{
    struct buf out = buf_in(r->scope.arena, BODY_BYTES);
    struct sums *s = arena_alloc(r->scope.arena, sizeof *s);
    for (int i = 0; i < days->n; i++)
        add_day(s, days, i);
    buf_printf(&out, "{\"period\":\"%s\",\"timezone\":\"%s\",", period, row(days, 0, "timezone"));
    put_sums(&out, s);
    put_hours(&out, s);
    put_days(&out, days);
    buf_puts(&out, "}");
    if (out.over)
        return fail(&r->scope, ERR_TOO_BIG, NULL, NULL, "the figures are too many to show");
    return api_reply(r, 200, out.p);
}

/* ---- routes ---- */

static enum err read_period(struct req *r, size_t *i)
{
    struct form q;
    const char *period;
    *i = 0;
    TRY(req_query(r, &q));
    TRY(api_word(r, &q, "period", PERIODS, &period));
    while (period && strcmp(PERIODS[*i], period) != 0)
        ++*i;
    return OK;
}

static enum err await_reply_stats(struct req *r, const char *agent)
{
    struct rows *days;
    size_t i;
    TRY(read_period(r, &i));
    TRY(await_db(&r->scope, &SQL_call_stats, &days, agent, DAYS[i]));
    if (!days->n)
        return api_missing(r, "agent");
    return reply(r, PERIODS[i], days);
}

enum err stats_own(struct req *r)
{
    return await_reply_stats(r, api_who(r)->id);
}

enum err stats_of_agent(struct req *r)
{
    const char *id;
    TRY(api_id(r, "agent_id", &id));
    return await_reply_stats(r, id);
}

enum err stats_of_all(struct req *r)
{
    struct rows *days;
    size_t i;
    TRY(read_period(r, &i));
    TRY(await_db(&r->scope, &SQL_call_stats_fleet, &days, DAYS[i]));
    return reply(r, PERIODS[i], days);
}
