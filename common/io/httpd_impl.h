/*
 * Inside of the HTTP server; nobody else includes this.
 *
 *     httpd.c           life: listening socket, turn hooks, connections and their reaper
 *     httpd_wire.c      the only file that knows libmicrohttpd
 *     httpd_edge.c      what is refused before there is a handler
 *     httpd_route.c     which handler
 *     httpd_client.c    who asks, behind proxies
 *     httpd_exchange.c  one request and its answer: received, run as a task, answered, gone
 *     httpd_reply.c     what a handler answers, whole or as a stream
 *     httpd_form.c      query, form, cookie
 *     httpd_linger.c    closing a socket without losing the answer on the way
 */
#pragma once
#include "base/buf.h"
#include "base/die.h"
#include "base/list.h"
#include "io/httpd.h"
#include "loop/task.h"
#include <netinet/in.h>
#include <uv.h>

#define TARGET_MAX          8192        /* bytes of path and query */
#define HEADERS_MAX         (16 * 1024) /* bytes of all header lines */
#define HEADERS_COUNT       100
#define PARAMS_MAX          8
#define BODY_DEFAULT        (64 * 1024)
#define BUDGET_DEFAULT_MS   10000
#define RECEIVE_DEFAULT_MS  10000
#define CONNECTIONS_DEFAULT 4000
#define IDLE_S              30    /* a connection without a byte either way */
#define SEND_MS             60000 /* the client must have taken a finished answer by then */
#define STREAM_QUEUE        (256 * 1024)
#define SWITCHING           101

struct MHD_Daemon;
struct MHD_Connection;

struct httpd {
    uint32_t magic;
    struct httpd_config cfg;
    struct in6_addr proxies[HTTPD_PROXIES_MAX];
    int n_proxies;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t wake, reaper;
    int handles; /* uv handles not closed yet */
    int listen_fd, port;
    struct list conns, upgraded;
    unsigned n_conns;
    int active; /* exchanges that live */
    bool kick;  /* the wire must run before the loop sleeps */
    bool woke;  /* a task became ready: the loop must not sleep */
    bool quiesced, closing;
    uint64_t quiesced_at;
};

/* A client's connection; belongs to the wire. */
struct conn {
    struct list link;
    struct httpd *httpd;
    int fd;
    unsigned requests;
    uint64_t deadline; /* the reaper cuts it then; 0 = a handler is at work */
    bool surplus;      /* over max_connections: answered with 503 */
    bool linger;       /* was answered before everything was read */
    char client[INET6_ADDRSTRLEN];
};

struct header {
    const char *name, *value;
    size_t name_n, value_n;
    struct header *next; /* of a reply */
};

/* A received head, still in the wire's buffer: what the edge judges. */
struct head {
    const char *method, *target, *version;
    size_t target_n, size; /* size: from the method to the end of the empty line */
    struct header *headers;
    size_t n;
    bool laid_out; /* the pointers are into the received bytes, as up to MHD 0.9 */
};

struct param {
    const char *name, *value;
    size_t name_n;
};

#define EXCHANGE_MAGIC 0x48584348
struct exchange {
    uint32_t magic;
    struct req req;
    struct httpd *httpd;
    struct conn *conn;           /* NULL once the client's side is over */
    struct MHD_Connection *wire; /* likewise */
    uint64_t began_us;           /* when the request was whole */
    struct span *span;

    /* Received. */
    const char *raw; /* the target in the wire's buffer: good only until the head is judged */
    struct header *headers;
    size_t n_headers;
    struct param params[PARAMS_MAX];
    size_t n_params;
    struct buf body;
    enum err refusal;  /* the edge's own answer */
    bool refuse_now;   /* without waiting for a body, and close */
    const char *allow; /* of a 405 */

    /* State. */
    bool head_seen, dispatched, task_live, parked, answered;

    /* Answer. */
    int status;
    bool replied, twice, close;
    const char *type;
    struct header *out_headers;
    char *out; /* heap; NULL for a stream */
    size_t out_n;
    bool cut, cut_reset; /* no answer at all */
    bool streaming, stream_begun, stream_ended, stream_failed;
    int64_t stream_total, stream_left; /* bytes promised, and still owed; -1 = unknown */
    struct buf queue;                  /* bytes from queue_at on are not on the wire yet */
    size_t queue_at;
    struct wait *writer; /* the task, when the queue is full */

    /* Left HTTP. */
    const struct upgrade_h *upgrade; /* NULL: nobody wants to */
    void *upgrade_arg;
    struct MHD_UpgradeResponseHandle *leave; /* NULL: not yet, or no more */
    struct list upgraded;
};
#define EXCHANGE(r) OBJ_CAST(struct exchange, LIST_OF(r, struct exchange, req), EXCHANGE_MAGIC)

/* httpd.c */
void httpd_kick(struct httpd *h);
struct conn *httpd_conn_create(struct httpd *h, int fd, const struct sockaddr *peer);
void httpd_conn_destroy(struct conn *c);

/* httpd_wire.c */
bool httpd_wire_open(struct httpd *h, unsigned max_connections);
int httpd_wire_fd(const struct httpd *h);
void httpd_wire_run(struct httpd *h);
int64_t httpd_wire_timeout(struct httpd *h); /* ms until it must run; -1 = when there is traffic */
void httpd_wire_wake(struct exchange *x);    /* the answer, or more of it, is there */
void httpd_wire_quiesce(struct httpd *h);
void httpd_wire_close(struct httpd *h);

/* httpd_edge.c */
enum err edge_judge(struct exchange *x, const struct head *head) MUST_CHECK;

/* httpd_route.c */
bool route_valid(const struct route *r);
/* Sets req.route and params. ERR_MISSING, ERR_METHOD, ERR_INVALID. */
enum err route_find(struct exchange *x) MUST_CHECK;

/* httpd_client.c */
const char *client_behind(const struct exchange *x); /* the arena's */

/* httpd_exchange.c */
struct exchange *exchange_create(struct httpd *h, struct conn *c, struct MHD_Connection *wire,
                                 const char *target);
void exchange_head(struct exchange *x, const struct head *head);
bool exchange_body(struct exchange *x, const char *p, size_t n); /* false: over the limit */
void exchange_whole(struct exchange *x);
void exchange_forget(struct exchange *x); /* upgraded: the request itself */
void exchange_over(struct exchange *x);   /* the client's side is over; may free x */

/* httpd_reply.c */
void reply_error(struct exchange *x, enum err e);
size_t reply_stream_take(struct exchange *x, char *p, size_t max); /* 0: nothing there now */
void reply_stream_settle(struct exchange *x);                      /* let the writer look again */

/* httpd_form.c: decoded length, -1 on a broken escape; out may be in. */
long percent_decode(const char *in, size_t n, char *out, bool plus_is_space);

/* httpd_linger.c */
void httpd_linger(int fd); /* yours */
