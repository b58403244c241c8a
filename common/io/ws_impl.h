/*
 * Private to ws*.c. Who does what:
 *   ws.c         the life of a connection: frames to messages, closing, idleness, its end
 *   ws_frame.c   frames out and in. The only file that knows wslay
 *   ws_server.c  the upgrade of a request
 *   ws_client.c  the handshake from the other side
 */
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include "io/sock.h"
#include "io/ws.h"
#include <stdint.h>

#define WS_KEY_TEXT    25 /* 16 bytes in base64, and NUL */
#define WS_ACCEPT_TEXT 29
#define WS_CONTROL_MAX 125

enum ws_op { OP_MORE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

/* A piece of a frame's payload; the frame ends with it when `left` is 0. */
struct ws_piece {
    enum ws_op op;
    bool fin, first;
    const char *p;
    size_t n;
    uint64_t left;
};

enum ws_state {
    WS_OPENING, /* for the handshake */
    WS_OPEN,
    WS_CLOSING, /* our close is sent: for the peer's */
};

struct frames;
struct req;
struct ws {
    uint32_t magic;
    const struct ws_h *h; /* NULL: the owner has let go */
    void *arg;
    enum ws_state state;
    struct ws_limits limits;
    struct sock *sock; /* NULL: not upgraded yet */
    struct frames *frames;
    struct list dirty;
    struct timer *deadline; /* of opening or closing */
    struct timer *quiet;    /* looks for a silent peer */
    uint64_t heard_at;
    struct buf message, control;
    bool within; /* a message of several frames */
    bool client;

    struct req *req;     /* the server's: to be given back */
    struct timer *early; /* what came behind the request is read in the next turn */
    struct buf head;     /* that, or the client's received head */
    struct buf request;  /* the client's, to be sent */
    char key[WS_KEY_TEXT];
};

/* ws.c */
struct ws *ws_create(const struct ws_limits *limits, const struct ws_h *h, void *arg);
extern const struct sock_h ws_sock_h;
void ws_deadline(struct ws *w, uint64_t ms);
void ws_opened(struct ws *w);
void ws_bytes(struct ws *w, const char *p, size_t n);
void ws_dirty(struct ws *w);
void ws_lost(struct ws *w, unsigned code, const char *why); /* tells, and frees w */
void ws_end(struct ws *w, unsigned code, const char *why);  /* the same, and the peer is told */
void ws_accept_of(const char *key, char out[WS_ACCEPT_TEXT]);

/* ws_frame.c */
struct frames *frames_create(bool client, struct buf *out);
void frames_free(struct frames *f);
void frames_feed(struct frames *f, const char *p, size_t n);
/* 1: a piece; 0: fed more is needed; -1: no WebSocket. */
int frames_next(struct frames *f, struct ws_piece *out);
void frames_put(struct frames *f, enum ws_op op, const void *p, size_t n);

/* ws_server.c */
void ws_give_back(struct ws *w);

/* ws_client.c */
void ws_client_begin(struct ws *w);
void ws_client_head(struct ws *w, const char *p, size_t n);
