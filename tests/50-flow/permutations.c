/* What Twilio says of a call, in every order and with every repetition: one and the same row. */
#include "truth.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define APPLY VA_ROOT "/services/call-dialer/sql/callbacks_apply.sql"
#define ALL   VA_ROOT "/tests/50-flow/permutations.sql"

TestSuite(permutations, .init = world_up, .fini = world_down, .timeout = 120);

static const char *file(const char *path)
{
    static char content[1 << 16];
    FILE *f = fopen(path, "r");
    cr_assert(f, "%s", path);
    content[fread(content, 1, sizeof content - 1, f)] = 0;
    fclose(f);
    return text("%s", content);
}

/* The dialer's own statement, as a function that a script may call a thousand times. */
static void statement_as_function(void)
{
    sql("create function test_apply(text, text) returns table (test_message bigint, test_orphans "
        "bigint) language plpgsql as $apply$ begin return query %s; end $apply$", /* it keeps the plan */
        file(APPLY));
}

Test(permutations, every_order_and_repetition_of_a_calls_events_ends_in_one_row)
{
    active_voice_agent();
    world_stop(DIALER); /* its reconciler would ask about calls that nobody placed */
    statement_as_function();
    sql("%s", file(ALL));
    cr_expect_str_eq(sql("select count(*) from final_rows"), "1", "%s",
                     sql("select string_agg(final_rows::text, ' ') from final_rows"));
    cr_expect_str_eq(sql("select concat_ws(' ', status, duration_seconds, recording_sid, "
                         "answered_by, bound, attempt, live, events, calls) from final_rows"),
                     "completed 60 RE1 human t bound f 6 5040");
    world_start(DIALER);
}

static const char *say(const char *status, const char *at)
{
    return sql("select count(*) from "
               "test_apply('[{\"kind\":\"status\",\"keep\":false,\"said\":{\"events\":"
               "[{\"key\":\"%s\",\"call_sid\":\"CAx\",\"attempt_id\":\"a\",\"status\":\"%s\","
               "\"at\":\"%s\","
               "\"received_at\":\"%s\",\"params\":{}}]}}]', '120')",
               status, status, at, at);
}

Test(permutations, of_two_different_ends_the_first_is_kept_and_the_provider_asked)
{
    active_voice_agent();
    world_stop(DIALER);
    statement_as_function();
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, from_number, to_number, "
        "status, direction) select 'c', id, real_estate_agent_id, '+12025550100', '+12025550101', "
        "'initiated', 'outbound' from voice_agents; insert into dial_attempts (id, call_id, "
        "real_estate_agent_id, from_number, to_number, state, posted_at) select 'a', id, "
        "real_estate_agent_id, from_number, to_number, 'posting', now() from calls");
    say("busy", "2026-03-01T10:00:00Z");
    say("completed", "2026-03-01T10:00:01Z");
    cr_expect_str_eq(sql("select status from calls"), "busy");
    cr_expect_str_eq(sql("select action || ' ' || object_id || ' ' || detail::text from audit_log "
                         "where actor_kind = 'provider'"),
                     "call.disputed c {\"kept\": \"busy\", \"said\": \"completed\"}");
    cr_expect_str_eq(sql("select call_id from live_calls"), "c");
    world_start(
        DIALER); /* Twilio does not know this call: its first word stays, and nobody asks again */
    EVENTUALLY(strcmp(sql("select count(*) from live_calls"), "0") == 0);
    cr_expect_str_eq(sql("select status from calls"), "busy");
}
