/* Deliveries: each one is a task. What becomes of it: acked, held and given back, or dead with a reason. */
#include "io/mq_impl.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/span.h"
#include "loop/task.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELIVERY_MAGIC     0x7de11f3du
#define TOPOLOGY_CHANNEL   1
#define FIRST_CHANNEL      2
#define CONSUMERS_MAX      32
#define BUDGET_MS          30000
#define DELIVERIES_MAX     6 /* the broker's limit of 5 requeues is one delivery more */
#define OWN_DELIVERIES_MAX 2 /* a classic queue does not count: first time, or again */
#define RETRY_MIN_MS       200
#define RETRY_MAX_MS       10000
#define PART_MAX           (MQ_BODY_KEPT / 2)

struct consumer {
    const struct mq_queue *row;
    char queue[256]; /* as the broker calls it; "" until known */
};

struct delivery {
    uint32_t magic;
    struct msg msg;
    struct list link; /* in `held` while it waits for its requeue, in `waiting` for its start */
    struct consumer *consumer;
    struct wire_in *in; /* in the scope's arena */
    unsigned life;
    uint64_t release_at;
    int64_t parts; /* answered so far */
    bool answered;
};

static struct consumer consumers[CONSUMERS_MAX];
static unsigned own_renewals;
static int n_consumers, in_hand;
static bool gave_up; /* the own `live` queues, too */
static struct list held = {&held, &held}, waiting = {&waiting, &waiting};

static struct delivery *delivery_of(const struct msg *m)
{
    return OBJ_CAST(struct delivery, LIST_OF(m, struct delivery, msg), DELIVERY_MAGIC);
}

static const char *queue_label(const struct consumer *c)
{
    return c->row->name ? c->row->name : "own";
}

static int channel_of(const struct consumer *c)
{
    return FIRST_CHANNEL + (int)(c - consumers);
}

/* ---- the end of a delivery */

static void destroy(struct delivery *d)
{
    list_remove(&d->link);
    in_hand--;
    OBJ_KILL(d, DELIVERY_MAGIC);
    scope_fini(&d->msg.scope);
    free(d);
}

static void count(const struct delivery *d, const char *fate)
{
    char labels[MQ_NAME + 64];
    snprintf(labels, sizeof labels, "queue=\"%s\",fate=\"%s\"", queue_label(d->consumer), fate);
    metric_add("va_mq_consumed_total", labels, 1);
}

/* Of a lost session the tag is void: the broker has given the message to somebody else. */
static bool still_ours(const struct delivery *d)
{
    return mq.consume && d->life == wire_life(mq.consume);
}

static void ack(struct delivery *d, const char *fate)
{
    count(d, fate);
    if (still_ours(d))
        wire_ack(mq.consume, d->in->channel, d->in->tag);
    destroy(d);
}

static void requeue(struct delivery *d)
{
    count(d, "retry");
    if (still_ours(d))
        wire_requeue(mq.consume, d->in->channel, d->in->tag);
    destroy(d);
}

static uint64_t retry_delay(unsigned deliveries)
{
    uint64_t ms = (uint64_t)RETRY_MIN_MS << (deliveries < 8 ? deliveries - 1 : 7);
    if (ms > RETRY_MAX_MS)
        ms = RETRY_MAX_MS;
    return ms / 2 + arc4random_uniform((uint32_t)(ms / 2 + 1));
}

/* It keeps its place in the prefetch meanwhile, so a queue that only fails slows down by itself. */
static void hold(struct delivery *d)
{
    if (mq.quiesced || mq.closed) {
        requeue(d);
        return;
    }
    d->release_at = clock_ms() + retry_delay(d->msg.deliveries);
    list_append(&held, &d->link);
}

static void on_dead(void *arg, enum err e)
{
    struct delivery *d = OBJ_CAST(struct delivery, arg, DELIVERY_MAGIC);
    if (e == OK)
        ack(d, "dead");
    else
        hold(d);
}

static const char *without_prefix(const char *name)
{
    size_t n = strlen(mq.cfg.prefix);
    return strncmp(name, mq.cfg.prefix, n) == 0 ? name + n : name;
}

/* To the dead queue with the reason and the way back; acked only when the broker has it there. */
static void bury(struct delivery *d, const char *reason)
{
    const struct wire_msg *m = &d->in->msg;
    log_warn(&d->msg.scope, "mq.dead", "queue", queue_label(d->consumer), "type", m->type, "reason",
             reason);
    if (d->in->skipped) { /* its body is not here: the broker moves it */
        count(d, "dead");
        if (still_ours(d))
            wire_reject(mq.consume, d->in->channel, d->in->tag);
        destroy(d);
        return;
    }
    struct wire_msg dead = {.exchange = mq_exchange(MQ_DEAD),
                            .key = queue_label(d->consumer),
                            .id = m->id,
                            .type = m->type,
                            .content_type = m->content_type,
                            .correlation = m->correlation,
                            .body = m->body,
                            .n = m->n};
    wire_put_number(&dead, "schema", wire_number(m, "schema", 1));
    wire_put_text(&dead, "tenant", wire_text(m, "tenant"));
    wire_put_text(&dead, "call_id", wire_text(m, "call_id"));
    wire_put_text(&dead, "traceparent", wire_text(m, "traceparent"));
    wire_put_number(&dead, "x-tries", d->msg.deliveries);
    wire_put_text(&dead, "x-reason", reason);
    wire_put_text(&dead, "x-queue", queue_label(d->consumer));
    wire_put_text(&dead, "x-exchange", without_prefix(m->exchange));
    wire_put_text(&dead, "x-key", m->key);
    publish_send(&dead, true, clock_ms() + MQ_SETTLE_MS, on_dead, d);
}

static const char *reason_of(struct delivery *d, enum err e)
{
    const struct fault *f = &d->msg.scope.fault;
    return arena_printf(d->msg.scope.arena, "%s%s%s%s%s: %s", err_name(e), *f->code ? " " : "",
                        f->code, *f->field ? " " : "", f->field,
                        *f->message ? f->message : "no detail");
}

/* ---- answers */

static struct wire_msg answer_to(const struct msg *m)
{
    return (struct wire_msg){.exchange = "",
                             .key = m->reply_to,
                             .correlation = m->correlation,
                             .type = m->type,
                             .content_type = "application/octet-stream",
                             .body = "",
                             .transient = true};
}

/* Nobody waits for the confirm: a lost answer costs its caller the deadline, no more. */
static void send_answer(struct delivery *d, struct wire_msg *a, bool last)
{
    wire_put_number(a, "x-part", d->parts++);
    wire_put_number(a, "x-last", last);
    d->answered = last;
    publish_send(a, false, clock_ms() + MQ_SETTLE_MS, NULL, NULL);
}

void msg_answer(struct msg *m, const void *p, size_t n, bool last)
{
    struct delivery *d = delivery_of(m);
    if (!m->reply_to || d->answered)
        return;
    const char *at = p;
    do {
        size_t piece = n < PART_MAX ? n : PART_MAX;
        struct wire_msg a = answer_to(m);
        if (piece)
            a.body = at;
        a.n = piece;
        at += piece;
        n -= piece;
        send_answer(d, &a, last && n == 0);
    } while (n);
}

static void answer_error(struct delivery *d, enum err e)
{
    const struct fault *f = &d->msg.scope.fault;
    if (!d->msg.reply_to || d->answered)
        return;
    struct wire_msg a = answer_to(&d->msg);
    wire_put_text(&a, "x-error", err_name(e));
    wire_put_text(&a, "x-code", f->code);
    wire_put_text(&a, "x-field", f->field);
    wire_put_text(&a, "x-message", f->message);
    send_answer(d, &a, true);
}

const char *msg_header(const struct msg *m, const char *name)
{
    return wire_text(&delivery_of(m)->in->msg, name);
}

/* ---- running the handler */

static bool last_delivery(const struct delivery *d)
{
    if (mq_terminal(d->consumer->row))
        return false;
    return d->msg.deliveries >= (d->consumer->row->name ? DELIVERIES_MAX : OWN_DELIVERIES_MAX);
}

static void conclude(struct delivery *d, enum err e)
{
    enum fate fate = err_fate(e);
    if (d->consumer->row->live || fate == FATE_ACK) {
        if (e || d->consumer->row->live)
            answer_error(d, e ? e : ERR_BUG); /* unless the handler has answered */
        ack(d, e ? "error" : "ack");
    } else if (mq_terminal(d->consumer->row)) {
        hold(d); /* there is no further dead queue */
    } else if (fate == FATE_DEAD || last_delivery(d)) {
        answer_error(d, e);
        bury(d, reason_of(d, e));
    } else {
        log_warn(&d->msg.scope, "mq.retry", "queue", queue_label(d->consumer), "type", d->msg.type,
                 "error", err_name(e), "why", d->msg.scope.fault.message);
        hold(d);
    }
}

/* By the clocks of two machines: what is not the past took no time. */
static uint64_t age_us(const struct wire_in *in)
{
    int64_t now = (int64_t)clock_wall_ms(), sent = wire_number(&in->msg, "x-sent", now);
    return sent > 0 && sent < now ? (uint64_t)(now - sent) * 1000 : 0;
}

/* The delivery may be gone when it is concluded. */
static enum err await_handled(struct delivery *d)
{
    struct scope *s = &d->msg.scope;
    char queue[MQ_NAME + 16];
    snprintf(queue, sizeof queue, "queue=\"%s\"", queue_label(d->consumer));
    metric_time("va_mq_age_seconds", queue, age_us(d->in));
    uint64_t began = clock_us();
    struct span *span = span_begin(s->trace, SPAN_CONSUMER, d->msg.type);
    enum err e = d->consumer->row->handler(&d->msg);
    span_note(span, "message.id", s->id);
    span_note(span, "call.id", s->call_id);
    span_end(span, s->trace, e);
    metric_time("va_mq_handle_seconds", queue, clock_us() - began);
    return e;
}

static void run(void *arg)
{
    struct delivery *d = OBJ_CAST(struct delivery, arg, DELIVERY_MAGIC);
    conclude(d, await_handled(d));
}

static const char *complaint(const struct wire_in *in)
{
    const struct wire_msg *m = &in->msg;
    if (in->skipped || m->n > MQ_REQUEST_MAX)
        return "body: over 64 KiB";
    if (!m->id || !*m->id)
        return "message_id: missing";
    if (strlen(m->id) >= UUID_TEXT)
        return "message_id: longer than 36 characters";
    if (!m->type || !*m->type)
        return "type: missing";
    if (wire_number(m, "schema", 1) != 1)
        return "schema: not a version we know";
    return NULL;
}

static unsigned budget_of(const struct consumer *c)
{
    return c->row->budget_ms ? c->row->budget_ms : BUDGET_MS;
}

/* The scope's memory is the arena in which the message came. */
static void open_scope(struct scope *s, const struct wire_in *in, unsigned budget_ms)
{
    const struct wire_msg *m = &in->msg;
    scope_init(s, budget_ms);
    arena_destroy(s->arena);
    s->arena = in->arena;
    if (m->id)
        snprintf(s->id, sizeof s->id, "%s", m->id);
    s->tenant = wire_text(m, "tenant");
    s->call_id = wire_text(m, "call_id");
    scope_trace(s, wire_text(m, "traceparent"));
}

/* The sender's deadline is a wall time, the only clock two processes share. */
static bool expired(struct scope *s, const struct wire_in *in)
{
    int64_t until = wire_number(&in->msg, "x-deadline", 0);
    if (until <= 0)
        return false;
    int64_t left = until - (int64_t)clock_wall_ms();
    if (left > 0 && clock_ms() + (uint64_t)left < s->deadline)
        s->deadline = clock_ms() + (uint64_t)left;
    return left <= 0;
}

static unsigned deliveries(const struct wire_in *in)
{
    int64_t n = wire_number(&in->msg, "x-delivery-count", in->redelivered ? 1 : 0);
    return n < 0 ? 1 : n > 1000 ? 1001 : (unsigned)n + 1;
}

static struct delivery *create(struct consumer *c, struct wire_in *in)
{
    struct delivery *d = must(calloc(1, sizeof *d));
    d->magic = DELIVERY_MAGIC;
    d->consumer = c;
    d->in = in;
    d->life = wire_life(mq.consume);
    list_init(&d->link);
    open_scope(&d->msg.scope, in, budget_of(c));
    d->msg.type = in->msg.type ? in->msg.type : "";
    d->msg.key = in->msg.key;
    d->msg.body = in->msg.body;
    d->msg.n = in->msg.n;
    d->msg.reply_to = in->msg.reply_to;
    d->msg.correlation = in->msg.correlation;
    d->msg.deliveries = deliveries(in);
    in_hand++;
    return d;
}

static bool workable(const struct consumer *c)
{
    return c->row->live || !mq.cfg.workable || mq.cfg.workable();
}

static void start(struct delivery *d)
{
    task_spawn(queue_label(d->consumer), run, d);
}

/* What has waited gets all its time. */
static void start_waiting(uint64_t now)
{
    struct delivery *d;
    LIST_EACH(d, &waiting, struct delivery, link)
        if (workable(d->consumer)) {
            list_remove(&d->link);
            d->msg.scope.deadline = now + budget_of(d->consumer);
            start(d);
        }
}

static void on_deliver(struct wire_in *in)
{
    int i = in->channel - FIRST_CHANNEL;
    if (i < 0 || i >= n_consumers) {
        arena_destroy(in->arena);
        return;
    }
    struct delivery *d = create(&consumers[i], in);
    const char *bad = mq_terminal(consumers[i].row) ? NULL : complaint(in);
    if (bad)
        bury(d, bad);
    else if (expired(&d->msg.scope, in))
        ack(d, "expired");
    else if (workable(d->consumer))
        start(d);
    else
        list_append(&waiting, &d->link);
}

/* ---- consumers */

/* Who asks this very process must ask it to its end: nobody else has what it holds. */
static bool serving(const struct consumer *c)
{
    return !mq.quiesced || (!gave_up && !c->row->name && c->row->live);
}

static void begin(struct wire *w, struct consumer *c)
{
    own_renewals += !c->row->name;
    char name[MQ_NAME * 2] = ""; /* "": the one just declared on this channel */
    if (c->row->name)
        CHECK(mq_route("", c->row->name, name));
    mq_declare_queue(w, channel_of(c), c->row);
    wire_consume(w, channel_of(c), name, c->row->prefetch ? c->row->prefetch : 1, false);
}

static void on_setup(struct wire *w, int step)
{
    if (step == 0) {
        wire_channel(w, TOPOLOGY_CHANNEL);
        mq_declare(w, TOPOLOGY_CHANNEL);
    }
    for (int i = 0; step == 1 && i < n_consumers; i++)
        if (serving(&consumers[i])) {
            wire_channel(w, channel_of(&consumers[i]));
            begin(w, &consumers[i]);
        }
}

static void on_canceled(struct wire *w, int channel)
{
    int i = channel - FIRST_CHANNEL;
    if (i < 0 || i >= n_consumers || !serving(&consumers[i]))
        return;
    log_warn(NULL, "mq.queue_gone", "queue", queue_label(&consumers[i]));
    begin(w, &consumers[i]);
}

static void on_named(int channel, const char *queue, const struct mq_depth *depth)
{
    (void)depth;
    int i = channel - FIRST_CHANNEL;
    if (i >= 0 && i < n_consumers)
        snprintf(consumers[i].queue, sizeof consumers[i].queue, "%s", queue);
}

static struct delivery *first_idle(void)
{
    return LIST_FIRST(list_empty(&held) ? &waiting : &held, struct delivery, link);
}

/* Held and waiting ones are with somebody else by now; running handlers go on and find their tag void. */
static void on_down(void)
{
    for (int i = 0; i < n_consumers; i++)
        consumers[i].queue[0] = 0;
    for (struct delivery *d; (d = first_idle());)
        destroy(d);
}

const struct wire_h consume_h = {.setup = on_setup,
                                 .down = on_down,
                                 .deliver = on_deliver,
                                 .named = on_named,
                                 .canceled = on_canceled};

static bool known(const struct mq_queue *row)
{
    for (int i = 0; i < n_consumers; i++)
        if (mq_same_queue(consumers[i].row, row))
            return true;
    return false;
}

void consume_open(void)
{
    n_consumers = 0;
    gave_up = false;
    for (size_t i = 0; i < mq.cfg.n_queues; i++) {
        const struct mq_queue *row = &mq.cfg.queues[i];
        CHECK(row->name || row->handler); /* an own queue that nobody reads makes no sense */
        if (!row->handler || known(row))
            continue;
        CHECK(n_consumers < CONSUMERS_MAX);
        consumers[n_consumers++] = (struct consumer){.row = row};
    }
}

bool consume_wanted(void)
{
    return n_consumers > 0;
}

void consume_quiesce(void)
{
    for (int i = 0; mq.consume && wire_session(mq.consume) && i < n_consumers; i++)
        if (!serving(&consumers[i]))
            wire_cancel(mq.consume, channel_of(&consumers[i]));
    for (struct delivery *d; (d = first_idle());)
        requeue(d);
}

/*
 * What comes before the broker's word that it sends no more is worked on; what would come later finds no queue. The
 * word comes on each channel, and says that our last acks were taken, too: what a channel has not worked on yet when
 * its connection ends is forgotten, and a message whose ack that was would come again, to somebody else.
 */
bool consume_ended(void)
{
    bool connected = mq.consume && wire_session(mq.consume);
    for (int i = 0; connected && !gave_up && i < n_consumers; i++)
        if (consumers[i].queue[0])
            wire_cancel(mq.consume, channel_of(&consumers[i]));
    gave_up = true;
    return !connected || wire_ready(mq.consume);
}

unsigned mq_own_renewals(void)
{
    return own_renewals;
}

void consume_tick(uint64_t now)
{
    struct delivery *d;
    LIST_EACH(d, &held, struct delivery, link)
        if (now >= d->release_at)
            requeue(d);
    start_waiting(now);
}

void consume_close(void)
{
    on_down();
}

int consume_busy(void)
{
    return in_hand;
}

const char *mq_replica_queue(void)
{
    const char *found = "";
    for (int i = 0; i < n_consumers; i++) {
        const struct consumer *c = &consumers[i];
        if (c->row->name)
            continue;
        if (c->row->live)
            return c->queue;
        if (!*found)
            found = c->queue;
    }
    return found;
}
