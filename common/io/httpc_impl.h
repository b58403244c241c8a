/*
 * Private to httpc*.c. Who does what:
 *   httpc.c         libcurl on the loop, the only file that knows it: a request goes out, its answer
 *                   comes into the stream's buffer
 *   httpc_stream.c  a stream's life: head and pieces to its consumer, pause, silence, the end
 *   httpc_await.c   await_http(), http_warm(): for those who want no stream
 *   httpc_held.c    bodies that wait for their moment
 *   httpc_form.c    forms and queries
 */
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include "base/span.h"
#include "io/httpc.h"
#include <stdint.h>

#define STREAM_MAGIC 0x68747463
#define PENDING_MAX  (256u << 10) /* received and not yet taken; beyond, the peer waits */
#define HOST_MAX     80

/*
 * libcurl calls us only to buffer: head and pieces are handed on after it has returned, so that a
 * consumer may start, cancel or resume any transfer from any callback (libcurl itself would refuse).
 */
struct http_stream {
    uint32_t magic;
    struct list all, dirty, waiting;
    void *easy; /* libcurl's; NULL once it has ended */
    struct curl_slist *headers;
    const struct http_stream_h *h;
    void *arg;
    struct buf pending;
    size_t received, max;
    int file; /* the body that goes out, file_n bytes; the next is file_at */
    uint64_t file_n, file_at;
    char *body; /* one that waits, body_n bytes; the next is body_at */
    size_t body_n, body_at;
    uint64_t body_at_us, body_by_us;
    uint64_t sent_us, answered_us;
    uint64_t began_us, last_byte_ms, until_ms;
    unsigned idle_ms;
    struct timer *idle;
    char host[HOST_MAX];
    char trace[TRACE_TEXT]; /* "": the peer is told none */
    struct span *span;
    int status;
    char type[128], range[64];
    int64_t length;
    unsigned retry_after_s;
    uint64_t date_ms;
    enum err err;
    const char *why;
    bool head, headed;           /* head received; head handed on */
    bool held, paused;           /* libcurl waits for us; we wait for the consumer */
    bool follow, away, followed; /* may follow; is sent elsewhere; has gone there */
    bool over;                   /* more than max */
    bool ended, canceled, busy, sent;
    bool late; /* the body's moment had passed */
};

/* ---- libcurl's side */

/* False: the request is unfit, and why is set. */
bool httpc_send(struct http_stream *x, const struct http_ask *ask, uint64_t total_ms) MUST_CHECK;
void httpc_stop(struct http_stream *x);  /* no byte comes any more; may be called twice */
void httpc_go_on(struct http_stream *x); /* after held; may buffer more at once */
void httpc_turn(void);                   /* libcurl does what it has to, now */
void httpc_read_head(struct http_stream *x);
void httpc_note_sent(struct http_stream *x);

/* ---- bodies that wait */

void held_wait(struct http_stream *x); /* httpc_go_on() at its moment */
void held_close(void);

/* ---- the stream's side */

struct http_stream *stream_start(const struct http_ask *ask, uint64_t total_ms, size_t max,
                                 size_t pending, const struct http_stream_h *h, void *arg);
void stream_mark(struct http_stream *x); /* there is something to hand on */
void stream_end(struct http_stream *x, enum err e);
void stream_hand_all(void); /* outside libcurl */
void stream_close_all(void);
