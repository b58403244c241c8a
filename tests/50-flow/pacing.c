/* How fast calls are placed, by any number of dialers, for whom, and how many at once. */
#include "truth.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_MS  1000
#define CONTACTS   30
#define LINES      3
#define CALLS_MAX  400
#define LEDGER_MAX 2000

TestSuite(pacing, .init = world_up, .fini = world_down, .timeout = 300);

static void dialers(const char *cps, int n)
{
    world_set("DIAL_CPS", cps);
    world_stop(DIALER);
    world_start(DIALER);
    for (int i = 1; i < n; i++)
        world_start((enum process)(DIALER_2 + i - 1));
}

static const char *number_nth(int i)
{
    return text("+1415555%04d", i);
}

/* Contacts of the agent's for whom it is day; n ids as a JSON array. */
static const char *contacts(const char *email, int first, int n, const char *script)
{
    for (int i = first; i < first + n; i++)
        callee(number_nth(i), script);
    return sql(
        "with made as (insert into contacts (real_estate_agent_id, name, phone_number, timezone) "
        "select a.id, 'Contact ' || i, '+1415555' || lpad(i::text, 4, '0'), (select max(timezone) "
        "from contacts) from real_estate_agents a, generate_series(%d, %d) i where a.email = '%s' "
        "returning id) select json_agg(id) from made",
        first, first + n - 1, email);
}

static void batch(const char *email, const char *ids, int delay_s)
{
    struct answer a = ask("POST", API, login(email), "/agent/calls/batch",
                          text("{\"contact_ids\":%s,\"delay_seconds\":%d}", ids, delay_s));
    cr_assert_eq(a.status, 201, "batch: %d %s", a.status, a.body);
}

/* When the telephone network received each request for a call: milliseconds of the day. */
static int placed_at(long at[LEDGER_MAX])
{
    struct answer a = ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=twilio.calls.create", NULL);
    int n = length(a.body, "entries");
    cr_assert_leq(n, LEDGER_MAX);
    const char *p = a.body;
    for (int i = 0; i < n; i++) {
        int h, m, s, ms;
        p = strstr(p, "\"at\":\"") + strlen("\"at\":\"");
        cr_assert_eq(sscanf(strchr(p, 'T'), "T%d:%d:%d.%dZ", &h, &m, &s, &ms), 4);
        at[i] = ((h * 60L + m) * 60 + s) * 1000 + ms;
    }
    return n;
}

/* In no second, wherever it begins, are there more than so many. */
static void expect_at_most(int per_second, const long at[], int n)
{
    for (int i = per_second; i < n; i++)
        cr_expect_geq(at[i] - at[i - per_second], SECOND_MS, "calls %d to %d within %ld ms",
                      i - per_second, i, at[i] - at[i - per_second]);
}

/* How near they come to it is measured elsewhere: ./dev bench rate. */
static void expect_paced(int rate, int calls)
{
    static long at[LEDGER_MAX];
    active_voice_agent();
    world_set("LINES_TOTAL", "1000");
    dialers(text("%d", rate), 4);
    batch("agent@demo.test", contacts("agent@demo.test", 1, calls, "busy"), 0);
    EVENTUALLY_IN(180, placed_calls() == calls);
    int n = placed_at(at);
    cr_expect_eq(n, calls);
    expect_at_most(rate, at, n);
    EVENTUALLY(atoi(sql("select count(*) from dial_attempts where state = 'bound'")) == calls);
    fprintf(stderr, "%d calls at %d per second: %.3f per second\n", n, rate,
            (n - 1) * 1000.0 / (double)(at[n - 1] - at[0]));
}

Test(pacing, four_dialers_together_keep_to_the_rate_in_every_second)
{
    expect_paced(20, 100);
}

Test(pacing, so_they_do_to_a_rate_that_is_high)
{
    expect_paced(50, 250);
}

Test(pacing, who_is_frozen_and_wakes_dials_nobody_a_second_late)
{
    static long at[LEDGER_MAX];
    active_voice_agent();
    world_set("LINES_TOTAL", "1000");
    dialers("10", 2);
    batch("agent@demo.test", contacts("agent@demo.test", 1, CONTACTS, "busy"), 0);
    EVENTUALLY(placed_calls() >= 3);
    world_signal(DIALER, SIGSTOP);
    EVENTUALLY_IN(30, *sql("select 1 from dial_attempts having max(posted_at) < now() - "
                           "interval '1200 ms' or count(*) filter (where state = 'bound') > 15"));
    world_signal(DIALER, SIGCONT);
    EVENTUALLY_IN(180, placed_calls() == CONTACTS);
    expect_at_most(10, at, placed_at(at));
    EVENTUALLY(atoi(sql("select count(*) from dial_attempts where state = 'bound'")) == CONTACTS);
}

Test(pacing, one_call_in_two_seconds_is_a_rate_too)
{
    static long at[LEDGER_MAX];
    active_voice_agent();
    dialers("0.5", 2);
    batch("agent@demo.test", contacts("agent@demo.test", 1, 3, "busy"), 0);
    EVENTUALLY_IN(30, placed_calls() == 3);
    placed_at(at);
    cr_expect_geq(at[1] - at[0], 2 * SECOND_MS);
    cr_expect_geq(at[2] - at[1], 2 * SECOND_MS);
}

static void second_voice_agent(void)
{
    struct answer a =
        ask("POST", API, login("agent2@demo.test"), "/agent/voice-agent/request", "{}");
    const char *path = text("/admin/voice-agent-requests/%s/approve", field(a.body, "request_id"));
    cr_assert_lt(ask("POST", API, login("admin@demo.test"), path, "{}").status, 300);
    EVENTUALLY(strcmp(sql("select count(*) from voice_agents where status = 'active'"), "2") == 0);
}

Test(pacing, an_agent_does_not_wait_behind_another_ones_batch)
{
    active_voice_agent();
    second_voice_agent();
    dialers("4", 1);
    batch("agent@demo.test", contacts("agent@demo.test", 1, CONTACTS, "busy"), 0);
    const char *other = contacts("agent2@demo.test", 100, 1, "busy");
    EVENTUALLY(placed_calls() >= 1);
    struct answer a = ask("POST", API, login("agent2@demo.test"), "/agent/calls/initiate",
                          text("{\"phone_number\":\"%s\"}", number_nth(100)));
    cr_expect_eq(a.status, 201, "%d %s, %s", a.status, a.body, other);
    cr_expect_lt(placed_calls(), CONTACTS);
    const char *turn =
        sql("select count(*) from dial_attempts a, dial_attempts b where b.to_number "
            "= '%s' and a.id <> b.id and a.posted_at between b.ready_at and "
            "b.posted_at",
            number_nth(100));
    cr_expect_leq(atoi(turn), 2, "%s calls of the batch were placed meanwhile", turn);
}

Test(pacing, lines_are_kept_free_for_callers)
{
    world_set("LINES_TOTAL", text("%d", LINES));
    world_set("LINES_RESERVED_INBOUND", "1");
    active_voice_agent();
    dialers("20", 2);
    batch("agent@demo.test", contacts("agent@demo.test", 1, 8, "no-answer"), 0);
    EVENTUALLY_IN(40, *sql("select 1 from calls where direction = 'outbound' having count(*) = 8 "
                           "and count(*) filter (where status = 'no-answer') = 8"));
    cr_expect_str_eq(sql("select max(n) from (select count(*) as n from calls a join dial_attempts "
                         "d on d.call_id = a.id join calls b on true join dial_attempts e on "
                         "e.call_id = b.id where e.posted_at <= d.posted_at and b.updated_at > "
                         "d.posted_at group by a.id) at_once"),
                     text("%d", LINES - 1));
}
