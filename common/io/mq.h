/*
 * RabbitMQ (rabbitmq-c as a codec, libuv owns the sockets). Up to three connections: publish (with
 * confirms), consume (never publishes, so an alarm cannot hold back its acks), and RPC.
 *
 * Everything is declared from tables by mq_open() on every (re)connect: exchanges, queues, bindings.
 * All names get cfg.prefix in front (tests share a broker). A queue that exists with other arguments
 * (406) ends the process with a clear line: a silent difference would lose messages later.
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MQ_CMD "va.cmd" /* direct */
#define MQ_EVT "va.evt" /* topic */

struct msg; /* a delivery */
typedef enum err msg_handler(struct msg *m);

struct msg {
    struct scope scope; /* id = message id, tenant, call_id and trace from the headers */
    const char *type;   /* "call.dial" */
    const char *key;    /* routing key it came by */
    const char *body;   /* NUL-terminated, at most 64 KiB (requests) */
    size_t n;
    const char *reply_to, *correlation;
    unsigned deliveries; /* 1 = first */
};

struct mq_queue {
    const char *name; /* NULL: exclusive to this process, named by the broker; one per handler */
    const char *exchange; /* one binding, or NULL; further ones in more rows with the same name */
    const char *key;
    unsigned prefetch;    /* unacked messages at once = tasks at once */
    msg_handler *handler; /* NULL: declare only */
    unsigned budget_ms;   /* scope deadline of a handler; 0 = 30 s */
    bool live;            /* RPC for live turns: no redelivery; an error is answered, not retried */
};

struct mq_config {      /* what it points at is borrowed until mq_close() */
    const char *url;    /* amqp:// or amqps://; "?cacertfile=/path" names the authority */
    const char *prefix; /* "" in production */
    const char *name;   /* connection name shown by the broker */
    const struct mq_queue *queues;
    size_t n_queues;
    bool rpc; /* opens the RPC connection */
    bool get; /* opens one for await_get() */
    /*
     * What the handlers cannot do without, such as db_ready; NULL: nothing. While it says no, deliveries wait in
     * hand (but for `live` ones): an outage must not use up a message's tries.
     */
    bool (*workable)(void);
};

void mq_open(const struct mq_config *cfg);
bool mq_ready(void);     /* every connection that was asked for is up, and not blocked */
bool mq_consuming(void); /* connected, and not quiesced */
unsigned
mq_own_renewals(void); /* of own queues (name NULL): what came before the last one may be lost */
/* Takes no more work: unacked messages go on until acked, own `live` queues are served until mq_ended() is asked. */
void mq_quiesce(void);
/* Whether a quiesced process may close: nothing is in hand or unconfirmed, and the broker sends it nothing more. Asked
   when nobody needs the own `live` queue any longer: it is given up first, so that who asks it asks another one. */
bool mq_ended(void);
int mq_busy(void); /* deliveries in hand and publishes unconfirmed */
void mq_close(void);
const char *mq_replica_queue(void); /* of this process's own exclusive queue, "" until known */

/*
 * What becomes of a delivery: OK and FATE_ACK ack it. FATE_RETRY keeps it in hand for a growing,
 * jittered delay (0.2 s doubling to 10 s) and then requeues it; the sixth delivery goes to the dead-letter
 * queue. FATE_DEAD publishes it to the dead queue with the reason in header x-reason, then acks; headers x-queue,
 * x-exchange and x-key say where it was (names without the prefix), x-tries how often it came. An own queue
 * (name NULL) gives the second delivery up, a `live` one acks always. Consumers of va.dead itself requeue.
 */

struct mq_out {
    const char *exchange, *key, *type; /* exchange NULL: key is a queue's name */
    const void *body;
    size_t n;                             /* 0: strlen */
    const char *id;                       /* message id; NULL = a new one */
    const char *tenant, *call_id, *trace; /* headers; trace NULL = none */
    const char *content_type;             /* NULL = application/json */
    bool transient;                       /* not persistent */
};

/*
 * Look through a queue, one letter after another, oldest first. A letter stays the queue's, and is in it again, where
 * it was, when the look ends, unless it was taken. It lives as long as the scope. One task looks at a time; the next
 * one waits for its turn.
 *
 *     await_mq_look();
 *     while (!(e = await_get(&s, "va.dead", &letter)))     ERR_MISSING: that was all
 *         if (wanted(&letter))
 *             letter_take(&letter);
 *     mq_look_end();
 */
void await_mq_look(void);
void mq_look_end(void);

/* How many wait in a queue, and how many consumers it has. ERR_BUSY too when there is no such queue. */
struct mq_depth {
    unsigned messages, consumers;
};
enum err await_depth(struct scope *s, const char *queue, struct mq_depth *out) MUST_CHECK;

struct mq_letter {
    const char *id, *type, *exchange, *key; /* "" when it has none */
    const char *body;                       /* NUL-terminated; "" when over 512 KiB */
    size_t n;
    unsigned left; /* behind it in the queue */
    const struct wire_in *in;
};
enum err await_get(struct scope *s, const char *queue, struct mq_letter *out) MUST_CHECK;
/* A header of text, or a number as text in the scope's memory; NULL when absent. */
const char *letter_header(struct scope *s, const struct mq_letter *l, const char *name);
const char *letter_header_name(const struct mq_letter *l, size_t i); /* NULL: there are no more */
void letter_take(const struct mq_letter *l);

/*
 * Publish and wait for the broker's confirm. ERR_BUSY: not connected, blocked, or the outbound queue
 * (4 MiB) is full, or the connection died meanwhile (it may have arrived); ERR_TIMEOUT: no confirm by
 * the deadline (it may still arrive); ERR_MISSING: no queue takes it, and it is not kept anywhere.
 * An event without a listener is no error: the broker keeps the newest in va.unrouted.
 * ERR_INVALID: exchange, key, type or id (at most 36 characters) will not do; ERR_TOO_BIG: over 64 KiB.
 */
enum err await_publish(struct scope *s, const struct mq_out *out) MUST_CHECK;

/* The same without a task: done is called exactly once, never before this returns. */
typedef void mq_done(void *arg, enum err e);
void mq_publish(const struct mq_out *out, uint64_t deadline, mq_done *done, void *arg);

/* Fire and forget: no confirm is awaited, dropped when the broker is away. For hints. */
void mq_hint(const struct mq_out *out);

/*
 * RPC. The request carries reply-to and an absolute wall-clock deadline (header x-deadline); the
 * receiver's scope deadline is the smaller of that and its budget, and expired work is dropped.
 * ERR_MISSING: nobody listens on that queue (unroutable); ERR_TIMEOUT; ERR_BUSY. An error answer of
 * the other side comes back as that error with its fault.
 */
struct mq_answer {
    const char *body; /* the arena's, NUL-terminated */
    size_t n;
};
enum err await_rpc(struct scope *s, const struct mq_out *request,
                   struct mq_answer *answer) MUST_CHECK;

/* A streamed answer: on_part per part on the loop's stack, on_end exactly once and last. */
struct mq_stream;
struct mq_stream_h {
    void (*on_part)(void *arg, const char *data, size_t n);
    void (*on_end)(void *arg, enum err e);
};
struct mq_stream *mq_rpc_stream(const struct mq_out *request, uint64_t deadline,
                                const struct mq_stream_h *h, void *arg);
void mq_stream_cancel(struct mq_stream *x);

/*
 * Ask everybody who listens to an event: what each of them answers within so many milliseconds, or until told() says
 * that this is enough. OK however many did; errors are no answers.
 */
typedef bool mq_told(void *arg, const char *body, size_t n);
enum err await_rpc_all(struct scope *s, const struct mq_out *request, unsigned ms, mq_told *told,
                       void *arg) MUST_CHECK;

/*
 * Answer an RPC from its handler: any number of parts, the last one with last = true. A handler of a
 * `live` queue that returns without a last part answers with the error it returned.
 */
void msg_answer(struct msg *m, const void *p, size_t n, bool last);

/* A header of text, e.g. "x-reason" of a dead letter; NULL when absent. */
const char *msg_header(const struct msg *m, const char *name);
