/*
 * Private to mq*.c. Who does what:
 *   mq_wire.c      the life of one AMQP connection: handshake, heartbeats, reconnect; says "up",
 *                  "down", "deliver", "confirm" through wire_h
 *   mq_frame.c     its frames out and in. The only file that knows rabbitmq-c
 *   mq_message.c   headers, and the envelope of what we send
 *   mq_topology.c  what is declared, from the tables
 *   mq_publish.c   confirms, deadlines of publishes
 *   mq_consume.c   deliveries as tasks, what becomes of them, answers
 *   mq_rpc.c       requests and their answers
 *   mq_get.c       looking through a queue, for tools
 *   mq.c           opens and closes the three connections, the 50 ms tick
 */
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include "io/mq.h"

#define MQ_TICK_MS     50
#define MQ_SETTLE_MS   5000         /* to wait for a confirm nobody set a deadline for */
#define MQ_REQUEST_MAX 65536        /* body of a job, event or request */
#define MQ_BODY_KEPT   (512 * 1024) /* largest body taken into memory at all: a part of an answer */
#define MQ_NAME        160          /* prefix and name of a queue or exchange */
#define MQ_DEAD        "va.dead"
#define MQ_UNROUTED    "va.unrouted"
#define MQ_REPLY_TO    "amq.rabbitmq.reply-to"

/* ---- messages */

struct wire_header {
    const char *name;
    const char *text; /* NULL: number */
    int64_t number;
};

#define WIRE_HEADERS_MAX 16
struct wire_msg {
    const char *exchange, *key;
    const char *id, *type, *content_type, *correlation, *reply_to; /* NULL = none */
    struct wire_header headers[WIRE_HEADERS_MAX];
    size_t n_headers;
    const char *body;
    size_t n;
    bool transient;
};
void wire_put_text(struct wire_msg *m, const char *name, const char *text); /* NULL: nothing */
void wire_put_number(struct wire_msg *m, const char *name, int64_t number);
const char *wire_text(const struct wire_msg *m, const char *name); /* NULL when absent */
int64_t wire_number(const struct wire_msg *m, const char *name, int64_t absent);

/* What came in. Everything in it belongs to its arena, which is the receiver's to destroy. */
struct wire_in {
    struct arena *arena;
    int channel;
    uint64_t tag;
    bool returned; /* our own unroutable publish, come back */
    bool redelivered;
    bool skipped;  /* the body is over MQ_BODY_KEPT and was not kept */
    unsigned left; /* of wire_get(): messages behind it */
    struct wire_msg msg;
};

/* ---- one connection */

struct wire;
struct wire_h {
    /*
     * Logged in: ask for channels, queues, consumers. Called with step 0, and again with the next step
     * when every reply has come (channels run side by side on the broker: who needs what another
     * channel declares waits for the next step), until it asks nothing more: then the wire is up.
     */
    void (*setup)(struct wire *w, int step);
    void (*down)(void); /* lost after login: nothing in flight will be answered any more */
    void (*confirm)(uint64_t tag, bool multiple, bool ack);
    void (*deliver)(struct wire_in *yours);
    void (*empty)(void); /* the answer to wire_get() when there is no message; else deliver */
    /* A queue was declared, or looked at: its messages that nobody has in hand, its consumers. */
    void (*named)(int channel, const char *queue, const struct mq_depth *depth);
    void (*canceled)(struct wire *w, int channel); /* the consumer's queue is gone */
};

struct wire *wire_open(const char *url, const char *client, const char *role,
                       const struct wire_h *h);
void wire_close(struct wire *w);
void wire_tick(struct wire *w, uint64_t now); /* heartbeats, deadlines, reconnecting */
bool wire_ready(const struct wire *w);        /* up, and no reply outstanding */
bool wire_session(const struct wire *w);      /* logged in */
bool wire_blocked(const struct wire *w);
bool wire_full(const struct wire *w, size_t n); /* n more bytes would pass the bound of 4 MiB */
unsigned wire_life(const struct wire *w); /* counts sessions: tags of an earlier one are void */

/* Arguments of a queue or exchange; a NULL name ends the list. */
struct wire_queue {
    const char *name; /* "": the broker names it */
    bool exclusive;
    struct wire_header args[8];
};
void wire_channel(struct wire *w, int channel);
void wire_confirm_select(struct wire *w, int channel);
void wire_exchange(struct wire *w, int channel, const char *name, const char *type,
                   const char *alternate);
void wire_queue(struct wire *w, int channel, const struct wire_queue *q);
void wire_bind(struct wire *w, int channel, const char *queue, const char *exchange,
               const char *key);
void wire_consume(struct wire *w, int channel, const char *queue, unsigned prefetch, bool no_ack);
void wire_cancel(struct wire *w, int channel); /* the channel's one consumer */
void wire_get(struct wire *w, int channel, const char *queue);
void wire_look(struct wire *w, int channel, const char *queue); /* named() comes */
void wire_ack(struct wire *w, int channel, uint64_t tag);
void wire_requeue(struct wire *w, int channel, uint64_t tag);
void wire_requeue_all(struct wire *w, int channel);          /* whatever is not acked */
void wire_reject(struct wire *w, int channel, uint64_t tag); /* the broker dead-letters it */
/* ERR_INVALID: a property is too long for the protocol. Nothing was queued then. */
enum err wire_publish(struct wire *w, int channel, const struct wire_msg *m,
                      bool mandatory) MUST_CHECK;

/* ---- the parts of mq */

extern struct mq_state {
    struct mq_config cfg;
    struct wire *publish, *consume, *rpc, *get; /* NULL: not asked for */
    bool quiesced, closed;
} mq;

const char *mq_exchange(const char *name); /* with prefix; "" for NULL; NULL: not one of ours */
const char *mq_route(const char *exchange, const char *key, char buf[MQ_NAME * 2]);
void mq_declare(struct wire *w, int channel);
void mq_declare_queue(struct wire *w, int channel, const struct mq_queue *row);
bool mq_same_queue(const struct mq_queue *a, const struct mq_queue *b);
bool mq_terminal(const struct mq_queue *row); /* va.dead, va.unrouted: nowhere further to go */

const char *mq_label(const char *type); /* the type as a label of metrics: few, and for ever */
/* Can the connection take n bytes of body now? ERR_BUSY if not. */
enum err mq_sendable(const struct wire *w, size_t n) MUST_CHECK;
/* Fill in the common properties of an outgoing message; id and route are room for two of them. */
enum err mq_envelope(struct wire_msg *m, const struct mq_out *out, char id[UUID_TEXT],
                     char route[MQ_NAME * 2]) MUST_CHECK;

extern const struct wire_h publish_h, consume_h, rpc_h, get_h;
void publish_tick(uint64_t now);
void publish_close(void);
int publish_busy(void);
/* done may be NULL. It is called once, never before this returns. */
void publish_send(const struct wire_msg *m, bool mandatory, uint64_t deadline, mq_done *done,
                  void *arg);

void consume_open(void); /* makes the consumers of the table */
bool consume_wanted(void);
void consume_quiesce(void);
void consume_tick(uint64_t now);
void consume_close(void);
int consume_busy(void);
bool consume_ended(void); /* gives up the own `live` queues, too */

void rpc_open(void);
void rpc_tick(uint64_t now);
void rpc_close(void);
