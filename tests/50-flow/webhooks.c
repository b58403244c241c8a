/* What Twilio says, and what somebody says who is not Twilio. */
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS    "/webhooks/twilio/status"
#define RECORDING "/webhooks/twilio/recording"

static void up(void)
{
    world_set("RECONCILE_AFTER_S", "300"); /* the sandbox does not know the calls of these tests */
    world_up();
}

TestSuite(webhooks, .init = up, .fini = world_down, .timeout = 90);

static const char *line; /* the voice agent's number, escaped */

static const char *sid_of(int n)
{
    return text("CA%032d", n);
}

/* A status callback of an inbound call; more: further fields, each with its "&". */
static const char *status_form(int call, const char *status, const char *more)
{
    return text("AccountSid=" ACCOUNT_SID
                "&ApiVersion=2010-04-01&CallSid=%s&CallStatus=%s&Called=%s&"
                "Caller=%%2B14155550177&Direction=inbound&From=%%2B14155550177&To=%s%s",
                sid_of(call), status, line, line, more);
}

static const char *recording_form(int call)
{
    return text("AccountSid=" ACCOUNT_SID
                "&CallSid=%s&RecordingSid=RE%032d&RecordingStatus=completed&"
                "RecordingDuration=35&RecordingUrl=http%%3A%%2F%%2F127.0.0.1%%2FRE%032d",
                sid_of(call), call, call);
}

/* Everything a webhook could have moved. */
static const char *row_counts(void)
{
    return sql(
        "select concat_ws(' ', (select count(*) from call_events), (select count(*) from calls), "
        "(select count(*) from live_calls), (select count(*) from outbox where type <> "
        "'agent.changed'))");
}

/* Whatever was published before this, on whichever queue, has been applied when this is. */
static void barrier(int call)
{
    cr_assert_eq(post_signed(STATUS, status_form(call, "completed", "&CallDuration=1")).status,
                 204);
    EVENTUALLY(*sql("select 1 from calls where twilio_call_sid = '%s'", sid_of(call)));
}

Test(webhooks, a_wrong_signature_changes_nothing)
{
    line = escaped(active_voice_agent());
    barrier(1);
    const char *form = status_form(2, "completed", "&CallDuration=37"), *before = row_counts();
    const char *const none[] = {NULL};
    const char *const wrong_token[] = {
        signature_header("fedcba9876543210fedcba9876543210", STATUS, form), NULL};
    const char *const other_path[] = {signature_header(AUTH_TOKEN, RECORDING, form), NULL};
    const char *const other_form[] = {
        signature_header(AUTH_TOKEN, STATUS, status_form(3, "completed", "")), NULL};
    const char *const garbage[] = {"X-Twilio-Signature: %00%ff", NULL};
    const char *const *const all[] = {none, wrong_token, other_path, other_form, garbage};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cr_expect_eq(post_form(HOOKS, STATUS, form, all[i]).status, 403, "forgery %zu", i);
    cr_expect_eq(post_form(HOOKS, "/webhooks/twilio/voice", form, none).status, 403);
    cr_expect_eq(post_form(HOOKS, RECORDING, form, wrong_token).status, 403);
    cr_expect_eq(post_form(HOOKS, STATUS "?a=b", form,
                           (const char *const[]){signature_header(AUTH_TOKEN, STATUS, form), NULL})
                     .status,
                 403);
    cr_expect_str_eq(row_counts(), before);

    barrier(4); /* had a forgery been published, it would be here by now */
    cr_expect_str_eq(sql("select count(*) from call_events where call_sid = '%s'", sid_of(2)), "0");
    cr_expect_str_eq(sql("select count(*) from calls where twilio_call_sid = '%s'", sid_of(2)),
                     "0");
}

Test(webhooks, a_callback_that_arrives_five_times_at_once_counts_once)
{
    line = escaped(active_voice_agent());
    const char *form = status_form(1, "completed", "&CallDuration=37&SequenceNumber=3");
    pid_t posters[5];
    for (int i = 0; i < 5; i++)
        if ((posters[i] = fork()) == 0)
            _exit(post_signed(STATUS, form).status == 204 ? 0 : 1);
    for (int i = 0; i < 5; i++) {
        int status;
        waitpid(posters[i], &status, 0);
        cr_expect_eq(status, 0, "poster %d was refused", i);
    }
    barrier(2);
    cr_expect_str_eq(sql("select count(*) from call_events where call_sid = '%s'", sid_of(1)), "1");
    cr_expect_str_eq(
        sql("select concat_ws(' ', count(*), max(status), max(duration_seconds)) from calls "
            "where twilio_call_sid = '%s'",
            sid_of(1)),
        "1 completed 37");
}

/* ---- every order ---- */

#define EVENTS 5
#define ORDERS 120

static void post_event(int call, int event)
{
    static const char *const statuses[] = {"initiated", "ringing", "in-progress", "completed"};
    struct answer a =
        event == EVENTS - 1
            ? post_signed(RECORDING, recording_form(call))
            : post_signed(STATUS,
                          status_form(call, statuses[event],
                                      text("&SequenceNumber=%d&Timestamp=Sun%%2C+01+Mar+2026+10%%"
                                           "3A00%%3A0%d+%%2B0000%s",
                                           event, event, event == 3 ? "&CallDuration=37" : "")));
    cr_assert_eq(a.status, 204, "event %d: %d %s", event, a.status, a.body);
}

/* The n-th order of the events; every one of them is told twice. */
static void post_in_order(int call, int n)
{
    int left[EVENTS] = {0, 1, 2, 3, 4};
    for (int size = EVENTS; size > 0; size--) {
        int pick = n % size;
        n /= size;
        post_event(call, left[pick]);
        post_event(call, left[pick]);
        memmove(left + pick, left + pick + 1, sizeof *left * (size_t)(size - pick - 1));
    }
}

/* All of one call but what is its own: ids, and when we wrote it. */
#define OUTCOME                                                                                    \
    "concat_ws(' ', status, duration_seconds, started_at, answered_at, ended_at, "                 \
    "recording_seconds, "                                                                          \
    "recording_sid = 'RE' || substr(twilio_call_sid, 3), recording_url like '%%' || "              \
    "recording_sid, from_number, "                                                                 \
    "to_number, direction, end_reason)"

Test(webhooks, every_order_of_a_calls_events_makes_the_same_row)
{
    line = escaped(active_voice_agent());
    for (int n = 0; n < ORDERS; n++)
        post_in_order(100 + n, n);
    EVENTUALLY_IN(
        30, strcmp(sql("select count(*) from call_events"), text("%d", ORDERS * EVENTS)) == 0);
    EVENTUALLY(strcmp(sql("select count(*) from live_calls"), "0") == 0);
    cr_expect_str_eq(sql("select count(*) from calls"), text("%d", ORDERS));
    EVENTUALLY(strcmp(sql("select count(distinct " OUTCOME ") from calls"), "1") == 0);
    cr_expect_str_eq(sql("select concat_ws(' ', status, duration_seconds, recording_seconds, "
                         "extract(epoch from ended_at - started_at)::int) from calls limit 1"),
                     "completed 37 35 3");
}

/* ---- odd, but Twilio's ---- */

Test(webhooks, odd_values_are_kept_for_the_record_and_do_no_harm)
{
    line = escaped(active_voice_agent());
    cr_expect_eq(post_signed(STATUS, status_form(1, "in-progress", "")).status, 204);
    cr_expect_eq(post_signed(STATUS, status_form(1, "teleported", "")).status, 204);
    cr_expect_eq(
        post_signed(STATUS, status_form(1, "completed", "&CallDuration=-5&SequenceNumber=1"))
            .status,
        204);
    cr_expect_eq(
        post_signed(STATUS, status_form(1, "completed", "&CallDuration=1e9&SequenceNumber=2"))
            .status,
        204);
    cr_expect_eq(
        post_signed(STATUS, status_form(1, "completed", "&CallDuration=99999999999&Timestamp=soon"))
            .status,
        204);
    cr_expect_eq(post_signed(STATUS, status_form(1, "completed", "&Novelty=%C3%A4%00%FF")).status,
                 204);
    EVENTUALLY(
        strcmp(sql("select count(*) from call_events where call_sid = '%s'", sid_of(1)), "6") == 0);
    cr_expect_str_eq(sql("select concat_ws(' ', status, duration_seconds) from calls"),
                     "completed 0");
    cr_expect_eq(post_signed(STATUS, status_form(1, "completed", "&CallDuration=37")).status, 204);
    EVENTUALLY(strcmp(sql("select concat_ws(' ', status, duration_seconds) from calls"),
                      "completed 37") == 0);
}

Test(webhooks, what_is_no_callback_of_ours_is_refused)
{
    line = escaped(active_voice_agent());
    const char *before = row_counts(), *form = status_form(1, "completed", "");
    const char *foreign = text(
        "AccountSid=AC99999999999999999999999999999999&CallSid=%s&CallStatus=completed", sid_of(1));
    cr_expect_eq(post_signed(STATUS, foreign).status, 403);
    cr_expect_eq(
        post_signed(STATUS, "AccountSid=" ACCOUNT_SID "&CallSid=CA1&CallStatus=completed").status,
        400);
    cr_expect_eq(post_signed(STATUS, text("%s&CallSid=%s", form, sid_of(2))).status, 400);
    cr_expect_eq(ask("GET", HOOKS, NULL, STATUS, NULL).status, 405);
    cr_expect_eq(ask("POST", HOOKS, NULL, STATUS, "{\"CallStatus\":\"completed\"}").status, 415);
    cr_expect_eq(ask("POST", HOOKS, NULL, "/webhooks/twilio/elsewhere", NULL).status, 404);

    char *big = malloc((1 << 20) + 1);
    memset(big, 'x', 1 << 20);
    big[1 << 20] = 0;
    cr_expect_eq(post_form(HOOKS, STATUS, big, NULL).status, 413);
    free(big);
    cr_expect_str_eq(row_counts(), before);
}
