#include "io/sock.h"
#include "base/die.h"
#include "io/tls.h"
#include "loop/loop.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define SOCK_MAGIC 0x50c4e7a1u
#define KEEP_MAX   (1u << 20) /* a buffer that grew larger is given back once it is sent, */
#define KEEP_PART  16         /* and so is one that is over such a part of its bound */
#define READ_MAX   65536
#define SEAL_MAX   65536 /* what TLS may add to a full queue, or send by itself */

struct sock {
    uint32_t magic;
    uv_tcp_t tcp;
    uv_getaddrinfo_t lookup;
    uv_connect_t connecting;
    uv_write_t write;
    struct addrinfo *found, *next; /* next: not tried yet */
    char port[8];
    bool has_tcp, looking, writing, connected;
    const struct sock_h *h; /* NULL: closed, on its way to be freed */
    void *arg;
    struct tls *tls;
    struct buf out;     /* plaintext being collected in this turn */
    struct buf sealed;  /* its ciphertext */
    struct buf sending; /* owned by the uv_write under way */
    struct buf plain;
    char why[192]; /* found broken while flushing: told at the next tick */
};

static char received[READ_MAX]; /* by whoever is being read: what comes is dealt with at once */

static void free_when_done(struct sock *s)
{
    if (s->h || s->has_tcp || s->looking)
        return;
    uv_freeaddrinfo(s->found);
    tls_free(s->tls);
    buf_free(&s->out);
    buf_free(&s->sealed);
    buf_free(&s->sending);
    buf_free(&s->plain);
    OBJ_KILL(s, SOCK_MAGIC);
    free(s);
}

static void lost(struct sock *s, const char *why)
{
    if (s->h)
        s->h->lost(s->arg, why);
}

static void broken(struct sock *s, const char *what, const char *detail)
{
    if (!s->why[0])
        snprintf(s->why, sizeof s->why, "%s: %s", what, detail);
}

/* ---- out */

static void on_written(uv_write_t *w, int status)
{
    struct sock *s = OBJ_CAST(struct sock, w->data, SOCK_MAGIC);
    s->writing = false;
    if (s->sending.cap > KEEP_MAX)
        buf_free(&s->sending);
    buf_reset(&s->sending);
    if (status < 0)
        broken(s, "write", uv_strerror(status));
    else if (s->h)
        sock_flush(s);
}

/* Most turns end here: the kernel takes it all and no request is needed. Returns what it took. */
static size_t write_now(struct sock *s, const struct buf *b)
{
    uv_buf_t v = uv_buf_init(b->p, (unsigned)b->n);
    int n = uv_try_write((uv_stream_t *)&s->tcp, &v, 1);
    if (n < 0 && n != UV_EAGAIN)
        broken(s, "write", uv_strerror(n));
    return n > 0 ? (size_t)n : 0;
}

static void write_rest(struct sock *s, struct buf *b, size_t sent)
{
    struct buf empty = s->sending;
    s->sending = *b;
    *b = empty;
    uv_buf_t v = uv_buf_init(s->sending.p + sent, (unsigned)(s->sending.n - sent));
    s->write.data = s;
    if (uv_write(&s->write, (uv_stream_t *)&s->tcp, &v, 1, on_written) == 0)
        s->writing = true;
}

static void write_out(struct sock *s, struct buf *b)
{
    size_t sent = write_now(s, b);
    if (sent < b->n && !s->why[0]) {
        write_rest(s, b, sent);
        return;
    }
    if (b->cap > b->max / KEEP_PART)
        buf_free(b);
    buf_reset(b);
}

bool sock_flush(struct sock *s)
{
    if (s->out.over)
        broken(s, "write", "the outbound queue is over its bound");
    if (!s->connected || s->writing || s->why[0])
        return false;
    if (s->tls && s->out.n) {
        if (tls_send(s->tls, s->out.p, s->out.n, &s->sealed))
            broken(s, "tls", tls_why(s->tls));
        buf_reset(&s->out);
    }
    struct buf *b = s->tls ? &s->sealed : &s->out;
    if (!b->n)
        return false;
    write_out(s, b);
    return true;
}

struct buf *sock_out(struct sock *s)
{
    return &s->out;
}

size_t sock_unsent(const struct sock *s)
{
    return s->out.n + s->sealed.n + s->sending.n;
}

/* ---- in */

static void on_room(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
    (void)h, (void)hint;
    *b = uv_buf_init(received, sizeof received);
}

static void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
    struct sock *s = OBJ_CAST(struct sock, stream->data, SOCK_MAGIC);
    if (n == 0 || !s->h)
        return;
    if (n < 0) {
        lost(s, n == UV_EOF ? "the peer closed the connection" : uv_strerror((int)n));
        return;
    }
    if (!s->tls) {
        s->h->bytes(s->arg, b->base, (size_t)n);
        return;
    }
    buf_reset(&s->plain);
    enum err e = tls_receive(s->tls, b->base, (size_t)n, &s->plain, &s->sealed);
    sock_flush(s); /* TLS has its own answers: the owner hears nothing of a handshake */
    if (s->plain.n)
        s->h->bytes(s->arg, s->plain.p, s->plain.n);
    if (e)
        lost(s, tls_why(s->tls));
}

void sock_stall(struct sock *s)
{
    uv_read_stop((uv_stream_t *)&s->tcp);
}

void sock_tick(struct sock *s)
{
    if (s->why[0])
        lost(s, s->why);
}

/* ---- connecting */

static void try_address(struct sock *s, const struct sockaddr *sa);

static void on_failed_closed(uv_handle_t *h)
{
    struct sock *s = OBJ_CAST(struct sock, h->data, SOCK_MAGIC);
    s->has_tcp = false;
    if (!s->h) {
        free_when_done(s);
        return;
    }
    struct addrinfo *ai = s->next;
    s->next = ai->ai_next;
    try_address(s, ai->ai_addr);
}

static void on_connected(uv_connect_t *c, int status)
{
    struct sock *s = OBJ_CAST(struct sock, c->data, SOCK_MAGIC);
    if (!s->h)
        return;
    if (status < 0 && s->next) {
        uv_close((uv_handle_t *)&s->tcp, on_failed_closed);
        return;
    }
    if (status < 0) {
        lost(s, uv_strerror(status));
        return;
    }
    s->connected = true;
    uv_tcp_nodelay(&s->tcp, 1);
    uv_read_start((uv_stream_t *)&s->tcp, on_room, on_bytes);
    s->h->open(s->arg);
}

static void try_address(struct sock *s, const struct sockaddr *sa)
{
    uv_tcp_init(loop_uv(), &s->tcp);
    s->has_tcp = true;
    s->tcp.data = s->connecting.data = s;
    int r = uv_tcp_connect(&s->connecting, &s->tcp, sa, on_connected);
    if (r < 0)
        broken(s, "connect", uv_strerror(r));
}

static void on_found(uv_getaddrinfo_t *l, int status, struct addrinfo *found)
{
    struct sock *s = OBJ_CAST(struct sock, l->data, SOCK_MAGIC);
    s->looking = false;
    s->found = found;
    if (!s->h)
        free_when_done(s);
    else if (status < 0)
        lost(s, uv_strerror(status));
    else {
        s->next = found->ai_next;
        try_address(s, found->ai_addr);
    }
}

/* A numeric address needs no lookup, and so no worker thread. */
static void find(struct sock *s, const char *host, int port)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (uv_ip4_addr(host, port, &v4) == 0) {
        try_address(s, (struct sockaddr *)&v4);
        return;
    }
    if (uv_ip6_addr(host, port, &v6) == 0) {
        try_address(s, (struct sockaddr *)&v6);
        return;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    s->lookup.data = s;
    int r = uv_getaddrinfo(loop_uv(), &s->lookup, on_found, host, s->port, &hints);
    s->looking = r == 0;
    if (r < 0)
        broken(s, "lookup", uv_strerror(r));
}

static struct sock *create(size_t queue_max, const struct sock_h *h, void *arg)
{
    struct sock *s = must(calloc(1, sizeof *s));
    s->magic = SOCK_MAGIC;
    s->h = h;
    s->arg = arg;
    s->out = BUF(queue_max);
    s->sealed = s->sending = s->plain = BUF(queue_max + SEAL_MAX);
    return s;
}

struct sock *sock_connect(const struct sock_to *to, const struct sock_h *h, void *arg)
{
    struct sock *s = create(to->queue_max, h, arg);
    snprintf(s->port, sizeof s->port, "%d", to->port);
    if (to->tls && !(s->tls = tls_client(to->host, to->ca_file)))
        broken(s, "tls", "no usable CA file or host name");
    else
        find(s, to->host, to->port);
    return s;
}

struct sock *sock_adopt(int fd, size_t queue_max, const struct sock_h *h, void *arg)
{
    struct sock *s = create(queue_max, h, arg);
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    uv_tcp_init(loop_uv(), &s->tcp);
    s->tcp.data = s;
    s->has_tcp = true;
    int r = own < 0 ? uv_translate_sys_error(errno) : uv_tcp_open(&s->tcp, own);
    if (r < 0) {
        if (own >= 0)
            close(own);
        broken(s, "adopt", uv_strerror(r));
        return s;
    }
    s->connected = true;
    uv_tcp_nodelay(&s->tcp, 1);
    uv_read_start((uv_stream_t *)&s->tcp, on_room, on_bytes);
    return s;
}

static void on_closed(uv_handle_t *h)
{
    struct sock *s = OBJ_CAST(struct sock, h->data, SOCK_MAGIC);
    s->has_tcp = false;
    free_when_done(s);
}

void sock_close(struct sock *s)
{
    sock_flush(s);
    s->h = NULL;
    if (s->looking)
        uv_cancel((uv_req_t *)&s->lookup);
    if (s->has_tcp && !uv_is_closing((uv_handle_t *)&s->tcp))
        uv_close((uv_handle_t *)&s->tcp, on_closed);
    free_when_done(s);
}
