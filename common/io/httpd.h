/*
 * HTTP server (libmicrohttpd on the loop). One task per request; a handler reads straight down:
 * decode, one statement, reply.
 *
 *     static enum err calls_get(struct req *r)
 *     {
 *         const char *id = req_param(r, "id");
 *         ...
 *         return req_reply(r, 200, body);
 *     }
 *     static const struct route routes[] = {
 *         {"GET", "/agent/calls/{id}", ROLE_AGENT, calls_get},
 *     };
 *
 * What a handler returns decides: OK after a reply; any error becomes the table's status with
 * {"error":{"code","message","field"?}} from scope->fault. Replying twice, or returning OK without
 * a reply, is a bug and becomes 500.
 *
 * The edge answers by itself: unknown path 404, wrong method 405 + Allow, body over the limit 413
 * (also with a lying length), URI over 8 KiB 414, headers too large 431, two Hosts / two lengths /
 * length and chunked / NUL in a header 400 + close, too many connections 503, a request not
 * received whole within its total time is cut. Parameters in {braces} are percent-decoded; a bad
 * escape is 400.
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct httpd;
struct req;
typedef enum err req_handler(struct req *r);

struct route {
    const char *method, *path; /* "/agent/calls/{id}"; the last part may be "{rest...}" */
    int role; /* the service's own enum; 0 refuses to start: no route without a role */
    req_handler *handler;
    size_t max_body;       /* 0 = 64 KiB */
    unsigned budget_ms;    /* scope deadline; 0 = 10 s */
    const char *body_type; /* for the guard: what a body must be; NULL = what the service takes */
};

struct httpd_config {
    const char *address;
    int port; /* 0 = any; httpd_port() tells */
    const struct route *routes;
    size_t n_routes;
    req_handler *guard; /* runs in the request's task before the handler; NULL = nothing to check */
    req_handler
        *prove; /* a handler that failed before scope.unproven was: may it say so? NULL = yes */
    unsigned receive_ms;         /* total time to receive a request; 0 = 10 s */
    unsigned max_connections;    /* 0 = 4000; never more than the descriptors allow */
    const char *trusted_proxies; /* addresses, comma separated: see req.client; NULL = none */
    unsigned head_bytes;         /* of memory for a connection's heads; 0 = 48 KiB */
    bool quiet;                  /* no log line per request (ops port) */
};
#define HTTPD_PROXIES_MAX 16

struct req {
    struct scope scope;
    const char *method, *path; /* path as received, percent-encoding untouched, without the query */
    const char *target;        /* path and ?query exactly as on the request line (for signatures) */
    const char *body;          /* NUL-terminated; "" when none */
    size_t body_n;
    /*
     * Who asks, an address as text: the peer; behind a trusted proxy the last address in X-Forwarded-For
     * that is no trusted proxy itself. When that is malformed or missing, the peer all the same.
     */
    const char *client;
    const struct route *route;
    void *user; /* for the guard: who is asking */
};

struct httpd *httpd_open(const struct httpd_config *cfg); /* NULL: logged why (port in use, ...) */
int httpd_port(const struct httpd *h);
/* Stop accepting; requests in progress go on, with Connection: close. */
void httpd_quiesce(struct httpd *h);
/*
 * Requests without a complete answer yet. For 0.3 s after quiesce an idle connection counts too: its
 * next request may be on the way.
 */
int httpd_active(const struct httpd *h);
void httpd_close(struct httpd *h); /* call only when no request task lives */

const char *req_param(const struct req *r, const char *name);  /* of the path; never NULL */
const char *req_header(const struct req *r, const char *name); /* NULL when absent */
const char *req_cookie(const struct req *r, const char *name);

/*
 * Decoded name/value pairs of the query string or of a form body, in the order received.
 * form_parse() accepts any bytes; *pairs and the values are the arena's (values are NUL-terminated
 * and carry their length because %00 is a byte like any other).
 */
struct pair {
    const char *name, *value;
    size_t name_n, value_n;
};
struct form {
    struct pair *pairs;
    size_t n;
};
enum err form_parse(struct scope *s, const char *text, size_t n, size_t max_pairs,
                    struct form *out) MUST_CHECK; /* ERR_INVALID: broken escape or too many pairs */
const char *form_get(const struct form *f, const char *name); /* first one; NULL when absent */
enum err req_query(struct req *r, struct form *out) MUST_CHECK;

/* Headers of the reply; call before req_reply*. */
void req_set_header(struct req *r, const char *name, const char *value);

/* Replies; the body is copied. Each returns OK, so that a handler can end with it. */
enum err req_reply(struct req *r, int status, const char *json);
enum err req_reply_bytes(struct req *r, int status, const char *content_type, const void *p,
                         size_t n);

/*
 * A reply sent piece by piece (audio, server-sent events). length < 0: unknown, chunked. Pieces
 * queue up to 256 KiB; await_req_write() waits while the client reads slowly and fails with
 * ERR_CLOSING when the client has gone, or ERR_TIMEOUT at the scope's deadline. Ends when the
 * handler returns; returning an error then cuts the connection, so that a client never takes half
 * for the whole. Status and headers leave with the first piece: an error before it is answered like
 * any other.
 */
enum err req_stream(struct req *r, int status, const char *content_type, int64_t length);
enum err await_req_write(struct req *r, const void *p, size_t n) MUST_CHECK;
/*
 * The connection leaves HTTP: once the handler has returned OK, 101 goes out with `protocol` and the headers
 * set, and from then on the connection is the receiver's until req_upgrade_close(). It counts as active.
 */
struct upgrade_h {
    /* r lives as long as the connection. fd is borrowed, early (received behind the request) until the return. */
    void (*open)(void *arg, struct req *r, int fd, const char *early, size_t n);
    /* Before open: the client has gone, or the handler failed; r is gone. After: httpd_close() ends it. */
    void (*over)(void *arg);
};
enum err req_upgrade(struct req *r, const char *protocol, const struct upgrade_h *h, void *arg);
void req_upgrade_close(struct req *r); /* not from within open() */
/* The connection ends without a byte, with a reset if asked: for a server that imitates a failing one. */
enum err req_cut(struct req *r, bool reset);
/* It has closed its side; r stays good until the handler returns. */
bool req_client_gone(const struct req *r);
