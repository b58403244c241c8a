/*
 * WebSocket on the loop, both ends; framing by wslay. Text messages only: a binary one ends the connection.
 *
 *     static enum err media(struct req *r)                      the server's end, in the handler of a route
 *     {
 *         return ws_accept(r, &limits, &handlers, self, &self->ws);
 *     }
 *     self->ws = ws_connect(&(struct ws_to){.url = "wss://host/path"}, &limits, &handlers, self);
 *
 *     ws_send(self->ws, text, n);              what is sent in one turn of the loop leaves as one write
 *     ws_close(self->ws, WS_NORMAL, "");       from here on it is gone for its owner
 *
 * Pings are answered. Nothing is allocated per message once the buffers have their size. A peer that sends
 * too much, nothing for too long, or something that is no WebSocket, is closed with the code that says so.
 */
#pragma once
#include "base/err.h"
#include <stddef.h>

enum ws_code {
    WS_NORMAL = 1000,
    WS_GOING_AWAY = 1001,
    WS_PROTOCOL = 1002,
    WS_UNSUPPORTED = 1003,
    WS_NO_CODE = 1005, /* the peer closed without one; never sent */
    WS_LOST = 1006,    /* without a closing handshake; never sent */
    WS_NOT_UTF8 = 1007,
    WS_POLICY = 1008,
    WS_TOO_BIG = 1009,
    WS_INTERNAL = 1011,
};

struct ws;
struct ws_h {
    void (*open)(void *arg); /* messages may be sent */
    /* A whole one, NUL-terminated, borrowed until the return. */
    void (*text)(void *arg, const char *p, size_t n);
    /*
     * The last one, and the connection is gone; not after ws_close(). The code is the peer's, ours when the
     * peer broke a rule, WS_LOST, or below 1000 the HTTP status of a server that would not. Both borrowed.
     */
    void (*closed)(void *arg, unsigned code, const char *why);
};

struct ws_limits {
    size_t message_max; /* received; 0 = 64 KiB */
    size_t
        queue_max; /* sent and not taken by the network yet; over it the connection is lost; 0 = 256 KiB */
    unsigned
        idle_ms; /* nothing received for so long (a ping goes out at half of it): lost; 0 = 60 s */
};

/* r's answer. ERR_INVALID, and the request's fault, when it asks for no WebSocket; then no callback comes. */
struct req;
enum err ws_accept(struct req *r, const struct ws_limits *limits, const struct ws_h *h, void *arg,
                   struct ws **out) MUST_CHECK;

struct ws_to {
    const char *url;            /* ws:// or wss:// */
    const char *const *headers; /* "Name: value", NULL ends them; NULL: none. Copied */
    const char *ca_file;        /* NULL: the system's */
    unsigned open_ms;           /* it is open by then, or closed; 0 = 10 s */
};
struct ws *ws_connect(const struct ws_to *to, const struct ws_limits *limits, const struct ws_h *h,
                      void *arg);

/* One text message, copied. ERR_BUSY over queue_max, ERR_CLOSING before open(). */
enum err ws_send(struct ws *w, const char *p, size_t n) MUST_CHECK;
void ws_close(struct ws *w, enum ws_code code, const char *why); /* NULL w is fine */
/*
 * For a peer that imitates a failing one; not from its own callbacks. Dropped it is gone for its owner, without
 * a closing handshake; stalled it reads no more.
 */
void ws_drop(struct ws *w);
void ws_stall(struct ws *w);
size_t ws_unsent(const struct ws *w);
