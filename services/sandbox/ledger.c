#include "ledger.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEPT     20000
#define SHOWN    2000
#define APIS_MAX 64

struct entry {
    long long number;
    uint64_t wall_ms;
    char api[40], detail[120];
    bool executed;
};
struct tally {
    char api[40];
    long long accepted, executed;
};

static struct entry *ring;
static long long last;
static struct tally tallies[APIS_MAX];
static int file = -1;

void ledger_open(const char *path)
{
    ring = must(calloc(KEPT, sizeof *ring));
    if (*path && (file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) < 0)
        die("ledger: cannot open %s: %s", path, strerror(errno));
}

void ledger_close(void)
{
    free(ring);
    ring = NULL;
    if (file >= 0)
        close(file);
}

void ledger_reset(void)
{
    memset(ring, 0, KEPT * sizeof *ring);
    memset(tallies, 0, sizeof tallies);
}

static struct tally *tally_of(const char *api)
{
    for (int i = 0; i < APIS_MAX; i++) {
        if (!tallies[i].api[0])
            snprintf(tallies[i].api, sizeof tallies[i].api, "%s", api);
        if (strcmp(tallies[i].api, api) == 0)
            return &tallies[i];
    }
    return NULL;
}

/* Details are addresses, sids and numbers; what could break the line is replaced. */
static void write_line(const struct entry *e)
{
    char when[25], line[320];
    clock_rfc3339(e->wall_ms, when);
    int n =
        snprintf(line, sizeof line,
                 "{\"n\":%lld,\"at\":\"%s\",\"api\":\"%s\",\"detail\":\"%s\",\"executed\":%s}\n",
                 e->number, when, e->api, e->detail, e->executed ? "true" : "false");
    if (write(file, line, (size_t)n) != n || fdatasync(file) != 0)
        log_error(NULL, "ledger.write_failed", "error", strerror(errno));
}

void ledger_note(const char *api, const char *detail, bool executed)
{
    struct entry *e = &ring[++last % KEPT];
    *e = (struct entry){.number = last, .wall_ms = clock_wall_ms(), .executed = executed};
    snprintf(e->api, sizeof e->api, "%s", api);
    snprintf(e->detail, sizeof e->detail, "%s", detail);
    for (char *p = e->detail; *p; p++)
        if (*p == '"' || *p == '\\' || (unsigned char)*p < ' ' || (unsigned char)*p > '~')
            *p = '?';
    struct tally *t = tally_of(api);
    if (t) {
        t->accepted++;
        t->executed += executed;
    }
    if (file >= 0)
        write_line(e);
}

static struct js *entry_js(struct scope *s, const struct entry *e)
{
    char when[25];
    clock_rfc3339(e->wall_ms, when);
    struct js *j = js_object(s);
    js_set_int(j, "n", e->number);
    js_set_text(j, "at", when);
    js_set_text(j, "api", e->api);
    js_set_text(j, "detail", e->detail);
    js_set_bool(j, "executed", e->executed);
    return j;
}

struct js *ledger_read(struct scope *s, const char *api, long long since)
{
    struct js *j = js_object(s), *counts = js_object(s), *entries = js_array(s);
    for (int i = 0; i < APIS_MAX && tallies[i].api[0]; i++) {
        struct js *t = js_object(s);
        js_set_int(t, "accepted", tallies[i].accepted);
        js_set_int(t, "executed", tallies[i].executed);
        js_set(counts, tallies[i].api, t);
    }
    long long first = last - KEPT + 1 > since + 1 ? last - KEPT + 1 : since + 1;
    size_t shown = 0;
    for (long long n = first < 1 ? 1 : first; n <= last && shown < SHOWN; n++) {
        const struct entry *e = &ring[n % KEPT];
        if (e->number != n || (api && strcmp(api, e->api) != 0))
            continue;
        js_push(entries, entry_js(s, e));
        shown++;
    }
    js_set(j, "counts", counts);
    js_set(j, "entries", entries);
    js_set_int(j, "last", last);
    return j;
}
