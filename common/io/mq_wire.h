/*
 * Private to mq_wire.c and mq_frame.c: what the life of a connection and its frames share.
 */
#pragma once
#include "io/mq_impl.h"

#define CHANNELS_MAX 64
#define REPLY_MS     5000 /* for each step of connecting, and for each reply */

enum wire_state {
    WAITING,    /* for the time to connect again */
    CONNECTING, /* for TCP */
    LOGGING_IN, /* for connection.open-ok */
    SETTING_UP, /* for the replies to what setup() sent */
    UP
};

struct assembly { /* a message of which body frames are missing */
    struct wire_in *in;
    uint64_t missing;
};

struct wire {
    uint32_t magic;
    struct list link;
    const struct wire_h *h;
    const char *role;
    char *name, *url, *ca_file; /* shown by the broker; parsed in place; may be NULL */
    const char *host, *user, *password, *vhost; /* in url */
    int port;
    bool tls;
    struct sock *sock;
    struct amqp_connection_state_t_ *codec;
    enum wire_state state;
    bool blocked;
    unsigned life, failures, expected; /* expected: replies outstanding */
    int step;                          /* of the setup */
    uint64_t retry_at, reply_by, last_in, last_out;
    size_t frame_max;
    struct assembly partial[CHANNELS_MAX];
};

/* ---- mq_frame.c */

bool frame_parse_url(struct wire *w); /* w->url, in place */
void frame_begin(struct wire *w);     /* nothing of an earlier session is left */
void frame_fini(struct wire *w);
void frame_drop_partial(struct wire *w); /* messages that will never be complete */
void frame_hello(struct wire *w);
void frame_heartbeat(struct wire *w);
void frame_goodbye(struct wire *w);
void frame_bytes(struct wire *w, const char *p, size_t n);

/* ---- mq_wire.c, told by the frames */

void wire_lose(struct wire *w, const char *why);
void wire_logged_in(struct wire *w);
void wire_answered(struct wire *w); /* a reply to what was asked */
void wire_set_blocked(struct wire *w, bool blocked);
/* The broker ended a channel or the connection, because of this class and method. */
void wire_refused(struct wire *w, unsigned code, const char *reason, unsigned class,
                  unsigned method);
