/* What /metrics of all services says, beside the list that operators read (docs/METRICS.md). */
#include "truth.h"
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(metrics, .init = world_up, .fini = world_down, .timeout = 120);

#define ROWS_MAX 300

struct row {
    char name[80], type[16], labels[120]; /* labels: "route, status" */
    bool seen;
};
static struct row rows[ROWS_MAX];
static int n_rows;

static void read_list(void)
{
    FILE *f = fopen(VA_ROOT "/docs/METRICS.md", "r");
    char line[1024];
    cr_assert_not_null(f);
    while (fgets(line, sizeof line, f)) {
        struct row *r = &rows[n_rows];
        cr_assert_lt(n_rows, ROWS_MAX);
        if (sscanf(line, "| `%79[a-z0-9_]` | %15[a-z] | %119[^|]", r->name, r->type, r->labels) >=
            2)
            n_rows++;
    }
    fclose(f);
    cr_assert_gt(n_rows, 50);
}

static struct row *listed(const char *name, size_t n)
{
    for (int i = 0; i < n_rows; i++)
        if (strlen(rows[i].name) == n && strncmp(rows[i].name, name, n) == 0)
            return &rows[i];
    return NULL;
}

/* Of a sample's name: a histogram's has three. */
static struct row *row_of(const char *name, size_t n)
{
    static const char *const endings[] = {"", "_bucket", "_sum", "_count"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t end = strlen(endings[i]);
        struct row *r =
            n > end && strncmp(name + n - end, endings[i], end) == 0 ? listed(name, n - end) : NULL;
        if (r && (!end || strcmp(r->type, "histogram") == 0))
            return r;
    }
    return NULL;
}

/* "route, status" as it stands in the list, from {route="/x",status="200",le="1"}. */
static const char *labels_of(const char *p)
{
    static char out[200];
    *out = 0;
    while (*p && *p != '}') {
        size_t n = strcspn(p, "=");
        if (strncmp(p, "le=", 3) != 0)
            snprintf(out + strlen(out), sizeof out - strlen(out), "%s%.*s", *out ? ", " : "",
                     (int)n, p);
        for (p += n + 2; *p && *p != '"'; p++)
            p += *p == '\\';
        p += *p == '"';
        p += *p == ',';
    }
    return out;
}

static const char *trimmed(const char *labels)
{
    static char out[120];
    snprintf(out, sizeof out, "%s", labels);
    for (size_t n = strlen(out); n && isspace((unsigned char)out[n - 1]);)
        out[--n] = 0;
    return out;
}

static void check_sample(enum process p, const char *line)
{
    size_t n = strcspn(line, "{ ");
    struct row *r = row_of(line, n);
    cr_assert_not_null(r, "%s tells %.*s, which is not in the list", world_name(p), (int)n, line);
    r->seen = true;
    const char *labels = line[n] == '{' ? labels_of(line + n + 1) : "";
    cr_expect_str_eq(labels, trimmed(r->labels), "%s: %.120s", world_name(p), line);
}

static void check_type(enum process p, const char *line)
{
    char name[80], type[16];
    cr_assert_eq(sscanf(line, "# TYPE %79s %15s", name, type), 2, "%s", line);
    struct row *r = listed(name, strlen(name));
    cr_assert_not_null(r, "%s tells %s, which is not in the list", world_name(p), name);
    cr_expect_str_eq(type, r->type, "%s of %s", name, world_name(p));
}

static void check_service(enum process p)
{
    struct answer a = ask("GET", OPS + (int)p, NULL, "/metrics", NULL);
    cr_assert_eq(a.status, 200);
    char *copy = strdup(a.body), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (strncmp(line, "# TYPE ", 7) == 0)
            check_type(p, line);
        else if (*line && *line != '#')
            check_sample(p, line);
    }
    free(copy);
}

/* What a dashboard shows must be there once a call has come and one has gone out. */
static const char *const wanted[] = {
    "va_http_requests_total",
    "va_http_seconds",
    "va_mq_consumed_total",
    "va_mq_handle_seconds",
    "va_mq_age_seconds",
    "va_mq_confirm_seconds",
    "va_db_seconds",
    "va_httpc_seconds",
    "va_dials_total",
    "va_lines",
    "va_lines_max",
    "va_attempts",
    "va_dial_slots",
    "va_outbox_waiting",
    "va_outbox_age_seconds",
    "va_turn_seconds",
    "va_provider_seconds",
    "va_provider_requests_total",
    "va_conversations",
    "va_callback_events_total",
    "va_loop_turn_seconds",
    "process_open_fds",
    "process_max_fds",
    "process_cpu_seconds_total",
    "va_queue_messages",
    "va_queue_consumers",
    "process_start_time_seconds",
    "process_resident_memory_bytes",
};

static void expect_wanted(void)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct row *r = listed(wanted[i], strlen(wanted[i]));
        cr_assert_not_null(r, "%s", wanted[i]);
        cr_expect(r->seen, "nobody tells %s", wanted[i]);
    }
}

static bool told(enum process p, const char *what)
{
    return strstr(ask("GET", OPS + (int)p, NULL, "/metrics", NULL).body, what) != NULL;
}

static void let_all_happen(void)
{
    const char *agent = login("agent@demo.test");
    call_over(ring(active_voice_agent(), "buyer"));
    const char *contact =
        sql("select id from contacts where real_estate_agent_id = (select id from "
            "real_estate_agents where email = 'agent@demo.test') order by "
            "phone_number limit 1");
    struct answer a =
        ask("POST", API, agent, "/agent/calls/initiate", text("{\"contact_id\":\"%s\"}", contact));
    cr_assert_eq(a.status, 201, "%s", a.body);
    ended_call(field(a.body, "call_id"));
    EVENTUALLY_IN(30, told(DIALER, "\nva_lines{") && told(GATEWAY, "\nva_queue_messages{"));
}

Test(metrics, what_the_services_tell_is_what_the_list_says)
{
    read_list();
    let_all_happen();
    for (int p = GATEWAY; p <= STATS; p++)
        check_service((enum process)p);
    expect_wanted();
}

Test(metrics, the_buckets_of_a_histogram_grow_and_end_with_all)
{
    struct answer a = ask("GET", OPS + GATEWAY, NULL, "/metrics", NULL);
    const char *line = strstr(a.body, "\nva_loop_turn_seconds_bucket{");
    cr_assert_not_null(line);
    long long before = 0;
    int n = 0;
    for (; line && strncmp(line, "\nva_loop_turn_seconds_bucket{", 29) == 0;
         line = strchr(line + 1, '\n')) {
        long long now = atoll(strchr(line, '}') + 1);
        cr_expect_leq(before, now);
        before = now;
        n++;
    }
    cr_expect_gt(n, 10);
    const char *count = strstr(a.body, "\nva_loop_turn_seconds_count{} ");
    cr_assert_not_null(count);
    cr_expect_eq(atoll(count + 30), before);
}
