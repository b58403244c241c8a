/* Live events, as an open page hears them. */
#include "ears.h"
#include "world.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(events, .init = world_up, .fini = world_down, .timeout = 120);

#define AGENT "agent@demo.test"

/* Listens, and goes on when the stream stands: then nothing that happens is missed. */
static struct ears *listen_as(const char *email, const char *path)
{
    struct ears *e = listen_and_come_back(login(email), path, NULL);
    hear(e, strcmp(path, "/admin/events") ? "ready" : "counters");
    return e;
}

static const char *spoken_to_the_end(const char *line)
{
    const char *sid = ring(line, "lead");
    call_over(sid);
    EVENTUALLY(
        !strcmp(sql("select status from calls where twilio_call_sid = '%s'", sid), "completed"));
    EVENTUALLY(!strcmp(sql("select count(*) from outbox where sent_at is null"), "0"));
    return sid;
}

/* Every event of a call from that one on; NULL: from its first. */
static void expect_all_of(struct ears *e, const char *sid, const char *since)
{
    const char *those =
        text("from outbox o join calls c on c.id = o.call_id where c.twilio_call_sid = '%s' "
             "and o.exchange = 'va.evt' and o.id >= '%s'",
             sid, since ? since : "");
    long n = atol(sql("select count(*) %s", those));
    cr_assert_gt(n, 1);
    for (long i = 0; i < n; i++) {
        const char *id = sql("select o.id %s order by o.id offset %ld limit 1", those, i);
        cr_expect(heard_id(e, id, 30), "event %s (%s) was never heard", id,
                  sql("select type from outbox where id = '%s'", id));
    }
}

Test(events, an_agent_hears_a_call_begin_every_turn_and_its_end)
{
    const char *line = active_voice_agent();
    struct ears *e = listen_as(AGENT, "/agent/events");
    const char *sid = ring(line, "lead");
    const char *begun = hear(e, "call.changed");
    cr_expect_str_eq(field(begun, "status"), "in-progress", "%s", begun);
    cr_expect_str_eq(field(begun, "call.twilio_call_sid"), sid);
    const char *turn = hear(e, "call.spoke");
    cr_expect(field(turn, "turns.0.text"), "%s", turn);
    const char *changed;
    do
        changed = hear(e, "call.changed");
    while (strcmp(field(changed, "status"), "completed") != 0);
    call_over(sid);
    EVENTUALLY(!strcmp(sql("select count(*) from outbox where sent_at is null"), "0"));
    expect_all_of(e, sid, NULL);
    stop_listening(e);
}

Test(events, nobody_else_hears_it_and_an_admin_hears_counters_without_a_number_or_a_word)
{
    const char *line = active_voice_agent();
    struct ears *other = listen_as("agent2@demo.test", "/agent/events");
    struct ears *admin = listen_as("admin@demo.test", "/admin/events");
    const char *sid = ring(line, "lead");
    const char *counters;
    do
        counters = hear(admin, "counters");
    while (number(counters, "inbound") != 1);
    call_over(sid);
    do
        counters = hear(admin, "counters");
    while (number(counters, "calls") != 0);
    cr_expect_null(strstr(everything_heard(admin), "+1"), "%s", everything_heard(admin));
    cr_expect_null(strstr(everything_heard(admin), "\"text\""));
    cr_expect_null(strstr(everything_heard(other), "event: call"), "%s", everything_heard(other));
    stop_listening(other);
    stop_listening(admin);
}

Test(events, whoever_loses_the_gateway_amid_a_call_reads_on_where_he_was)
{
    const char *line = active_voice_agent();
    struct ears *e = listen_as(AGENT, "/agent/events");
    const char *sid = ring(line, "lead");
    hear(e, "call.spoke");
    const char *last = last_heard(e);
    world_kill(GATEWAY);
    cr_expect(falls_silent(e, 5));
    call_over(sid);
    world_start(GATEWAY);
    struct ears *again = listen_and_come_back(login(AGENT), "/agent/events", last);
    EVENTUALLY(
        !strcmp(sql("select status from calls where twilio_call_sid = '%s'", sid), "completed"));
    EVENTUALLY(!strcmp(sql("select count(*) from outbox where sent_at is null"), "0"));
    expect_all_of(again, sid, last);
    stop_listening(e);
    stop_listening(again);
}

Test(events, what_the_broker_lost_on_the_way_is_read_after_the_stream_was_ended)
{
    const char *line = active_voice_agent();
    struct ears *e = listen_as(AGENT, "/agent/events");
    const char *ready = last_heard(e);
    sql("insert into outbox (exchange, routing_key, type, tenant, body, sent_at) select 'va.evt', "
        "'batch.changed', "
        "'batch.changed', id, '{\"batch_id\": \"lost\"}', now() from real_estate_agents where "
        "email = '" AGENT "'");
    const char *lost = sql("select id from outbox where body ->> 'batch_id' = 'lost'");
    spoken_to_the_end(line);
    cr_expect_not(heard_id(e, lost, 0), "nobody published it");
    struct ears *again = listen_to(login(AGENT), "/agent/events", ready);
    cr_expect(heard_id(again, lost, 30));
    stop_listening(e);
    stop_listening(again);
}

Test(events, an_id_that_is_not_ours_or_too_old_is_told_to_read_everything_anew)
{
    active_voice_agent();
    static const char *const ids[] = {"x",
                                      "",
                                      "01a2037d-2000-7f16-9a97-8f2fa6a4281",
                                      "' or true --",
                                      "01800000-0000-7000-8000-000000000000",
                                      "ffffffff-ffff-7fff-8fff-ffffffffffff"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct ears *e = listen_to(login(AGENT), "/agent/events", ids[i]);
        hear(e, "reset");
        hear(e, "ready");
        stop_listening(e);
    }
}

#define MANY 600 /* 18 MB: more than an answer of the database may have, or a socket holds */

/* Batches' events, numbered from 1. sent_at 'now()': nobody publishes them. */
static void long_events(int n, const char *sent_at)
{
    sql("insert into outbox (exchange, routing_key, type, tenant, sent_at, body) "
        "select 'va.evt', 'batch.changed', 'batch.changed', a.id, %s, jsonb_build_object("
        "'batch_id', n::text, 'real_estate_agent_id', a.id, 'filler', repeat('x', 30000)) "
        "from real_estate_agents a, generate_series(1, %d) n where a.email = '" AGENT "'",
        sent_at, n);
}

Test(events, more_than_can_be_read_again_is_not_read_again_and_the_listener_is_told)
{
    active_voice_agent();
    struct ears *e = listen_as(AGENT, "/agent/events");
    const char *ready = last_heard(e);
    stop_listening(e);
    long_events(MANY, "now()");
    struct ears *again = listen_to(login(AGENT), "/agent/events", ready);
    hear(again, "reset");
    hear(again, "ready");
    stop_listening(again);
}

Test(events, a_listener_who_does_not_read_is_dropped_and_the_others_are_not)
{
    active_voice_agent();
    struct ears *deaf = listen_without_reading(login(AGENT), "/agent/events");
    struct ears *e = listen_as(AGENT, "/agent/events");
    const char *metric = "va_event_listeners{} 2";
    EVENTUALLY(strstr(ask("GET", OPS + GATEWAY, NULL, "/metrics", NULL).body, metric));
    long_events(MANY, "null");
    const char *last = sql("select id from outbox where body ->> 'batch_id' = '%d'", MANY);
    cr_expect(heard_id(e, last, 60));
    EVENTUALLY_IN(40, strstr(ask("GET", OPS + GATEWAY, NULL, "/metrics", NULL).body,
                             "va_event_listeners{} 1"));
    cr_expect_not(falls_silent(e, 0));
    stop_listening(e);
    stop_listening(deaf);
}

Test(events, a_disabled_agents_stream_ends_at_once)
{
    active_voice_agent();
    struct ears *e = listen_as(AGENT, "/agent/events");
    const char *id = sql("select id from real_estate_agents where email = '" AGENT "'");
    struct answer a = ask("PATCH", API, login("admin@demo.test"), text("/admin/agents/%s", id),
                          "{\"disabled\":true}");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect(falls_silent(e, 10)); /* the next sign of life would come after 15 s */
    stop_listening(e);
}

Test(events, a_gateway_that_ends_lets_its_listeners_go_first)
{
    active_voice_agent();
    struct ears *e = listen_as(AGENT, "/agent/events");
    world_stop(GATEWAY); /* and it drains, with exit 0 */
    cr_expect(falls_silent(e, 5));
    world_start(GATEWAY);
    stop_listening(e);
}

Test(events, a_gateway_that_ends_ends_what_it_has_in_hand_first)
{
    active_voice_agent();
    struct ears *e = listen_as(AGENT, "/agent/events");
    long_events(MANY, "null");
    hear(e, "batch.changed");
    world_stop(GATEWAY); /* with exit 0 */
    world_start(GATEWAY);
    stop_listening(e);
}

Test(events, an_admin_has_no_agents_events_and_an_agent_no_counters)
{
    cr_expect_eq(ask("GET", API, login("admin@demo.test"), "/agent/events", NULL).status, 403);
    cr_expect_eq(ask("GET", API, login(AGENT), "/admin/events", NULL).status, 403);
    cr_expect_eq(ask("GET", API, NULL, "/agent/events", NULL).status, 401);
}
