/*
 * HTTP client (libcurl multi on the loop). HTTPS verified, by the authorities of SSL_CERT_FILE where
 * it is set; no redirect followed unless asked, no proxy from the environment, HTTP/1.1.
 *
 *     struct http_ask ask = {.method = "POST", .url = url, .body = json, .type = "application/json",
 *                            .bearer = key, .total_ms = 8000};
 *     struct http_answer ans;
 *     TRY(await_http(&scope, &ask, &ans));            OK means: an HTTP answer of any status
 *     if (ans.status != 200) ...
 *
 * Errors: ERR_UPSTREAM (could not connect, broken answer), ERR_TIMEOUT, ERR_TOO_BIG (answer larger
 * than max_answer), ERR_INVALID (no URL, or a line break in a header), ERR_CLOSING.
 * ans.sent tells whether the request may have reached the peer: false only when it provably did not
 * (refused, DNS), so that a caller of a non-idempotent API can tell "no" from "unknown".
 */
#pragma once
#include "base/buf.h"
#include "base/scope.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A body that lies in a file: n bytes from its start, read as they go out. Borrowed until the end. */
struct http_file {
    int fd;
    uint64_t n;
};

struct http_ask {
    const char *method, *url;
    const char *type; /* Content-Type of the body */
    const char *body;
    size_t body_n;                /* 0 with a body: strlen */
    const struct http_file *file; /* instead of body; the method is PUT */
    const char *trace; /* of who asks: the peer is told, and a span is kept; may be NULL */
    const char *user, *password; /* Basic */
    /* "aws:amz:REGION:s3": user and password are a key and its secret, which sign (AWS, version 4). */
    const char *sign;
    const char *bearer;
    const char *const *headers;    /* "Name: value", NULL-terminated; may be NULL */
    unsigned connect_ms, total_ms; /* 0: 3 s, and what is left of the scope (a stream: 120 s);
                                      total never exceeds the scope */
    unsigned idle_ms;              /* longest gap between bytes once the head has come; 0 = any.
                                     Does not run while the consumer has paused the transfer */
    size_t max_answer;             /* 0 = 1 MiB; for a stream: of all pieces, 0 = 64 MiB */
    /*
     * A GET's one redirect, to https or within its origin. User and password stay here, headers go
     * along. ERR_UPSTREAM: a second redirect, another scheme, or a private address (other than by the
     * same host name).
     */
    bool follow;
    bool
        public_only; /* https, to a public address, judged at the connect: for a URL that others gave us */
    bool never_resend; /* a connection of its own, for what must not happen twice */
    /*
     * The body waits for its moment (clock_us()): connection and head are made ahead, the body follows at
     * body_at_us, or never when that has been missed by body_by_us: ERR_TIMEOUT, late. 0: at once. A request
     * without its body is none: sent is false as long as none of it has left.
     */
    uint64_t body_at_us, body_by_us;
};

struct http_answer {
    int status;
    const char *body; /* the arena's, NUL-terminated; empty for a stream */
    size_t n;
    const char *type; /* Content-Type, "" when absent */
    bool sent;
    bool late;                     /* body_by_us had passed */
    uint64_t sent_us, answered_us; /* a waiting body left, its answer began: clock_us(), or 0 */
    unsigned retry_after_s;        /* Retry-After, 0 when absent */
    uint64_t
        date_ms; /* its header Date, as milliseconds since 1970, in whole seconds; 0 when absent */
    int64_t length; /* Content-Length, -1 when unknown */
};

/* Each who opens closes; the first one's name counts. The last close fails what is in flight with ERR_CLOSING. */
void httpc_open(const char *user_agent);
void httpc_close(void);

enum err await_http(struct scope *s, const struct http_ask *ask,
                    struct http_answer *ans) MUST_CHECK;

/*
 * Streams. on_head once (status and headers known), on_piece per piece, on_end exactly once and last,
 * never before http_stream() has returned and never after http_cancel(). The callbacks run on the
 * loop's stack; typically they post to a mailbox. on_piece returning false pauses the transfer until
 * http_resume() (the piece it refused comes again). The ask is copied. After http_cancel() or on_end
 * the stream is gone.
 */
struct http_stream;
struct http_stream_h {
    void (*on_head)(void *arg, int status, const char *content_type, int64_t length);
    bool (*on_piece)(void *arg, const char *data, size_t n);
    void (*on_end)(void *arg, enum err e);
};
struct http_stream *http_stream(const struct http_ask *ask, const struct http_stream_h *h,
                                void *arg);
void http_cancel(struct http_stream *x); /* from anywhere; the connection ends */
void http_resume(struct http_stream *x);
unsigned http_retry_after(struct http_stream *x);      /* seconds; 0 when the answer had none */
const char *http_content_range(struct http_stream *x); /* of a 206, else ""; the stream's */

/* Open a connection to the origin of `url` ahead of need, so that the first request finds it warm. */
void http_warm(const char *url);

/* Percent-encode for a form or query value; the arena's. */
const char *url_encode(struct arena *a, const char *s);

/* A configured URL, with or without its last slash, and "/path" behind it; the arena's. */
const char *url_under(struct arena *a, const char *base, const char *path);

/* Append "&name=value" (the first one without &) to a form body or query; a NULL value is left out. */
void form_add(struct buf *b, const char *name, const char *value);
