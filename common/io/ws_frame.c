/* wslay's frame interface: its message interface allocates for every message. */
#include "base/die.h"
#include "io/crypto.h"
#include "io/ws_impl.h"
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

struct frames {
    wslay_frame_context_ptr wslay;
    bool client;
    const char *fed;
    size_t n;
    struct buf *out;
    uint64_t left; /* of the frame whose pieces come */
    bool inside;
};

static ssize_t on_wanted(uint8_t *to, size_t max, int flags, void *arg)
{
    (void)flags;
    struct frames *f = arg;
    size_t n = max < f->n ? max : f->n;
    if (!n)
        return -1;
    memcpy(to, f->fed, n);
    f->fed += n;
    f->n -= n;
    return (ssize_t)n;
}

static ssize_t on_bytes(const uint8_t *p, size_t n, int flags, void *arg)
{
    (void)flags;
    struct frames *f = arg;
    buf_put(f->out, p, n); /* full: the connection breaks over it */
    return (ssize_t)n;
}

static int on_mask(uint8_t *to, size_t n, void *arg)
{
    (void)arg;
    random_bytes(to, n);
    return 0;
}

struct frames *frames_create(bool client, struct buf *out)
{
    static const struct wslay_frame_callbacks h = {on_bytes, on_wanted, on_mask};
    struct frames *f = must(calloc(1, sizeof *f));
    f->client = client;
    f->out = out;
    CHECK(wslay_frame_context_init(&f->wslay, &h, f) == 0);
    return f;
}

void frames_free(struct frames *f)
{
    if (!f)
        return;
    wslay_frame_context_free(f->wslay);
    free(f);
}

void frames_feed(struct frames *f, const char *p, size_t n)
{
    f->fed = p;
    f->n = n;
}

static bool allowed(const struct frames *f, const struct wslay_frame_iocb *io)
{
    bool known = io->opcode <= WSLAY_BINARY_FRAME ||
                 (io->opcode >= WSLAY_CONNECTION_CLOSE && io->opcode <= WSLAY_PONG);
    return known && !io->rsv && !io->mask == f->client;
}

int frames_next(struct frames *f, struct ws_piece *out)
{
    struct wslay_frame_iocb io = {0};
    ssize_t n = wslay_frame_recv(f->wslay, &io);
    if (n == WSLAY_ERR_WANT_READ)
        return 0;
    if (n < 0 || !allowed(f, &io))
        return -1;
    bool first = !f->inside;
    f->left = (first ? io.payload_length : f->left) - (uint64_t)n;
    f->inside = f->left > 0;
    *out = (struct ws_piece){.op = io.opcode,
                             .fin = io.fin,
                             .first = first,
                             .p = (const char *)io.data,
                             .n = (size_t)n,
                             .left = f->left};
    return 1;
}

void frames_put(struct frames *f, enum ws_op op, const void *p, size_t n)
{
    struct wslay_frame_iocb io = {.fin = 1,
                                  .opcode = (uint8_t)op,
                                  .payload_length = n,
                                  .mask = f->client,
                                  .data = p,
                                  .data_length = n};
    CHECK(wslay_frame_send(f->wslay, &io) == (ssize_t)n);
}
