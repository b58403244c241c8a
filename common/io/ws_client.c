#include "base/die.h"
#include "io/crypto.h"
#include "io/ws_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX        (16u << 10)
#define REQUEST_MAX     (16u << 10)
#define OPEN_DEFAULT_MS 10000

/* ---- the answer */

/* The value of a header line of the head, up to its \r\n; NULL: not there. */
static const char *header(const char *head, const char *name, size_t *n)
{
    size_t name_n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, name_n) != 0 || line[name_n] != ':')
            continue;
        const char *value = line + name_n + 1;
        value += strspn(value, " \t");
        *n = strcspn(value, "\r\n");
        while (*n && (value[*n - 1] == ' ' || value[*n - 1] == '\t'))
            --*n;
        return value;
    }
    return NULL;
}

static bool header_is(const char *head, const char *name, const char *wanted, bool exactly)
{
    size_t n, wanted_n = strlen(wanted);
    const char *value = header(head, name, &n);
    return value && n == wanted_n &&
           (exactly ? strncmp(value, wanted, n) : strncasecmp(value, wanted, n)) == 0;
}

/* 101 when it is what we asked for. */
static unsigned judge(struct ws *w, const char **why)
{
    char accept[WS_ACCEPT_TEXT];
    unsigned status = 0;
    *why = "no WebSocket: not HTTP";
    if (sscanf(w->head.p, "HTTP/1.1 %3u", &status) != 1 || status < 100)
        return WS_PROTOCOL;
    *why = "the server would not";
    if (status != 101)
        return status;
    ws_accept_of(w->key, accept);
    *why = "no WebSocket: a wrong Upgrade or Sec-WebSocket-Accept";
    if (!header_is(w->head.p, "Upgrade", "websocket", false) ||
        !header_is(w->head.p, "Sec-WebSocket-Accept", accept, true))
        return WS_PROTOCOL;
    *why = "an extension or subprotocol that was not asked for";
    size_t n;
    if (header(w->head.p, "Sec-WebSocket-Extensions", &n) ||
        header(w->head.p, "Sec-WebSocket-Protocol", &n))
        return WS_PROTOCOL;
    return status;
}

void ws_client_head(struct ws *w, const char *p, size_t n)
{
    const char *why;
    size_t before = w->head.n;
    size_t most = HEAD_MAX - before;
    buf_put(&w->head, p, n < most ? n : most);
    char *end = strstr(w->head.p, "\r\n\r\n");
    if (!end) {
        if (w->head.n == HEAD_MAX)
            ws_lost(w, WS_PROTOCOL, "no WebSocket: too long an answer");
        return;
    }
    end[2] = 0;
    size_t used = (size_t)(end + 4 - w->head.p) - before;
    unsigned status = judge(w, &why);
    if (status != 101) {
        ws_lost(w, status, why);
        return;
    }
    buf_free(&w->head);
    ws_opened(w);
    if (n > used)
        ws_bytes(w, p + used, n - used);
}

/* ---- the request */

void ws_client_begin(struct ws *w)
{
    buf_put(sock_out(w->sock), w->request.p, w->request.n);
    buf_free(&w->request);
    ws_dirty(w);
}

struct place {
    bool tls;
    char host[256];
    int port;
    const char *path;
};

static bool parse(const char *url, struct place *out)
{
    out->tls = strncmp(url, "wss://", 6) == 0;
    if (!out->tls && strncmp(url, "ws://", 5) != 0)
        return false;
    const char *from = url + (out->tls ? 6 : 5), *to = from + strcspn(from, "/?#");
    bool bracketed = *from == '[';
    const char *end = bracketed ? memchr(from, ']', (size_t)(to - from)) : from;
    const char *colon = end ? memchr(end, ':', (size_t)(to - end)) : NULL;
    const char *host_end = colon ? colon : to;
    if (bracketed) {
        from++;
        host_end--;
    }
    if (!end || host_end <= from || (size_t)(host_end - from) >= sizeof out->host)
        return false;
    memcpy(out->host, from, (size_t)(host_end - from));
    out->host[host_end - from] = 0;
    out->port = colon ? atoi(colon + 1) : out->tls ? 443 : 80;
    out->path = *to ? to : "/";
    return out->port > 0 && out->port < 65536 && !strpbrk(url, " \r\n\t#@");
}

static void word(struct ws *w, const struct place *p, const char *const *headers)
{
    uint8_t key[16];
    struct buf *b = &w->request;
    *b = BUF(REQUEST_MAX);
    random_bytes(key, sizeof key);
    base64_encode(key, sizeof key, w->key);
    bool v6 = strchr(p->host, ':'), usual = p->port == (p->tls ? 443 : 80);
    buf_printf(b, "GET %s%s HTTP/1.1\r\nHost: %s%s%s", *p->path == '?' ? "/" : "", p->path,
               v6 ? "[" : "", p->host, v6 ? "]" : "");
    if (!usual)
        buf_printf(b, ":%d", p->port);
    buf_printf(b,
               "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: %s\r\n",
               w->key);
    for (; headers && *headers; headers++)
        buf_printf(b, "%s\r\n", *headers);
    buf_puts(b, "\r\n");
}

struct ws *ws_connect(const struct ws_to *to, const struct ws_limits *limits, const struct ws_h *h,
                      void *arg)
{
    struct place p;
    struct ws *w = ws_create(limits, h, arg);
    w->client = true;
    w->head = BUF(HEAD_MAX);
    if (!parse(to->url, &p)) {
        ws_deadline(w, 0);
        return w;
    }
    word(w, &p, to->headers);
    w->sock = sock_connect(&(struct sock_to){.host = p.host,
                                             .port = p.port,
                                             .tls = p.tls,
                                             .ca_file = to->ca_file,
                                             .queue_max = w->limits.queue_max},
                           &ws_sock_h, w);
    ws_dirty(w); /* what failed at once is told in the flush */
    ws_deadline(w, to->open_ms ? to->open_ms : OPEN_DEFAULT_MS);
    return w;
}
