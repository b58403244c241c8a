/* Requests by direct reply-to: answers come on the channel that asked, unacked, in parts. */
#include "io/mq_impl.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_MAGIC 0x5e7a3c09u
#define CHANNEL      1
#define BUCKETS      256u
#define ASKING_MAX   4096         /* requests in flight */
#define ANSWER_MAX   (896 * 1024) /* of await_rpc(): it has to fit a scope's arena */

struct mq_stream {
    uint32_t magic;
    struct list link; /* in its bucket */
    uint64_t number;  /* the correlation id */
    uint64_t deadline, began_us;
    int64_t parts; /* received so far */
    bool many;     /* each is the whole answer of one of many */
    const char *type;
    const struct mq_stream_h *h;
    void *arg;
    struct timer *refusal; /* the request was never sent: on_end comes in the next turn */
    enum err refused;
};

static struct list buckets[BUCKETS];
static uint64_t last_number, next_deadline = UINT64_MAX;
static unsigned asking;
static struct fault peer_fault; /* of the error answer being told, during on_end() */

static struct mq_stream *find(uint64_t number)
{
    struct mq_stream *x;
    LIST_EACH(x, &buckets[number % BUCKETS], struct mq_stream, link)
        if (x->number == number)
            return x;
    return NULL;
}

static void destroy(struct mq_stream *x)
{
    list_remove(&x->link);
    timer_cancel(&x->refusal);
    asking--;
    OBJ_KILL(x, STREAM_MAGIC);
    free(x);
}

static void end(struct mq_stream *x, enum err e)
{
    char labels[128];
    snprintf(labels, sizeof labels, "type=\"%.64s\",result=\"%s\"", x->type, err_name(e));
    metric_time("va_mq_rpc_seconds", labels, clock_us() - x->began_us);
    const struct mq_stream_h *h = x->h;
    void *arg = x->arg;
    destroy(x);
    h->on_end(arg, e);
}

/* ---- answers */

static enum err error_named(const char *name)
{
    for (int e = OK + 1; e < ERR_COUNT; e++)
        if (strcmp(err_name(e), name) == 0)
            return e;
    return ERR_UPSTREAM;
}

static void take(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static void end_with_error(struct mq_stream *x, const struct wire_msg *m)
{
    struct fault *f = &peer_fault;
    take(f->code, sizeof f->code, wire_text(m, "x-code"));
    take(f->field, sizeof f->field, wire_text(m, "x-field"));
    take(f->message, sizeof f->message, wire_text(m, "x-message"));
    end(x, error_named(wire_text(m, "x-error")));
    *f = (struct fault){0};
}

static void on_part(struct mq_stream *x, const struct wire_in *in)
{
    const struct wire_msg *m = &in->msg;
    uint64_t number = x->number;
    if (x->many) {
        if (!wire_text(m, "x-error") && !in->skipped)
            x->h->on_part(x->arg, m->body, m->n);
        return;
    }
    if (wire_number(m, "x-part", -1) != x->parts++ || in->skipped) {
        end(x, ERR_UPSTREAM); /* a part was lost on its way */
        return;
    }
    if (wire_text(m, "x-error")) {
        end_with_error(x, m);
        return;
    }
    if (m->n)
        x->h->on_part(x->arg, m->body, m->n);
    if (wire_number(m, "x-last", 0) && (x = find(number))) /* on_part may have canceled it */
        end(x, OK);
}

static void on_deliver(struct wire_in *in)
{
    uint64_t number = in->msg.correlation ? strtoull(in->msg.correlation, NULL, 16) : 0;
    struct mq_stream *x = find(number); /* NULL: late, its asker has given up */
    if (x && in->returned)
        end(x, ERR_MISSING);
    else if (x)
        on_part(x, in);
    arena_destroy(in->arena);
}

/* ---- ends that no answer brings */

static struct mq_stream *first_due(uint64_t now)
{
    struct mq_stream *x;
    next_deadline = UINT64_MAX;
    for (unsigned i = 0; i < BUCKETS; i++)
        LIST_EACH(x, &buckets[i], struct mq_stream, link) {
            if (x->refusal)
                continue;
            if (now >= x->deadline)
                return x;
            if (x->deadline < next_deadline)
                next_deadline = x->deadline;
        }
    return NULL;
}

/* on_end() may begin and cancel others, so the search begins anew after each. */
void rpc_tick(uint64_t now)
{
    if (now < next_deadline)
        return;
    for (struct mq_stream *x; (x = first_due(now));)
        end(x, x->many ? OK : ERR_TIMEOUT);
}

/* The address for answers died with the channel. */
static void on_down(void)
{
    for (struct mq_stream *x; (x = first_due(UINT64_MAX));)
        end(x, ERR_BUSY);
}

static void on_refusal(void *arg)
{
    struct mq_stream *x = OBJ_CAST(struct mq_stream, arg, STREAM_MAGIC);
    end(x, x->refused);
}

/* ---- asking */

static enum err send_request(const struct mq_stream *x, const struct mq_out *out)
{
    struct wire_msg m;
    char id[UUID_TEXT], route[MQ_NAME * 2], correlation[24];
    TRY(mq_envelope(&m, out, id, route));
    TRY(asking > ASKING_MAX ? ERR_BUSY : mq_sendable(mq.rpc, m.n));
    snprintf(correlation, sizeof correlation, "%" PRIx64, x->number);
    m.correlation = correlation;
    m.reply_to = MQ_REPLY_TO;
    m.transient = true;
    wire_put_number(&m, "x-deadline", (int64_t)(clock_wall_ms() + clock_left(x->deadline)));
    return wire_publish(mq.rpc, CHANNEL, &m, true);
}

struct mq_stream *mq_rpc_stream(const struct mq_out *request, uint64_t deadline,
                                const struct mq_stream_h *h, void *arg)
{
    struct mq_stream *x = must(calloc(1, sizeof *x));
    *x = (struct mq_stream){.magic = STREAM_MAGIC,
                            .number = ++last_number,
                            .deadline = deadline,
                            .began_us = clock_us(),
                            .type = mq_label(request->type),
                            .h = h,
                            .arg = arg};
    list_append(&buckets[x->number % BUCKETS], &x->link);
    asking++;
    x->refused = send_request(x, request);
    if (x->refused)
        x->refusal = timer_after(0, on_refusal, x);
    else if (deadline < next_deadline)
        next_deadline = deadline;
    return x;
}

void mq_stream_cancel(struct mq_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    destroy(x);
}

struct question {
    struct wait wait;
    enum err e;
    struct buf body;
    struct fault fault;
};

static void on_answer_part(void *arg, const char *data, size_t n)
{
    struct question *q = arg;
    buf_put(&q->body, data, n);
}

static void on_answer_end(void *arg, enum err e)
{
    struct question *q = arg;
    q->e = e;
    q->fault = peer_fault;
    wait_settle(&q->wait);
}

static const struct mq_stream_h question_h = {on_answer_part, on_answer_end};

static enum err keep(struct scope *s, struct question *q, struct mq_answer *answer)
{
    char *body = q->body.over ? NULL : arena_try(s->arena, q->body.n + 1);
    if (!body)
        return fail(s, ERR_TOO_BIG, NULL, NULL, "the answer is too large");
    memcpy(body, q->body.p, q->body.n);
    *answer = (struct mq_answer){body, q->body.n};
    return OK;
}

static enum err explain(struct scope *s, const struct question *q, const struct mq_out *request)
{
    static const char *const why[ERR_COUNT] = {
        [ERR_BUSY] = "the broker does not take messages now",
        [ERR_TIMEOUT] = "no answer in time",
        [ERR_MISSING] = "nobody listens",
        [ERR_UPSTREAM] = "a part of the answer was lost",
        [ERR_TOO_BIG] = "the request is over 64 KiB",
    };
    const struct fault *f = &q->fault;
    if (*f->message || *f->code)
        return fail(s, q->e, f->code, f->field, "%s", f->message);
    return fail(s, q->e, NULL, NULL, "%s: %s", request->type,
                why[q->e] ? why[q->e] : err_name(q->e));
}

enum err await_rpc(struct scope *s, const struct mq_out *request, struct mq_answer *answer)
{
    struct question q = {.wait = WAIT_HERE, .body = BUF(ANSWER_MAX)};
    mq_rpc_stream(request, s->deadline, &question_h, &q);
    await_wait(&q.wait);
    enum err e = q.e ? explain(s, &q, request) : keep(s, &q, answer);
    buf_free(&q.body);
    return e;
}

/* ---- asking everybody */

struct poll {
    struct wait wait;
    struct mq_stream *stream;
    enum err e;
    mq_told *told;
    void *arg;
};

static void on_told(void *arg, const char *data, size_t n)
{
    struct poll *p = arg;
    if (!p->told(p->arg, data, n))
        return;
    mq_stream_cancel(p->stream);
    wait_settle(&p->wait);
}

static void on_poll_over(void *arg, enum err e)
{
    struct poll *p = arg;
    p->e = e;
    wait_settle(&p->wait);
}

enum err await_rpc_all(struct scope *s, const struct mq_out *request, unsigned ms, mq_told *told,
                       void *arg)
{
    static const struct mq_stream_h h = {on_told, on_poll_over};
    struct poll p = {.wait = WAIT_HERE, .told = told, .arg = arg};
    uint64_t until = clock_ms() + ms;
    p.stream = mq_rpc_stream(request, until < s->deadline ? until : s->deadline, &h, &p);
    p.stream->many = true;
    await_wait(&p.wait);
    return p.e ? fail(s, p.e, NULL, NULL, "the broker does not take messages now") : OK;
}

static void on_setup(struct wire *w, int step)
{
    if (step > 0)
        return;
    wire_channel(w, CHANNEL);
    mq_declare(w, CHANNEL);
    wire_consume(w, CHANNEL, MQ_REPLY_TO, 0, true);
}

const struct wire_h rpc_h = {.setup = on_setup, .down = on_down, .deliver = on_deliver};

void rpc_open(void)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        list_init(&buckets[i]);
}

void rpc_close(void)
{
    on_down();
}
