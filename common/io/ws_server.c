#include "base/scope.h"
#include "io/crypto.h"
#include "io/httpd.h"
#include "io/ws_impl.h"
#include "loop/loop.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define EARLY_MAX (128u << 10)

static void on_early(void *arg)
{
    struct ws *w = arg;
    timer_cancel(&w->early);
    struct buf early = w->head;
    w->head = BUF(EARLY_MAX);
    ws_bytes(w, early.p, early.n); /* w may be gone */
    buf_free(&early);
}

static void on_upgraded(void *arg, struct req *r, int fd, const char *early, size_t n)
{
    struct ws *w = arg;
    w->req = r;
    w->sock = sock_adopt(fd, w->limits.queue_max, &ws_sock_h, w);
    if (n) {
        w->head = BUF(EARLY_MAX);
        buf_put(&w->head, early, n);
        w->early = timer_after(0, on_early, w);
    }
    ws_opened(w);
}

static void on_over(void *arg)
{
    struct ws *w = arg;
    if (w->req)
        ws_end(w, WS_GOING_AWAY, "the server ends");
    else
        ws_lost(w, WS_LOST, "the client has gone");
}

void ws_give_back(struct ws *w)
{
    req_upgrade_close(w->req);
}

/* Is it one of the words of a list like "keep-alive, Upgrade"? */
static bool listed(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; p && *p; p += strcspn(p, ", \t"), p += strspn(p, ", \t"))
        if (strncasecmp(p, word, n) == 0 && (!p[n] || strchr(", \t", p[n])))
            return true;
    return false;
}

static bool is_key(const char *key)
{
    uint8_t bytes[18];
    return key && strlen(key) == WS_KEY_TEXT - 1 &&
           base64_decode(key, WS_KEY_TEXT - 1, bytes) == 16;
}

static enum err judge(struct req *r)
{
    const char *version = req_header(r, "Sec-WebSocket-Version");
    if (!listed(req_header(r, "Upgrade"), "websocket") ||
        !listed(req_header(r, "Connection"), "upgrade"))
        return fail(&r->scope, ERR_INVALID, NULL, "Upgrade", "a WebSocket is spoken here");
    if (!version || strcmp(version, "13") != 0) {
        req_set_header(r, "Sec-WebSocket-Version", "13");
        return fail(&r->scope, ERR_INVALID, NULL, "Sec-WebSocket-Version", "must be 13");
    }
    if (!is_key(req_header(r, "Sec-WebSocket-Key")))
        return fail(&r->scope, ERR_INVALID, NULL, "Sec-WebSocket-Key",
                    "must be 16 bytes in base64");
    return OK;
}

static const struct upgrade_h upgrade_h = {on_upgraded, on_over};

enum err ws_accept(struct req *r, const struct ws_limits *limits, const struct ws_h *h, void *arg,
                   struct ws **out)
{
    char accept[WS_ACCEPT_TEXT];
    TRY(judge(r));
    ws_accept_of(req_header(r, "Sec-WebSocket-Key"), accept);
    req_set_header(r, "Sec-WebSocket-Accept", accept);
    *out = ws_create(limits, h, arg);
    return req_upgrade(r, "websocket", &upgrade_h, *out);
}
