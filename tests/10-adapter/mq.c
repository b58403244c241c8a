#include "io/mq_impl.h"
#include "base/clock.h"
#include "base/log.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "world_rabbitmq.h"
#include "world_tls.h"
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each test is a task beside open connections; its queues have a prefix of their own. */

enum { HANDLED = 1, DEAD };

static char prefix[48];
static const char *broker_url;
static struct mailbox seen; /* what the handlers saw, in order */
static task_fn *body;

static const char *url(void)
{
    const char *u = broker_url ? broker_url : getenv("TEST_AMQP_URL");
    cr_assert(u, "TEST_AMQP_URL is not set: run by ./dev with");
    return u;
}

static void await_until(bool (*is_so)(void), uint64_t ms)
{
    for (uint64_t until = clock_ms() + ms; !is_so() && clock_left(until);)
        await_sleep(5);
    cr_assert(is_so(), "not within %d ms", (int)ms);
}

static void run_body(void *arg)
{
    await_until(mq_ready, 15000);
    body(arg);
    loop_stop();
}

static void only_body(void *arg)
{
    body(arg);
    loop_stop();
}

static void open_with(const struct mq_queue *queues, size_t n)
{
    if (!*prefix)
        snprintf(prefix, sizeof prefix, "t%d-%llu.", (int)getpid(),
                 (unsigned long long)clock_wall_ms());
    mq_open(&(struct mq_config){.url = url(),
                                .prefix = prefix,
                                .name = "mq test",
                                .queues = queues,
                                .n_queues = n,
                                .rpc = true});
}

static void run_with(task_fn *first, task_fn *fn, const struct mq_queue *queues, size_t n)
{
    body = fn;
    mailbox_init(&seen, 10000);
    loop_open();
    open_with(queues, n);
    task_spawn("test", first, NULL);
    loop_run();
    mq_close();
    loop_close();
    mailbox_fini(&seen);
}
#define WITH(fn, ...)                                                                              \
    run_with(run_body, fn, (const struct mq_queue[]){__VA_ARGS__},                                 \
             sizeof((const struct mq_queue[]){__VA_ARGS__}) / sizeof(struct mq_queue))

static struct event *await_seen(int kind)
{
    struct event *ev = await_event(&seen, clock_ms() + 20000);
    cr_assert(ev, "nothing came");
    cr_assert_eq(ev->kind, kind, "came: %s", ev->data);
    return ev;
}

static void await_seen_text(int kind, const char *text)
{
    struct event *ev = await_seen(kind);
    cr_expect_str_eq(ev->data, text);
    event_free(ev);
}

/* Two sights by different consumers, whose order is free. */
static void await_both(int kind_a, const char *a, int kind_b, const char *b)
{
    struct event *x = await_event(&seen, clock_ms() + 20000);
    struct event *y = await_event(&seen, clock_ms() + 20000);
    cr_assert(x && y, "nothing came");
    bool in_order = x->kind == kind_a && strcmp(x->data, a) == 0;
    struct event *first = in_order ? x : y, *second = in_order ? y : x;
    cr_expect(first->kind == kind_a && second->kind == kind_b);
    cr_expect_str_eq(first->data, a);
    cr_expect_str_eq(second->data, b);
    event_free(x);
    event_free(y);
}

static enum err await_send(const char *exchange, const char *key, const char *text,
                           uint64_t budget_ms)
{
    struct scope s;
    scope_init(&s, budget_ms);
    enum err e = await_publish(
        &s, &(struct mq_out){.exchange = exchange, .key = key, .type = key, .body = text});
    scope_fini(&s);
    return e;
}

/* ---- handlers */

static enum err note(struct msg *m)
{
    mailbox_post(&seen, HANDLED, m->body, m->n);
    return OK;
}

static enum err note_all(struct msg *m)
{
    char *t =
        arena_printf(m->scope.arena, "%s|%s|%s|%s|%s|%s|%u", m->scope.id, m->type, m->scope.tenant,
                     m->scope.call_id, m->scope.trace, m->body, m->deliveries);
    mailbox_post(&seen, HANDLED, t, strlen(t));
    return OK;
}

static enum err note_tries(struct msg *m)
{
    char *t = arena_printf(m->scope.arena, "%s|%u", m->body, m->deliveries);
    mailbox_post(&seen, HANDLED, t, strlen(t));
    return OK;
}

static enum err refuse_junk(struct msg *m)
{
    if (*m->body != '{')
        return fail(&m->scope, ERR_INVALID, "bad_json", "body", "not an object");
    return note(m);
}

static enum err fail_upstream(struct msg *m)
{
    mailbox_post(&seen, HANDLED, fmt_int(m->deliveries), 1);
    return fail(&m->scope, ERR_UPSTREAM, NULL, NULL, "the carrier is away");
}

static enum err fail_once(struct msg *m)
{
    return m->deliveries == 1 ? ERR_BUSY : note_all(m);
}

/* Of va.dead: what would be shown to a person. */
static enum err note_dead(struct msg *m)
{
    const char *of_broker = msg_header(m, "x-first-death-reason");
    const char *reason = msg_header(m, "x-reason");
    char *t = arena_printf(m->scope.arena, "%s|%s|%s|%s|%s|%zu", reason ? reason : of_broker,
                           msg_header(m, "x-queue"), msg_header(m, "x-exchange"),
                           msg_header(m, "x-key"), m->type, m->n);
    mailbox_post(&seen, DEAD, t, strlen(t));
    return OK;
}

#define DEAD_LETTERS                                                                               \
    {                                                                                              \
        .name = MQ_DEAD, .prefetch = 10, .handler = note_dead                                      \
    }

/* ---- publishing and consuming */

TestSuite(mq, .timeout = 60);

static void one_message(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 5000);
    struct mq_out out = {.exchange = MQ_CMD,
                         .key = "call.dial",
                         .type = "call.dial",
                         .body = "{}",
                         .id = "018f0000-0000-7000-8000-000000000001",
                         .tenant = "a1",
                         .call_id = "c1",
                         .trace = "00-11111111111111111111111111111111-2222222222222222-01"};
    cr_expect_eq(await_publish(&s, &out), OK);
    scope_fini(&s);
    await_seen_text(HANDLED, "018f0000-0000-7000-8000-000000000001|call.dial|a1|c1|"
                             "00-11111111111111111111111111111111-2222222222222222-01|{}|1");
    await_sleep(100);
    cr_expect_null(mailbox_take(&seen));
    cr_expect_eq(mq_busy(), 0);
}

Test(mq, carries_a_confirmed_message_with_its_headers_to_one_handler)
{
    WITH(one_message, {"call.dial", MQ_CMD, "call.dial", 1, note_all});
}

static int confirmed, failed;

static void on_done(void *arg, enum err e)
{
    (void)arg;
    if (e)
        failed++;
    else
        confirmed++;
}

static bool all_answered(void)
{
    return confirmed + failed >= 1000;
}

static void thousand(void *arg)
{
    (void)arg;
    for (int i = 0; i < 1000; i++) {
        const char *n = fmt_int(i);
        mq_publish(&(struct mq_out){.exchange = MQ_CMD, .key = "job", .type = "job", .body = n},
                   clock_ms() + 10000, on_done, NULL);
    }
    cr_expect_eq(confirmed + failed, 0); /* never before the call has returned */
    cr_expect_eq(mq_busy(), 1000);
    await_until(all_answered, 15000);
    cr_expect_eq(confirmed, 1000);
    for (int i = 0; i < 1000; i++)
        await_seen_text(HANDLED, fmt_int(i));
}

Test(mq, keeps_a_thousand_publishes_in_flight)
{
    WITH(thousand, {"job", MQ_CMD, "job", 200, note});
}

Test(mq, speaks_tls_with_a_broker_whose_authority_it_is_told)
{
    const char *at = url();
    const char *host = strstr(at, "@127.0.0.1:");
    cr_assert(host, "%s is not of loopback", at);
    char over[256];
    snprintf(over, sizeof over, "amqps://%.*s@127.0.0.1:%d%s?cacertfile=%s",
             (int)(host - at - strlen("amqp://")), at + strlen("amqp://"),
             tls_front_start(atoi(host + strlen("@127.0.0.1:"))), strrchr(at, '/'), tls_front_ca);
    broker_url = over;
    WITH(thousand, {"job", MQ_CMD, "job", 200, note});
    tls_front_stop();
}

static void unroutable(void *arg)
{
    (void)arg;
    cr_expect_eq(await_send(MQ_CMD, "nobody.takes", "{}", 5000), ERR_MISSING);
    cr_expect_eq(await_send(MQ_CMD, "job", "1", 5000), OK);
    cr_expect_eq(await_send(NULL, "amq.gen-gone", "{}", 5000), ERR_MISSING);
    cr_expect_eq(await_send(NULL, "job", "2", 5000), OK);
    cr_expect_eq(await_send("va.other", "job", "{}", 5000), ERR_INVALID);
    await_seen_text(HANDLED, "1");
    await_seen_text(HANDLED, "2");
}

Test(mq, tells_the_sender_of_a_command_that_no_queue_takes)
{
    WITH(unroutable, {"job", MQ_CMD, "job", 1, note});
}

static void events(void *arg)
{
    (void)arg;
    cr_expect_eq(await_send(MQ_EVT, "call.changed", "heard", 5000), OK);
    cr_expect_eq(await_send(MQ_EVT, "agent.changed", "kept", 5000), OK);
    await_both(HANDLED, "heard", HANDLED, "kept");
}

Test(mq, keeps_an_event_without_a_listener_in_the_unrouted_queue)
{
    WITH(events, {NULL, MQ_EVT, "call.*", 10, note}, {MQ_UNROUTED, NULL, NULL, 10, note});
}

/* ---- what becomes of a bad one */

static bool idle(void)
{
    return mq_busy() == 0;
}

static void junk(void *arg)
{
    (void)arg;
    cr_expect_eq(await_send(MQ_CMD, "job", "junk", 5000), OK);
    cr_expect_eq(await_send(MQ_CMD, "job", "{}", 5000), OK);
    await_both(HANDLED, "{}", DEAD, "INVALID bad_json body: not an object|job|va.cmd|job|job|4");
    await_until(idle, 5000);
}

Test(mq, buries_a_poison_message_with_its_reason_while_others_flow_on)
{
    WITH(junk, {"job", MQ_CMD, "job", 1, refuse_junk}, DEAD_LETTERS);
}

/* Past our own envelope, as a stranger would publish. */
static void deliver_raw(struct wire_msg m)
{
    m.exchange = mq_exchange(MQ_CMD);
    m.key = "job";
    publish_send(&m, true, clock_ms() + 5000, on_done, NULL);
}

static void bad_envelopes(void *arg)
{
    (void)arg;
    static char large[MQ_REQUEST_MAX + 1], huge[MQ_BODY_KEPT + 1];
    deliver_raw((struct wire_msg){.type = "job", .body = "{}", .n = 2});
    await_seen_text(DEAD, "message_id: missing|job|va.cmd|job|job|2");
    deliver_raw((struct wire_msg){.id = "1", .body = "{}", .n = 2});
    await_seen_text(DEAD, "type: missing|job|va.cmd|job||2");
    deliver_raw((struct wire_msg){
        .id = "0123456789012345678901234567890123456", .type = "job", .body = ""});
    await_seen_text(DEAD, "message_id: longer than 36 characters|job|va.cmd|job|job|0");
    deliver_raw((struct wire_msg){.id = "1", .type = "job", .body = large, .n = sizeof large});
    await_seen_text(DEAD, "body: over 64 KiB|job|va.cmd|job|job|65537");
    deliver_raw((struct wire_msg){.id = "1",
                                  .type = "job",
                                  .body = "{}",
                                  .n = 2,
                                  .n_headers = 1,
                                  .headers = {{"schema", NULL, 2}}});
    await_seen_text(DEAD, "schema: not a version we know|job|va.cmd|job|job|2");
    deliver_raw((struct wire_msg){.id = "1", .type = "job", .body = huge, .n = sizeof huge});
    await_seen_text(DEAD,
                    "rejected|(null)|(null)|(null)|job|0"); /* by the broker: too large for us */
}

Test(mq, buries_a_message_with_a_bad_envelope_at_its_first_delivery)
{
    WITH(bad_envelopes, {"job", MQ_CMD, "job", 1, note}, DEAD_LETTERS);
}

static void retries(void *arg)
{
    (void)arg;
    cr_expect_eq(await_send(MQ_CMD, "job", "{}", 5000), OK);
    uint64_t began = clock_ms();
    for (int i = 1; i <= 6; i++)
        await_seen_text(HANDLED, fmt_int(i));
    cr_expect_geq(clock_ms() - began, 3000); /* halves of 0.2 + 0.4 + 0.8 + 1.6 + 3.2 s */
    await_seen_text(DEAD, "UPSTREAM: the carrier is away|job|va.cmd|job|job|2");
    await_until(idle, 5000);
}

Test(mq, tries_six_times_with_growing_pauses_before_a_message_is_dead)
{
    WITH(retries, {"job", MQ_CMD, "job", 1, fail_upstream}, DEAD_LETTERS);
}

static bool is_workable;

static bool workable(void)
{
    return is_workable;
}

static void outage(void *arg)
{
    (void)arg;
    mq.cfg.workable = workable;
    cr_expect_eq(await_send(MQ_CMD, "job", "of before", 5000), OK);
    cr_expect_eq(await_send(NULL, "turn.take", "of a caller", 5000), OK);
    await_seen_text(HANDLED, "of a caller"); /* cannot wait, and need not */
    await_sleep(300);                        /* longer than the first pause of a retry */
    cr_expect_null(mailbox_take(&seen));
    is_workable = true;
    await_seen_text(HANDLED, "of before|1"); /* its first delivery still */
    await_until(idle, 5000);
}

Test(mq, spends_no_tries_while_what_the_handlers_need_is_away)
{
    WITH(outage, {"job", MQ_CMD, "job", 1, note_tries},
         {"turn.take", MQ_CMD, "turn.take", 1, note, .live = true});
}

static void open_with_get(const struct mq_queue *queue)
{
    mq_close();
    mq_open(&(struct mq_config){.url = url(),
                                .prefix = prefix,
                                .name = "mq test",
                                .queues = queue,
                                .n_queues = 1,
                                .get = true});
    await_until(mq_ready, 15000);
}

/* The bodies that are in the queue, in order; the one that is `taken` leaves it. */
static const char *await_look_through(char out[64], const char *taken)
{
    enum err e = OK;
    for (*out = 0; !e;) {
        struct scope s;
        struct mq_letter l;
        scope_init(&s, 5000);
        e = await_get(&s, "job", &l);
        if (!e) {
            snprintf(out + strlen(out), 64 - strlen(out), "%s%u ", l.body, l.left);
            cr_expect_str_eq(letter_header(&s, &l, "schema"), "1");
            if (taken && strcmp(l.body, taken) == 0)
                letter_take(&l);
        }
        scope_fini(&s);
    }
    cr_expect_eq(e, ERR_MISSING);
    return out;
}

static void look_through(void *arg)
{
    (void)arg;
    static const struct mq_queue job = {"job", MQ_CMD, "job"};
    char seen_now[64];
    for (const char *p = "abc"; *p; p++)
        cr_expect_eq(await_send(MQ_CMD, "job", (char[]){*p, 0}, 5000), OK);
    open_with_get(&job);
    cr_expect_str_eq(await_look_through(seen_now, "b"), "a2 b1 c0 ");
    open_with_get(&job); /* what was not taken is there again */
    cr_expect_str_eq(await_look_through(seen_now, NULL), "a1 c0 ");
    mq_close();
    struct scope s;
    struct mq_letter l;
    scope_init(&s, 5000);
    cr_expect_eq(await_get(&s, "job", &l), ERR_BUSY, "without a connection");
    scope_fini(&s);
}

Test(mq, shows_a_queue_to_who_looks_through_it_and_takes_only_what_is_asked)
{
    WITH(look_through, {"job", MQ_CMD, "job"});
}

static void second_try(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 5000);
    cr_expect_eq(await_publish(
                     &s,
                     &(struct mq_out){
                         .exchange = MQ_CMD, .key = "job", .type = "job", .id = "1", .body = "{}"}),
                 OK);
    scope_fini(&s);
    struct event *ev = await_seen(HANDLED);
    cr_expect(strncmp(ev->data, "1|job|", 6) == 0);
    cr_expect(strstr(ev->data, "|{}|2"), "%s", ev->data);
    event_free(ev);
}

Test(mq, delivers_again_what_a_handler_gave_back)
{
    WITH(second_try, {"job", MQ_CMD, "job", 1, fail_once});
}

static void own_gives_up(void *arg)
{
    (void)arg;
    cr_expect_eq(await_send(MQ_EVT, "tick", "{}", 5000), OK);
    await_seen_text(HANDLED, "1");
    await_seen_text(HANDLED, "2");
    await_seen_text(DEAD, "UPSTREAM: the carrier is away|own|va.evt|tick|tick|2");
}

Test(mq, gives_up_the_second_delivery_on_an_own_queue)
{
    WITH(own_gives_up, {NULL, MQ_EVT, "tick", 1, fail_upstream}, DEAD_LETTERS);
}

/* ---- requests and answers */

static enum err ask(const char *queue, const char *text, uint64_t budget_ms, char *out, size_t size,
                    struct fault *why)
{
    struct scope s;
    struct mq_answer answer = {""};
    scope_init(&s, budget_ms);
    enum err e = await_rpc(&s,
                           &(struct mq_out){.exchange = queue ? NULL : MQ_CMD,
                                            .key = queue ? queue : "turn.take",
                                            .type = "turn.take",
                                            .body = text},
                           &answer);
    snprintf(out, size, "%s", e ? s.fault.message : answer.body);
    if (why)
        *why = s.fault;
    scope_fini(&s);
    return e;
}

static enum err echo(struct msg *m)
{
    if (strcmp(m->body, "mute") == 0)
        return OK;
    if (strcmp(m->body, "bad") == 0)
        return fail(&m->scope, ERR_UNPROCESSABLE, "bad_turn", "speech", "too silent");
    if (strcmp(m->body, "slow") == 0)
        await_sleep(700);
    mailbox_post(&seen, HANDLED, m->body, m->n);
    msg_answer(m, m->body, m->n, false);
    msg_answer(m, "!", 1, true);
    return OK;
}

#define TURNS                                                                                      \
    {                                                                                              \
        "turn.take", MQ_CMD, "turn.take", 1, echo, .live = true                                    \
    }

static void conversation(void *arg)
{
    (void)arg;
    char a[200];
    struct fault f;
    cr_expect_eq(ask(NULL, "hello", 5000, a, sizeof a, NULL), OK);
    cr_expect_str_eq(a, "hello!");
    cr_expect_eq(ask(NULL, "bad", 5000, a, sizeof a, &f), ERR_UNPROCESSABLE);
    cr_expect_str_eq(f.code, "bad_turn");
    cr_expect_str_eq(f.field, "speech");
    cr_expect_str_eq(f.message, "too silent");
    cr_expect_eq(ask(NULL, "mute", 5000, a, sizeof a, NULL), ERR_BUG);
    await_until(idle, 5000);
}

Test(mq, answers_a_request_with_text_or_with_the_error_of_the_handler)
{
    WITH(conversation, TURNS);
}

static int turns_done;

static void one_turn(void *arg)
{
    char a[200];
    cr_expect_eq(ask(NULL, arg, 10000, a, sizeof a, NULL), OK);
    cr_expect_eq(strncmp(a, arg, 1), 0);
    turns_done++;
}

static bool both_turns(void)
{
    return turns_done == 2;
}

static void two_askers(void *arg)
{
    (void)arg;
    task_spawn("slow", one_turn, (void *)"slow");
    task_spawn("quick", one_turn, (void *)"quick");
    await_until(both_turns, 10000);
    await_both(HANDLED, "slow", HANDLED, "quick");
}

Test(mq, keeps_the_answers_of_two_askers_apart)
{
    WITH(two_askers, {"turn.take", MQ_CMD, "turn.take", 2, echo, .live = true});
}

static void late_work(void *arg)
{
    (void)arg;
    char a[200];
    task_spawn("slow", one_turn, (void *)"slow"); /* holds the only place */
    await_sleep(100);
    cr_expect_eq(ask(NULL, "expired", 300, a, sizeof a, NULL), ERR_TIMEOUT);
    cr_expect_eq(ask(NULL, "in time", 10000, a, sizeof a, NULL), OK);
    await_seen_text(HANDLED, "slow");
    await_seen_text(HANDLED, "in time"); /* and nothing between: nobody waits for it any more */
}

Test(mq, drops_a_request_whose_deadline_has_passed)
{
    WITH(late_work, TURNS);
}

static void nobody_home(void *arg)
{
    (void)arg;
    char a[200];
    cr_expect_eq(ask(NULL, "?", 5000, a, sizeof a, NULL), ERR_MISSING);
    cr_expect_str_eq(a, "turn.take: nobody listens");
}

Test(mq, tells_an_asker_at_once_that_nobody_listens)
{
    WITH(nobody_home, DEAD_LETTERS);
}

static void own_queue(void *arg)
{
    (void)arg;
    char a[200], name[256];
    snprintf(name, sizeof name, "%s", mq_replica_queue());
    cr_expect(strncmp(name, "amq.gen-", 8) == 0, "%s", name);
    cr_expect_eq(ask(name, "direct", 5000, a, sizeof a, NULL), OK);
    cr_expect_str_eq(a, "direct!");
    await_seen_text(HANDLED, "direct");
    mq_close(); /* the replica goes, and its queue with it */
    open_with((const struct mq_queue[]){DEAD_LETTERS}, 1);
    await_until(mq_ready, 15000);
    cr_expect_eq(ask(name, "direct", 5000, a, sizeof a, NULL), ERR_MISSING);
}

Test(mq, reaches_a_replica_by_its_own_queue_until_it_is_gone)
{
    WITH(own_queue, {NULL, NULL, NULL, 1, echo, .live = true});
}

static bool consumers_settled(void)
{
    return wire_ready(mq.consume);
}

static void quiesced(void *arg)
{
    (void)arg;
    char a[200], name[256];
    snprintf(name, sizeof name, "%s", mq_replica_queue());
    mq_quiesce();
    cr_expect_not(mq_consuming());
    await_until(consumers_settled, 5000);
    cr_expect_eq(ask(NULL, "anybody", 300, a, sizeof a, NULL), ERR_TIMEOUT);
    cr_expect_eq(ask(name, "you", 5000, a, sizeof a, NULL), OK);
    cr_expect_str_eq(a, "you!");
    await_seen_text(HANDLED, "you");
    cr_expect_str_eq(mq_replica_queue(), name);
    await_until(mq_ended, 5000);
    cr_expect_eq(ask(name, "too late", 5000, a, sizeof a, NULL), ERR_MISSING);
}

Test(mq, a_quiesced_process_still_answers_who_asks_it_alone)
{
    WITH(quiesced, TURNS, {NULL, NULL, NULL, 1, echo, .live = true});
}

#define AUDIO 300000

static enum err speak(struct msg *m)
{
    char *audio = arena_alloc(m->scope.arena, AUDIO);
    for (int i = 0; i < AUDIO; i++)
        audio[i] = (char)(i * 7 + i / 251);
    for (int part = 0; part < 10; part++)
        msg_answer(m, audio, AUDIO, false);
    msg_answer(m, "", 0, true);
    return OK;
}

struct hearing {
    size_t n, wrong;
    int parts;
    bool ended;
    enum err e;
};

static void on_audio(void *arg, const char *data, size_t n)
{
    struct hearing *h = arg;
    for (size_t i = 0; i < n; i++) {
        int at = (int)((h->n + i) % AUDIO);
        h->wrong += data[i] != (char)(at * 7 + at / 251);
    }
    h->n += n;
    h->parts++;
}

static struct hearing heard;

static void on_audio_end(void *arg, enum err e)
{
    struct hearing *h = arg;
    cr_expect_not(h->ended);
    h->ended = true;
    h->e = e;
}

static bool audio_ended(void)
{
    return heard.ended;
}

static const struct mq_stream_h hearing_h = {on_audio, on_audio_end};
static const struct mq_out audio_request = {
    .exchange = MQ_CMD, .key = "turn.audio", .type = "turn.audio", .body = "{}"};

static void streamed(void *arg)
{
    (void)arg;
    mq_rpc_stream(&audio_request, clock_ms() + 10000, &hearing_h, &heard);
    cr_expect_not(heard.ended);
    await_until(audio_ended, 15000);
    cr_expect_eq(heard.e, OK);
    cr_expect_eq(heard.n, 10 * AUDIO);
    cr_expect_eq(heard.wrong, 0);
    cr_expect_geq(heard.parts, 10);
}

Test(mq, streams_three_megabytes_of_answer_in_order)
{
    WITH(streamed, {"turn.audio", MQ_CMD, "turn.audio", 1, speak, .live = true});
}

static struct mq_stream *to_cancel;

static void on_first_part(void *arg, const char *data, size_t n)
{
    on_audio(arg, data, n);
    mq_stream_cancel(to_cancel);
}

static void canceled_stream(void *arg)
{
    (void)arg;
    static const struct mq_stream_h h = {on_first_part, on_audio_end};
    to_cancel = mq_rpc_stream(&audio_request, clock_ms() + 10000, &h, &heard);
    char a[200];
    cr_expect_eq(ask(NULL, "meanwhile", 10000, a, sizeof a, NULL), OK);
    await_sleep(200);
    cr_expect_eq(heard.parts, 1);
    cr_expect_not(heard.ended);
}

Test(mq, calls_nothing_more_after_a_stream_was_canceled_in_its_own_callback)
{
    WITH(canceled_stream, {"turn.audio", MQ_CMD, "turn.audio", 1, speak, .live = true}, TURNS);
}

/* ---- faults */

static void no_broker(void *arg)
{
    (void)arg;
    char a[200];
    mq_hint(&(struct mq_out){.exchange = MQ_EVT, .key = "x", .type = "x", .body = "{}"});
    mq_publish(&(struct mq_out){.exchange = MQ_CMD, .key = "x", .type = "x", .body = "{}"},
               clock_ms() + 5000, on_done, NULL);
    cr_expect_eq(failed, 0);
    cr_expect_eq(mq_busy(), 1);
    cr_expect_eq(await_send(MQ_CMD, "x", "{}", 5000), ERR_BUSY);
    cr_expect_eq(failed, 1);
    cr_expect_eq(ask(NULL, "?", 5000, a, sizeof a, NULL), ERR_BUSY);
    cr_expect_not(mq_ready());
    cr_expect_str_empty(mq_replica_queue());
}

Test(mq, refuses_at_once_while_there_is_no_broker)
{
    broker_url = "amqp://guest:guest@127.0.0.1:1/%2f";
    run_with(only_body, no_broker, (const struct mq_queue[]){TURNS}, 1);
}

static void ctl_delete(void *arg)
{
    char command[256];
    snprintf(command, sizeof command, "$TEST_RABBITMQCTL -q delete_queue '%s%s' >/dev/null", prefix,
             (const char *)arg);
    cr_expect_eq(system(command), 0);
}

static bool job_comes_back(void)
{
    return mq_consuming() && mq_ready();
}

static void deleted_queue(void *arg)
{
    (void)arg;
    cr_assert(getenv("TEST_RABBITMQCTL"), "TEST_RABBITMQCTL is not set: run by ./dev with");
    await_work(ctl_delete, (void *)"job");
    await_until(job_comes_back, 10000);
    while (await_send(MQ_CMD, "job", "again", 5000) == ERR_MISSING)
        await_sleep(20); /* its cancel notice is still on the way */
    await_seen_text(HANDLED, "again");
}

Test(mq, declares_and_consumes_again_when_its_queue_was_deleted)
{
    WITH(deleted_queue, {"job", MQ_CMD, "job", 1, note});
}

static void leave(void *arg)
{
    (void)arg;
}

static int open_as_child(bool live)
{
    pid_t pid = fork();
    if (pid == 0) {
        const struct mq_queue q = {"job", MQ_CMD, "job", 1, note, .live = live};
        run_with(run_body, leave, &q, 1);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(mq, ends_the_process_when_a_queue_exists_with_other_arguments)
{
    snprintf(prefix, sizeof prefix, "t%d-%llu.", (int)getpid(),
             (unsigned long long)clock_wall_ms());
    cr_expect_eq(open_as_child(false), 0);
    cr_expect_eq(open_as_child(true), 70);
}

/* A peer that is no broker: says its one sentence to everybody. */
struct impostor {
    int fd, n;
    const char *says;
    atomic_int accepted;
    pthread_t thread;
    char url[64];
};

static struct impostor impostor;

static void *impersonate(void *arg)
{
    (void)arg;
    for (int c; (c = accept(impostor.fd, NULL, NULL)) >= 0;) {
        impostor.accepted++;
        if (impostor.n && send(c, impostor.says, (size_t)impostor.n, MSG_NOSIGNAL) < 0)
            break;
        /* It stays open, and silent, until the process ends. */
    }
    return NULL;
}

static void impostor_up(const char *says, int n)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    impostor.says = says;
    impostor.n = n;
    impostor.fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(impostor.fd, (struct sockaddr *)&a, size), 0);
    cr_assert_eq(listen(impostor.fd, 16), 0);
    getsockname(impostor.fd, (struct sockaddr *)&a, &size);
    snprintf(impostor.url, sizeof impostor.url, "amqp://guest:guest@127.0.0.1:%d/%%2f",
             ntohs(a.sin_port));
    broker_url = impostor.url;
    pthread_create(&impostor.thread, NULL, impersonate, NULL);
}

static bool tried_again(void)
{
    return impostor.accepted >= 7; /* three connections, each more than twice */
}

static void is_tried_again(void *arg)
{
    (void)arg;
    await_until(tried_again, 25000);
    cr_expect_not(mq_ready());
    cr_expect_eq(await_send(MQ_CMD, "x", "{}", 5000), ERR_BUSY);
}

static void survive(const char *says, int n)
{
    impostor_up(says, n);
    run_with(only_body, is_tried_again, (const struct mq_queue[]){TURNS}, 1);
    shutdown(impostor.fd, SHUT_RDWR);
    pthread_join(impostor.thread, NULL);
}

Test(mq, leaves_a_peer_that_answers_something_else)
{
    static const char says[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    survive(says, sizeof says - 1);
}

Test(mq, leaves_a_peer_that_speaks_another_version)
{
    survive("AMQP\0\1\0\0", 8);
}

Test(mq, leaves_a_peer_that_sends_frames_out_of_turn)
{
    /* basic.deliver on channel 9, torn in the middle of its arguments but well framed */
    survive("\1\0\x9\0\0\0\5\0\x3c\0\x3c\1\xce", 13);
}

Test(mq, leaves_a_peer_that_sends_a_body_nobody_announced)
{
    survive("\3\0\1\0\0\0\3abc\xce\1\0\0\0\0\0\4\0\x0a\0\x63\xce", 23);
}

Test(mq, leaves_a_peer_that_says_nothing)
{
    survive("", 0);
}

static struct rabbitmq own;
static int beats;
static uint64_t last_beat, worst_gap;

static void on_beat(void *arg)
{
    (void)arg;
    uint64_t now = clock_ms();
    if (last_beat && now - last_beat > worst_gap)
        worst_gap = now - last_beat;
    last_beat = now;
    beats++;
}

static void ctl(void *arg)
{
    rabbitmq_ctl(&own, arg);
}

static bool not_ready(void)
{
    return !mq_ready();
}

static enum err slow_note(struct msg *m)
{
    await_sleep(50);
    return note(m);
}

static void alarm_and_back(void *arg)
{
    (void)arg;
    for (int i = 0; i < 100; i++)
        mq_publish(
            &(struct mq_out){.exchange = MQ_CMD, .key = "job", .type = "job", .body = fmt_int(i)},
            clock_ms() + 10000, on_done, NULL);
    struct timer *beat = timer_every(10, on_beat, NULL);
    await_seen_text(HANDLED, "0");
    await_work(ctl, (void *)"set_vm_memory_high_watermark absolute 1");

    uint64_t began = clock_ms();
    cr_expect_eq(await_send(MQ_CMD, "job", "stuck", 500), ERR_TIMEOUT);
    cr_expect_geq(clock_ms() - began, 490);
    await_until(not_ready, 5000);
    cr_expect_eq(await_send(MQ_CMD, "job", "refused", 5000), ERR_BUSY);
    for (int i = 1; i < 100; i++) /* consuming and acking go on */
        await_seen_text(HANDLED, fmt_int(i));
    cr_expect_lt(worst_gap, 2000);
    cr_expect_gt(beats, 50);

    await_work(ctl, (void *)"set_vm_memory_high_watermark absolute 1GB");
    await_until(mq_ready, 10000);
    cr_expect_eq(await_send(MQ_CMD, "job", "after", 5000), OK);
    await_seen_text(HANDLED, "stuck"); /* not confirmed in time is not the same as lost */
    await_seen_text(HANDLED, "after");
    cr_expect_eq(confirmed, 100);
    timer_cancel(&beat);
}

static void own_up(void)
{
    rabbitmq_up(&own);
    broker_url = own.url;
}

static void own_down(void)
{
    rabbitmq_down(&own);
}

Test(mq, goes_on_consuming_and_never_stalls_while_the_broker_takes_nothing, .init = own_up,
     .fini = own_down, .timeout = 120)
{
    WITH(alarm_and_back, {"job", MQ_CMD, "job", 1, slow_note});
}

static bool got[20000], wanted[20000]; /* consumed, confirmed */
static int sent;

static enum err tick_off(struct msg *m)
{
    got[atoi(m->body)] = true;
    return OK;
}

static void on_numbered(void *arg, enum err e)
{
    if (e == OK)
        wanted[(intptr_t)arg] = true;
    on_done(NULL, e);
}

static void send_burst(void *arg)
{
    (void)arg;
    for (int i = 0; i < 20 && sent < 20000; i++, sent++)
        mq_publish(
            &(struct mq_out){
                .exchange = MQ_CMD, .key = "job", .type = "job", .body = fmt_int(sent)},
            clock_ms() + 5000, on_numbered, (void *)(intptr_t)sent);
}

static bool nothing_lost(void)
{
    for (int i = 0; i < sent; i++)
        if (wanted[i] && !got[i])
            return false;
    return true;
}

static void restart(void *arg)
{
    (void)arg;
    rabbitmq_kill(&own);
    rabbitmq_start(&own);
}

static void through_a_restart(void *arg)
{
    (void)arg;
    struct timer *burst = timer_every(10, send_burst, NULL);
    /* The broker notes a new queue's log lazily: killed within its first second, it comes back mute. */
    await_sleep(3000);
    cr_expect_gt(confirmed, 0);
    await_work(restart, NULL);
    await_until(mq_ready, 30000);
    timer_cancel(&burst);
    cr_expect_eq(await_send(MQ_CMD, "job", "0", 5000), OK);
    await_until(idle, 10000);
    cr_expect_gt(failed, 0); /* those while it was away */
    await_until(nothing_lost, 20000);
    cr_expect_eq(confirmed + failed, sent);
}

Test(mq, loses_no_confirmed_message_when_the_broker_is_killed, .init = own_up, .fini = own_down,
     .timeout = 120)
{
    WITH(through_a_restart, {"job", MQ_CMD, "job", 50, tick_off});
}

Test(mq, ends_the_process_when_the_password_is_longer_than_the_handshake_takes, .exit_code = 64)
{
    static char long_url[700] = "amqp://guest:";
    memset(long_url + strlen(long_url), 'x', 600);
    strncat(long_url, "@127.0.0.1:1/%2f", 20);
    broker_url = long_url;
    run_with(only_body, no_broker, (const struct mq_queue[]){TURNS}, 1);
}
