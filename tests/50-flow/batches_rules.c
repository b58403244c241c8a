/* Batches: who is called when, who is not, and what a batch does when the network refuses. */
#include "meanwhile.h"
#include "plan.h"
#include "truth.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CREATES "\"api\":\"twilio.calls.create\",\"kind\":\"status\""

static void fault(const char *rule)
{
    struct answer a = ask("POST", TELEPHONE, NULL, "/sandbox/faults", rule);
    cr_assert_lt(a.status, 300, "%s", a.body);
}

static const char *contact(int position, const char *name)
{
    struct answer a = ask("GET", API, plan_agent, text("/agent/batches/%s/calls", plan_id), NULL);
    return field(a.body, text("items.%d.%s", position - 1, name));
}

/* ---- one gate ---- */

Test(batches, what_is_asked_of_thousands_at_once_is_what_is_asked_of_one)
{
    plan_begin("20");
    plan_contacts(60);
    sql("insert into contacts (real_estate_agent_id, name, phone_number, timezone) "
        "select '" AGENT_ID "', 'Night', '+1202555' || (2100 + k), 'Etc/GMT+' || k "
        "from generate_series(0, 12) k;"
        "insert into consents (real_estate_agent_id, phone_number, kind, source, created_at) "
        "select '" AGENT_ID "', '+1202555' || (2000 + k), "
        "(array['refused', 'written', 'attested'])[1 + (k + again) %% 3], 'contact', "
        "now() - make_interval(days => again) from generate_series(1, 30) k, generate_series(0, 1) "
        "again;"
        "insert into suppressions (real_estate_agent_id, phone_number, source, lifted_at) "
        "select case k %% 3 when 0 then '" AGENT_ID "' end, '+1202555' || (2030 + k), 'agent', "
        "case when k %% 2 = 0 then now() end from generate_series(1, 10) k;"
        "insert into calls (id, voice_agent_id, real_estate_agent_id, from_number, to_number, "
        "status, "
        "direction) select 'live', id, '" AGENT_ID
        "', '+12025550100', '+12025552050', 'initiated', 'outbound' "
        "from voice_agents; "
        "insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at) "
        "values ('live', '" AGENT_ID "', 'outbound', '+12025552050', now() + interval '1 hour')");
    sql("create view test_numbers as select array_agg(n) as numbers from ("
        "select phone_number as n from contacts union all select phone_number from phone_numbers "
        "union all select '+' || prefix || '5551234' from numbering_areas "
        "union all select '+' || substr((random() * 1e18)::bigint::text, 1, 11) "
        "from generate_series(1, 500)) x");
    for (const char *const *policy = (const char *const[]){"written", "attested", NULL}; *policy;
         policy++) {
        sql("update real_estate_agents set consent_policy = '%s'", *policy);
        cr_expect_str_eq(sql("select coalesce(string_agg(concat_ws(' ', n, one, many), ', '), '') "
                             "from test_numbers "
                             "cross join lateral rows from (unnest(numbers), dial_gates('" AGENT_ID
                             "', numbers, "
                             "null, '{US,FR}'), dial_look('" AGENT_ID
                             "', numbers, '{US,FR}')) x (n, one, many, zones) "
                             "where one is distinct from many "
                             "or zones is distinct from dial_zones('" AGENT_ID "', n)"),
                         "");
    }
    cr_expect_geq(atoi(sql("select count(distinct one) from test_numbers cross join lateral "
                           "dial_look('" AGENT_ID "', numbers, '{US,FR}') x (one, zones)")),
                  6, "reasons that came up");
}

/* ---- who is asleep ---- */

/* Two people; where the second is, it is three in the morning. */
static const char *one_sleeps(void)
{
    const char *ids = plan_contacts(2);
    plan_people_are("busy", 1, 2);
    sql("update contacts set timezone = (select case when ahead >= 0 then 'Etc/GMT+' || ahead "
        "else 'Etc/GMT-' || -ahead end from (select (extract(hour from now() at time zone "
        "'UTC')::int "
        "- 3) as h) x, lateral (select case when h > 12 then h - 24 else h end as ahead) y) "
        "where id = 'person-2'");
    return ids;
}

Test(batches, who_sleeps_is_called_when_it_is_day_there)
{
    plan_begin("20");
    const char *ids = one_sleeps();
    struct answer a = plan_open(ids, "");
    cr_expect_eq(number(a.body, "call_count"), 2);
    cr_expect_eq(number(a.body, "forecast.waiting"), 1, "%s", a.body);
    cr_expect_str_eq(field(a.body, "calls.1.reason"), "quiet_hours");
    cr_expect_str_eq(sql("select extract(hour from (i.not_before at time zone c.timezone))::int "
                         "from batch_contacts i join contacts c on c.id = i.contact_id "
                         "where i.position = 2"),
                     "8");
    EVENTUALLY_IN(40, number(plan_batch(), "contacts.ended") == 1);
    cr_expect_str_eq(plan_state(), "running");
    cr_expect_str_eq(contact(2, "state"), "waiting");
    cr_expect_eq(placed_calls(), 1);
    sql("update contacts set timezone = (select timezone from contacts where id = 'person-1') "
        "where id = 'person-2'; update batch_contacts set not_before = now() where position = 2; "
        "update batches set look_at = now()");
    EVENTUALLY_IN(40, !strcmp(plan_state(), "done"));
    plan_expect_calls(2, 1);
}

Test(batches, who_sleeps_is_left_out_where_nobody_is_to_wait)
{
    plan_begin("20");
    struct answer a = plan_open(one_sleeps(), ",\"when_closed\":\"skip\"");
    cr_expect_eq(number(a.body, "call_count"), 1);
    cr_expect_eq(number(a.body, "forecast.refused.quiet_hours"), 1, "%s", a.body);
    EVENTUALLY_IN(40, !strcmp(plan_state(), "done"));
    cr_expect_eq(placed_calls(), 1);
    cr_expect_str_eq(contact(2, "outcome"), "skipped");
    cr_expect_str_eq(contact(2, "reason"), "quiet_hours");
}

/* ---- what the network says ---- */

Test(batches, who_was_refused_for_a_moment_while_the_batch_was_paused_is_called_after_it)
{
    plan_begin("20");
    const char *ids = plan_contacts(1);
    plan_people_are("busy", 1, 1);
    fault("{" CREATES ",\"status\":429,\"times\":1}");
    world_signal(SANDBOX, SIGSTOP);
    plan_open(ids, "");
    EVENTUALLY(!strcmp(sql("select state from dial_attempts"), "posting"));
    cr_expect_eq(plan_say("pause").status, 200);
    world_signal(SANDBOX, SIGCONT); /* which says now that it is too busy */
    EVENTUALLY(!strcmp(sql("select state from dial_attempts"), "held"));
    EVENTUALLY_IN(30, *sql("select 1 where not exists (select from outbox where type = 'call.dial' "
                           "and sent_at is null)"));
    cr_expect_str_eq(sql("select state from dial_attempts"), "held", "its message came, in vain");
    cr_assert_eq(plan_say("resume").status, 200);
    EVENTUALLY_IN(40, !strcmp(plan_state(), "done"));
    cr_expect_str_eq(field(plan_batch(), "outcomes.busy"), "1");
    cr_expect_str_eq(sql("select count(*) from dial_attempts"), "1");
}

Test(batches, a_network_that_refuses_one_call_after_another_pauses_the_batch)
{
    plan_begin("3");
    const char *ids = plan_contacts(12);
    plan_people_are("busy", 1, 12);
    fault("{" CREATES ",\"status\":400,\"times\":0,\"body\":\"{\\\"code\\\":21210,\\\"message\\\":"
          "\\\"no\\\"}\"}");
    plan_open(ids, ",\"breaker\":{\"window\":20,\"percent\":0,\"refused\":3}");
    EVENTUALLY_IN(40, !strcmp(plan_state(), "paused"));
    cr_expect_str_eq(field(plan_batch(), "reason"), "calls_refused");
    cr_expect_lt(number(plan_batch(), "outcomes.failed"), 12, "%s", plan_batch());
    EVENTUALLY(
        *sql("select 1 where not exists (select from dial_attempts where state = 'posting')"));
    ask("DELETE", TELEPHONE, NULL, "/sandbox/faults", NULL);
    cr_assert_eq(plan_say("resume").status, 200);
    EVENTUALLY_IN(80, !strcmp(plan_state(), "done"));
    cr_expect_geq(number(plan_batch(), "outcomes.busy"), 1, "%s", plan_batch());
}

/* ---- one order of locks ---- */

#define SID "CA00000000000000000000000000000078"

Test(batches, the_dialer_does_not_wait_for_an_attempt_that_is_being_taken_back)
{
    active_voice_agent();
    world_stop(DIALER);
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, from_number, to_number, "
        "status, direction) select 'c' || k, id, real_estate_agent_id, '+12025550100', "
        "'+1202555010' || k, 'initiated', 'outbound' from voice_agents, generate_series(1, 2) k; "
        "insert into dial_attempts (id, call_id, real_estate_agent_id, from_number, to_number, "
        "state, ready_at) select 'a' || substr(id, 2), id, real_estate_agent_id, from_number, "
        "to_number, 'queued', case id when 'c1' then now() end from calls");
    FILE *other = meanwhile("update dial_attempts set state = 'held' where id = 'a1'");
    cr_expect_str_eq(sql("set lock_timeout = 2000; select coalesce(attempt, 'none') from "
                         "dial_next('a2', 'AC', 1000, 100, 0, '{US}')"),
                     "none");
    cr_expect_str_eq(sql("select coalesce(max(state), '') from dial_attempts where id = 'a2' and "
                         "ready_at is not null"),
                     "queued");
    meanwhile_over(other, "commit");
    world_start(DIALER);
}

#define FURTHER_PAGES 60 /* indexes are deeper, and their pages full of what was just put there */

/* The plans are made while nobody waits, and kept; the tables were last looked at when they were empty. */
Test(batches, placing_a_call_reads_no_more_when_three_thousand_wait)
{
    active_voice_agent();
    world_stop(DIALER);
    const char *reads = sql(
        "create function wait(p_from int, p_to int) returns void language sql as $$ "
        "insert into contacts (real_estate_agent_id, name, phone_number, timezone) "
        "select '" AGENT_ID "', 'Contact', '+1202555' || k, (select max(timezone) from contacts) "
        "from generate_series(p_from, p_to) k; "
        "insert into suppressions (real_estate_agent_id, phone_number, source) "
        "select '" AGENT_ID "', '+1212555' || k, 'agent' from generate_series(p_from, p_to) k; "
        "insert into calls (id, voice_agent_id, real_estate_agent_id, from_number, to_number, "
        "status, direction) select 'c' || k, id, real_estate_agent_id, '+12025550100', "
        "'+1202555' || k, 'initiated', 'outbound' from voice_agents, generate_series(p_from, p_to) "
        "k; insert into live_calls (call_id, real_estate_agent_id, direction, far_number, "
        "check_at) select id, real_estate_agent_id, direction, to_number, now() from calls "
        "on conflict do nothing; "
        "insert into dial_attempts (id, call_id, real_estate_agent_id, from_number, to_number, "
        "ready_at) select 'a' || substr(id, 2), id, real_estate_agent_id, from_number, to_number, "
        "now() from calls on conflict do nothing $$;"
        "create function reads() returns int language plpgsql as $$ declare plan jsonb; begin "
        "execute 'explain (analyze, buffers, format json) select n.attempt, c.id from "
        "dial_next(null, ''AC'', 1000, 100, 0, ''{US}'') n left join calls c on c.id = n.call_id' "
        "into plan; "
        "return (plan #>> '{0,Plan,Shared Hit Blocks}')::int; end $$; "
        "analyze; select wait(2000, 2009); select reads(); "
        "create table few as select reads() as pages; select wait(3000, 5999); "
        "select reads() || ' pages, and ' || pages || ' while few waited' from few");
    int many = 0, few = 0;
    cr_assert_eq(sscanf(reads, "%d pages, and %d", &many, &few), 2, "%s", reads);
    cr_expect_leq(many, few + FURTHER_PAGES, "%s", reads);
    cr_expect_str_eq(sql("select count(*) from dial_attempts where state = 'posting'"), "3");
    world_start(DIALER);
}

Test(batches, a_callback_locks_the_attempt_before_its_call_as_everybody_does)
{
    active_voice_agent();
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, from_number, to_number, "
        "status, direction, twilio_call_sid) select 'c1', id, real_estate_agent_id, "
        "'+12025550100', '+12025550101', 'initiated', 'outbound', '" SID "' from voice_agents; "
        "insert into dial_attempts (id, call_id, real_estate_agent_id, from_number, to_number, "
        "state) select 'a1', id, real_estate_agent_id, from_number, to_number, 'posting' from "
        "calls");
    FILE *other = meanwhile("select from dial_attempts where id = 'a1' for update");
    struct answer a =
        post_signed("/webhooks/twilio/status", "AccountSid=" ACCOUNT_SID "&CallSid=" SID
                                               "&CallStatus=ringing&Direction=outbound-api");
    cr_assert_eq(a.status, 204);
    EVENTUALLY(*sql("select 1 from pg_locks l join pg_stat_activity s using (pid) where not "
                    "l.granted and s.datname = current_database() and query ~ 'recordset'"));
    sql("set lock_timeout = 5000; update calls set updated_at = now() where id = 'c1'");
    meanwhile_over(other, "commit");
    EVENTUALLY(!strcmp(sql("select status || ' ' || state from calls c join dial_attempts a on "
                           "a.call_id = c.id"),
                       "ringing bound"));
}

Test(batches, two_that_speak_of_the_same_batches_do_not_wait_for_each_other)
{
    sql("insert into batches (id, real_estate_agent_id, delay_seconds, total) "
        "select 'b' || k, '" AGENT_ID "', 0, 0 from generate_series(1, 2) k");
    FILE *other = meanwhile("select batches_tell('{b1}')");
    sql("set lock_timeout = 2000; select batches_tell('{b2,b1}')");
    meanwhile_over(other, "rollback");
    cr_expect_str_eq(sql("select string_agg(distinct body ->> 'batch_id', ' ') from outbox "
                         "where type = 'batch.changed'"),
                     "b1 b2");
}

Test(batches, whoever_pauses_and_resumes_all_the_time_never_meets_the_dialer_in_a_deadlock)
{
    plan_begin("200");
    const char *ids = plan_contacts(80);
    plan_people_are("busy", 1, 80);
    plan_open(ids, "");
    for (int i = 0; i < 10; i++) {
        cr_expect_eq(plan_say("pause").status, 200);
        cr_expect_eq(plan_say("resume").status, 200);
    }
    EVENTUALLY_IN(90, !strcmp(plan_state(), "done"));
    plan_expect_calls(80, 1);
    cr_expect_str_eq(sql("select deadlocks from pg_stat_database where datname = "
                         "current_database()"),
                     "0");
}

/* ---- what is foretold ---- */

Test(batches, it_is_over_when_it_was_said_to_be)
{
    plan_begin("20");
    const char *ids = plan_contacts(6);
    plan_people_are("busy", 1, 6);
    struct answer a = plan_open(ids, ",\"delay_seconds\":1");
    EVENTUALLY_IN(60, !strcmp(plan_state(), "done"));
    double late =
        atof(sql("select extract(epoch from max(posted_at) - '%s'::timestamptz) from dial_attempts",
                 field(a.body, "forecast.finish_at")));
    cr_expect(late > -2, "%f s", late); /* not before: however slow the machine, it is not faster */
}
