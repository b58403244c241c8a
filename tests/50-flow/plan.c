#include "plan.h"
#include "truth.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

const char *plan_agent, *plan_id;

void plan_begin(const char *cps)
{
    world_stop(DIALER);
    world_set("DIAL_CPS", cps);
    world_start(DIALER);
    active_voice_agent();
    plan_agent = login("agent@demo.test");
}

const char *plan_contacts(int n)
{
    sql("insert into contacts (id, real_estate_agent_id, name, phone_number, timezone) "
        "select 'person-' || k, '" AGENT_ID "', 'Person ' || k, '+1202555' || (2000 + k), "
        "(select timezone from contacts where timezone is not null limit 1) "
        "from generate_series(1, %d) k",
        n);
    return sql("select json_agg('person-' || k order by k) from generate_series(1, %d) k", n);
}

void plan_people_are(const char *script, int from, int to)
{
    for (int k = from; k <= to; k++)
        callee(text("+1202555%d", 2000 + k), script);
}

struct answer plan_ask(const char *query, const char *ids, const char *further)
{
    return ask("POST", API, plan_agent, text("/agent/calls/batch%s", query),
               text("{\"contact_ids\":%s%s}", ids, further));
}

struct answer plan_open(const char *ids, const char *further)
{
    struct answer a = plan_ask("", ids, further);
    cr_assert_eq(a.status, 201, "batch: %d %s", a.status, a.body);
    plan_id = field(a.body, "batch_id");
    return a;
}

const char *plan_batch(void)
{
    return ask("GET", API, plan_agent, text("/agent/batches/%s", plan_id), NULL).body;
}

const char *plan_state(void)
{
    return field(plan_batch(), "state");
}

struct answer plan_say(const char *word)
{
    return ask("POST", API, plan_agent, text("/agent/batches/%s/%s", plan_id, word), NULL);
}

void plan_expect_calls(int numbers, int times)
{
    struct answer a = ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=twilio.calls.create", NULL);
    int n = length(a.body, "entries");
    const char **to = calloc((size_t)n + 1, sizeof *to);
    cr_assert_eq(n, numbers * times, "%d calls were placed", n);
    for (int i = 0; i < n; i++)
        to[i] = field(a.body, text("entries.%d.detail", i));
    for (int i = 0; i < n; i++) {
        int again = 0;
        for (int k = 0; k < n; k++)
            again += !strcmp(to[i], to[k]);
        cr_expect_eq(again, times, "%s: %d times", to[i], again);
    }
    free(to);
}

long plan_least_spacing(void)
{
    return atol(sql("select coalesce(min(gap), 0)::int from (select extract(epoch from posted_at - "
                    "lag(posted_at) over (order by posted_at)) * 1000 as gap from dial_attempts "
                    "where posted_at is not null) g"));
}
