/*
 * Publishing with confirms. Every publish, also one whose outcome nobody wants, has a record in a ring
 * numbered by delivery tag, because the broker counts them all.
 */
#include "io/mq_impl.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL   1
#define RING_MIN  1024u
#define RING_MAX  65536u /* unconfirmed publishes; beyond, ERR_BUSY */
#define TYPES_MAX 64

struct record {
    mq_done *done; /* NULL: nobody asks */
    void *arg;
    uint64_t deadline, began_us;
    const char *type;
    uint32_t id_hash;
    bool settled, returned;
};

/* A publish that failed at once: its done comes in the next turn, never before mq_publish() returns. */
struct refusal {
    struct list link;
    mq_done *done;
    void *arg;
    enum err e;
};

static struct record *ring;
static uint32_t ring_size;
static uint64_t oldest = 1, next = 1; /* tags: [oldest, next) are unconfirmed */
static uint64_t next_deadline = UINT64_MAX, return_cursor;
static int unsettled;
static struct list refusals = {&refusals, &refusals};
static struct timer *refusal_timer;
static int refused;

static struct record *at(uint64_t tag)
{
    return &ring[tag & (ring_size - 1)];
}

const char *mq_label(const char *type)
{
    static char *types[TYPES_MAX];
    static int n;
    if (!type)
        return "none";
    for (int i = 0; i < n; i++)
        if (strcmp(types[i], type) == 0)
            return types[i];
    if (n == TYPES_MAX || strpbrk(type, "\"\\\n"))
        return "other";
    return types[n++] = must(strdup(type));
}

static void count(const char *type, enum err e)
{
    char labels[128];
    snprintf(labels, sizeof labels, "type=\"%.64s\",result=\"%s\"", type, err_name(e));
    metric_add("va_mq_published_total", labels, 1);
}

/* ---- settling */

static void settle(struct record *r, enum err e)
{
    if (r->settled)
        return;
    r->settled = true;
    unsettled--;
    count(r->type, e);
    if (e == OK)
        metric_time("va_mq_confirm_seconds", "", clock_us() - r->began_us);
    if (r->done)
        r->done(r->arg, e);
}

static void forget_settled(void)
{
    while (oldest < next && at(oldest)->settled && at(oldest)->began_us == 0)
        oldest++;
}

/* began_us = 0 marks a tag the broker has spoken of; only then its place is free again. */
static void confirmed(uint64_t tag, bool ack)
{
    struct record *r = at(tag);
    settle(r, r->returned ? ERR_MISSING : ack ? OK : ERR_BUSY);
    at(tag)->began_us = 0; /* settle() may have published, and so moved the ring */
}

static void on_confirm(uint64_t tag, bool multiple, bool ack)
{
    if (tag >= next || tag < oldest)
        return;
    for (uint64_t t = multiple ? oldest : tag; t <= tag; t++)
        confirmed(t, ack);
    forget_settled();
}

static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;
    for (; s && *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

static bool mark_returned(uint64_t from, uint64_t to, uint32_t id_hash)
{
    for (uint64_t tag = from; tag < to; tag++)
        if (at(tag)->id_hash == id_hash && !at(tag)->returned && at(tag)->began_us) {
            at(tag)->returned = true;
            return_cursor = tag + 1;
            return true;
        }
    return false;
}

/* Returns come in the order of the publishes, so the search goes on where the last one was found. */
static void on_return(struct wire_in *in)
{
    uint32_t h = hash(in->msg.id);
    uint64_t from = return_cursor > oldest ? return_cursor : oldest;
    if (!mark_returned(from, next, h))
        mark_returned(oldest, from < next ? from : next, h);
    log_warn(NULL, "mq.unroutable", "type", in->msg.type, "exchange", in->msg.exchange, "key",
             in->msg.key);
    arena_destroy(in->arena);
}

/* Whether the broker has them is unknown: a publisher sends again, a consumer knows duplicates. */
static void on_down(void)
{
    for (uint64_t tag = oldest, end = next; tag < end; tag++)
        settle(at(tag), ERR_BUSY);
    oldest = next = 1;
    return_cursor = 0;
    next_deadline = UINT64_MAX;
}

void publish_tick(uint64_t now)
{
    if (now < next_deadline)
        return;
    next_deadline = UINT64_MAX;
    for (uint64_t tag = oldest, end = next; tag < end; tag++) {
        if (!at(tag)->settled && now >= at(tag)->deadline)
            settle(at(tag), ERR_TIMEOUT);
        if (!at(tag)->settled && at(tag)->deadline < next_deadline)
            next_deadline = at(tag)->deadline;
    }
}

/* ---- sending */

static void on_refusals(void *arg)
{
    (void)arg;
    timer_cancel(&refusal_timer);
    struct list now = {&now, &now};
    for (struct refusal *r; (r = LIST_FIRST(&refusals, struct refusal, link));) {
        list_remove(&r->link);
        list_append(&now, &r->link);
    }
    for (struct refusal *r; (r = LIST_FIRST(&now, struct refusal, link));) {
        list_remove(&r->link);
        refused--;
        r->done(r->arg, r->e);
        free(r);
    }
}

static void refuse(const char *type, mq_done *done, void *arg, enum err e)
{
    count(type, e);
    if (!done)
        return;
    struct refusal *r = must(malloc(sizeof *r));
    *r = (struct refusal){.done = done, .arg = arg, .e = e};
    list_init(&r->link);
    list_append(&refusals, &r->link);
    refused++;
    if (!refusal_timer)
        refusal_timer = timer_after(0, on_refusals, NULL);
}

static void grow(void)
{
    uint32_t size = ring_size ? ring_size * 2 : RING_MIN;
    struct record *bigger = must(calloc(size, sizeof *bigger));
    for (uint64_t tag = oldest; tag < next; tag++)
        bigger[tag & (size - 1)] = *at(tag);
    free(ring);
    ring = bigger;
    ring_size = size;
}

static bool has_room(void)
{
    if (next - oldest < ring_size)
        return true;
    if (ring_size == RING_MAX)
        return false;
    grow();
    return true;
}

enum err mq_sendable(const struct wire *w, size_t n)
{
    return w && wire_ready(w) && !wire_blocked(w) && !wire_full(w, n) ? OK : ERR_BUSY;
}

void publish_send(const struct wire_msg *m, bool mandatory, uint64_t deadline, mq_done *done,
                  void *arg)
{
    const char *type = mq_label(m->type);
    enum err e = has_room() ? mq_sendable(mq.publish, m->n) : ERR_BUSY;
    if (!e)
        e = wire_publish(mq.publish, CHANNEL, m, mandatory);
    if (e) {
        refuse(type, done, arg, e);
        return;
    }
    *at(next++) = (struct record){.done = done,
                                  .arg = arg,
                                  .deadline = deadline,
                                  .began_us = clock_us(),
                                  .type = type,
                                  .id_hash = mandatory ? hash(m->id) : 0};
    unsettled++;
    if (deadline < next_deadline)
        next_deadline = deadline;
}

void mq_publish(const struct mq_out *out, uint64_t deadline, mq_done *done, void *arg)
{
    struct wire_msg m;
    char id[UUID_TEXT], route[MQ_NAME * 2];
    enum err e = mq_envelope(&m, out, id, route);
    if (e)
        refuse(mq_label(out->type), done, arg, e);
    else
        publish_send(&m, true, deadline, done, arg);
}

void mq_hint(const struct mq_out *out)
{
    struct wire_msg m;
    char id[UUID_TEXT], route[MQ_NAME * 2];
    enum err e = mq_envelope(&m, out, id, route);
    if (e)
        refuse(mq_label(out->type), NULL, NULL, e);
    else
        publish_send(&m, false, clock_ms() + MQ_SETTLE_MS, NULL, NULL);
}

struct publishing {
    struct wait wait;
    enum err e;
};

static void on_published(void *arg, enum err e)
{
    struct publishing *p = arg;
    p->e = e;
    wait_settle(&p->wait);
}

enum err await_publish(struct scope *s, const struct mq_out *out)
{
    static const char *const why[ERR_COUNT] = {
        [ERR_BUSY] = "the broker does not take messages now",
        [ERR_TIMEOUT] = "the broker did not confirm in time",
        [ERR_MISSING] = "no queue takes this message",
        [ERR_TOO_BIG] = "over 64 KiB",
    };
    struct publishing p = {.wait = WAIT_HERE};
    mq_publish(out, s->deadline, on_published, &p);
    await_wait(&p.wait);
    if (!p.e)
        return OK;
    return fail(s, p.e, NULL, NULL, "publish %s: %s", out->type,
                why[p.e] ? why[p.e] : err_name(p.e));
}

static void on_setup(struct wire *w, int step)
{
    if (step > 0)
        return;
    wire_channel(w, CHANNEL);
    mq_declare(w, CHANNEL);
    wire_confirm_select(w, CHANNEL);
}

const struct wire_h publish_h = {
    .setup = on_setup, .down = on_down, .confirm = on_confirm, .deliver = on_return};

int publish_busy(void)
{
    return unsettled + refused;
}

void publish_close(void)
{
    on_down();
    if (refusal_timer)
        on_refusals(NULL);
    free(ring);
    ring = NULL;
    ring_size = 0;
}
