#include "base/clock.h"
#include "base/die.h"
#include "base/utf8.h"
#include "io/crypto.h"
#include "io/ws_impl.h"
#include "loop/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WS_MAGIC        0x57534f43
#define MESSAGE_DEFAULT (64u << 10)
#define QUEUE_DEFAULT   (256u << 10)
#define IDLE_DEFAULT_MS 60000
#define CLOSE_MS        3000        /* the peer has so long to answer our close */
#define KEEP_MAX        (16u << 10) /* a message's buffer that grew larger is given back */

static struct list dirty; /* something was sent in this turn */
static int alive;

static struct ws *cast(void *arg)
{
    return OBJ_CAST(struct ws, arg, WS_MAGIC);
}

/* ---- the end */

static void on_flush(void *arg);

static void destroy(struct ws *w)
{
    timer_cancel(&w->deadline);
    timer_cancel(&w->quiet);
    timer_cancel(&w->early);
    list_remove(&w->dirty);
    if (w->sock)
        sock_close(w->sock);
    if (w->req)
        ws_give_back(w);
    frames_free(w->frames);
    buf_free(&w->message);
    buf_free(&w->control);
    buf_free(&w->head);
    buf_free(&w->request);
    OBJ_KILL(w, WS_MAGIC);
    free(w);
    if (--alive == 0)
        loop_unhook(on_flush, NULL);
}

void ws_lost(struct ws *w, unsigned code, const char *why)
{
    const struct ws_h *h = w->h;
    w->h = NULL;
    if (h)
        h->closed(w->arg, code, why);
    destroy(w);
}

static void on_deadline(void *arg)
{
    struct ws *w = cast(arg);
    const char *late =
        w->state == WS_CLOSING ? "the close was not answered" : "it was not open in time";
    ws_lost(w, WS_LOST, w->sock ? late : "not a ws:// or wss:// URL");
}

void ws_deadline(struct ws *w, uint64_t ms)
{
    timer_cancel(&w->deadline);
    w->deadline = timer_after(ms, on_deadline, w);
}

/* ---- out */

void ws_dirty(struct ws *w)
{
    list_remove(&w->dirty);
    list_append(&dirty, &w->dirty);
}

static void on_flush(void *arg)
{
    (void)arg;
    for (struct ws *w; (w = LIST_FIRST(&dirty, struct ws, dirty));) {
        list_remove(&w->dirty);
        sock_flush(w->sock);
        sock_tick(w->sock);
    }
}

static void put(struct ws *w, enum ws_op op, const void *p, size_t n)
{
    frames_put(w->frames, op, p, n);
    ws_dirty(w);
}

static void put_close(struct ws *w, unsigned code, const char *why)
{
    uint8_t payload[WS_CONTROL_MAX];
    int n = 2 + snprintf((char *)payload + 2, sizeof payload - 2, "%s", why);
    payload[0] = (uint8_t)(code >> 8);
    payload[1] = (uint8_t)code;
    bool told = code != WS_NO_CODE;
    put(w, OP_CLOSE, payload, !told ? 0 : (size_t)n < sizeof payload ? (size_t)n : 2);
}

/* Our close is on its way; the peer's answer is still awaited, but nothing that it says. */
static void begin_close(struct ws *w, unsigned code, const char *why)
{
    put_close(w, code, why);
    w->state = WS_CLOSING;
    ws_deadline(w, CLOSE_MS);
}

/* The peer broke a rule. */
static void fail_peer(struct ws *w, unsigned code, const char *why)
{
    const struct ws_h *h = w->h;
    w->h = NULL;
    begin_close(w, code, why);
    if (h)
        h->closed(w->arg, code, why);
}

void ws_end(struct ws *w, unsigned code, const char *why)
{
    if (w->state == WS_OPEN)
        put_close(w, code, why);
    ws_lost(w, code, why); /* closing the connection sends what can be sent at once */
}

/* ---- in */

/* Plain ASCII, which most of it is, goes by eight. */
static bool is_utf8(const char *p, size_t n)
{
    const char *end = p + n;
    while (p < end) {
        uint64_t eight;
        while (end - p >= 8 && (memcpy(&eight, p, 8), !(eight & 0x8080808080808080u)))
            p += 8;
        if (p < end && utf8_next(&p) == UTF8_BAD)
            return false;
    }
    return p == end;
}

static void on_message(struct ws *w)
{
    w->within = false;
    if (!is_utf8(w->message.p, w->message.n))
        fail_peer(w, WS_NOT_UTF8, "not UTF-8");
    else if (w->h)
        w->h->text(w->arg, w->message.p, w->message.n);
    if (w->message.cap > KEEP_MAX)
        buf_free(&w->message);
    buf_reset(&w->message);
}

static void on_data(struct ws *w, const struct ws_piece *p)
{
    bool opens = p->op != OP_MORE;
    if (p->first && opens == w->within)
        fail_peer(w, WS_PROTOCOL, "a message inside another, or the rest of none");
    else if (p->op == OP_BINARY)
        fail_peer(w, WS_UNSUPPORTED, "text only");
    else if (w->message.n + p->n + p->left > w->message.max)
        fail_peer(w, WS_TOO_BIG, "the message is too big");
    else {
        w->within = true;
        buf_put(&w->message, p->p, p->n);
        if (!p->left && p->fin)
            on_message(w);
    }
}

/* True: w is gone. */
static bool on_close(struct ws *w)
{
    const uint8_t *p = (const uint8_t *)w->control.p;
    unsigned code = w->control.n >= 2 ? (unsigned)p[0] << 8 | p[1] : WS_NO_CODE;
    const char *why = w->control.n > 2 ? w->control.p + 2 : "";
    ws_end(w, code, is_utf8(why, strlen(why)) ? why : "");
    return true;
}

static bool on_control(struct ws *w, const struct ws_piece *p)
{
    if (p->first)
        buf_reset(&w->control);
    buf_put(&w->control, p->p, p->n);
    if (p->left)
        return false;
    if (p->op == OP_CLOSE)
        return on_close(w);
    if (p->op == OP_PING && w->state == WS_OPEN)
        put(w, OP_PONG, w->control.p, w->control.n);
    return false;
}

void ws_bytes(struct ws *w, const char *p, size_t n)
{
    struct ws_piece piece;
    int more;
    w->heard_at = clock_ms();
    frames_feed(w->frames, p, n);
    while ((more = frames_next(w->frames, &piece)) == 1) {
        if (piece.op >= OP_CLOSE && on_control(w, &piece))
            return;
        if (piece.op < OP_CLOSE && w->state == WS_OPEN)
            on_data(w, &piece);
    }
    if (more == 0)
        return;
    ws_end(w, WS_PROTOCOL, "no WebSocket frame"); /* and there is no next one to be found */
}

/* ---- the connection */

static void on_sock_open(void *arg)
{
    ws_client_begin(cast(arg));
}

static void on_sock_bytes(void *arg, const char *p, size_t n)
{
    struct ws *w = cast(arg);
    if (w->early)
        buf_put(&w->head, p, n);
    else if (w->state == WS_OPENING)
        ws_client_head(w, p, n);
    else
        ws_bytes(w, p, n);
}

static void on_sock_lost(void *arg, const char *why)
{
    ws_lost(cast(arg), WS_LOST, why);
}

const struct sock_h ws_sock_h = {on_sock_open, on_sock_bytes, on_sock_lost};

static void on_quiet(void *arg)
{
    struct ws *w = cast(arg);
    ws_dirty(w); /* a write that failed since is told in the flush */
    uint64_t quiet = clock_ms() - w->heard_at;
    if (quiet >= w->limits.idle_ms)
        ws_lost(w, WS_LOST, "nothing was heard of the peer");
    else if (w->state == WS_OPEN && quiet >= w->limits.idle_ms / 2)
        put(w, OP_PING, "", 0);
}

void ws_opened(struct ws *w)
{
    timer_cancel(&w->deadline);
    w->state = WS_OPEN;
    w->frames = frames_create(w->client, sock_out(w->sock));
    w->heard_at = clock_ms();
    w->quiet = timer_every(w->limits.idle_ms / 4 + 1, on_quiet, w);
    if (w->h)
        w->h->open(w->arg);
    else
        begin_close(w, WS_NORMAL, "");
}

struct ws *ws_create(const struct ws_limits *limits, const struct ws_h *h, void *arg)
{
    struct ws *w = must(calloc(1, sizeof *w));
    *w = (struct ws){.magic = WS_MAGIC, .h = h, .arg = arg, .limits = *limits};
    if (!w->limits.message_max)
        w->limits.message_max = MESSAGE_DEFAULT;
    if (!w->limits.queue_max)
        w->limits.queue_max = QUEUE_DEFAULT;
    if (!w->limits.idle_ms)
        w->limits.idle_ms = IDLE_DEFAULT_MS;
    w->message = BUF(w->limits.message_max);
    w->control = BUF(WS_CONTROL_MAX);
    list_init(&w->dirty);
    if (alive++ == 0) {
        list_init(&dirty);
        loop_hook(TURN_FLUSH, on_flush, NULL);
    }
    return w;
}

/* What a server answers to a key, so that both know they speak the same. */
void ws_accept_of(const char *key, char out[WS_ACCEPT_TEXT])
{
    char text[WS_KEY_TEXT + 36];
    uint8_t hash[SHA1_SIZE];
    int n = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1(text, (size_t)n, hash);
    base64_encode(hash, sizeof hash, out);
}

/* ---- public */

enum err ws_send(struct ws *w, const char *p, size_t n)
{
    if (w->state != WS_OPEN)
        return ERR_CLOSING;
    put(w, OP_TEXT, p, n);
    if (sock_unsent(w->sock) > w->limits.queue_max)
        sock_out(w->sock)->over = true; /* breaks it in the flush */
    return sock_out(w->sock)->over ? ERR_BUSY : OK;
}

void ws_close(struct ws *w, enum ws_code code, const char *why)
{
    if (!w)
        return;
    w->h = NULL;
    if (w->state == WS_OPEN)
        begin_close(w, code, why);
    else if (w->client && w->state == WS_OPENING)
        ws_deadline(w, 0); /* the server's end learns first what became of its request */
}

void ws_drop(struct ws *w)
{
    w->h = NULL;
    destroy(w);
}

void ws_stall(struct ws *w)
{
    if (w->sock)
        sock_stall(w->sock);
}

size_t ws_unsent(const struct ws *w)
{
    return w->sock ? sock_unsent(w->sock) : 0;
}
