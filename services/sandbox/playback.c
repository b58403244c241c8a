#include "playback.h"
#include "base/die.h"
#include "mulaw.h"
#include <stdlib.h>
#include <string.h>

struct mark {
    struct list link;
    uint64_t at; /* byte of the stream behind which it stands */
    char *name;
};

void playback_init(struct playback *p)
{
    *p = (struct playback){.bytes = BUF(PLAYBACK_MAX)};
    list_init(&p->marks);
}

static char *take_name(struct playback *p, struct mark *m)
{
    char *name = m->name;
    list_remove(&m->link);
    free(m);
    p->pending--;
    return name;
}

void playback_fini(struct playback *p)
{
    struct mark *m;
    while ((m = LIST_FIRST(&p->marks, struct mark, link)))
        free(take_name(p, m));
    free(p->reached);
    buf_free(&p->bytes);
}

bool playback_put(struct playback *p, const uint8_t *mulaw, size_t n)
{
    if (p->bytes.n + n > PLAYBACK_MAX)
        return false;
    buf_put(&p->bytes, mulaw, n);
    return true;
}

bool playback_mark(struct playback *p, const char *name)
{
    if (p->pending == MARKS_MAX)
        return false;
    struct mark *m = must(calloc(1, sizeof *m));
    m->at = p->taken + p->bytes.n;
    m->name = must(strdup(name));
    list_append(&p->marks, &m->link);
    p->pending++;
    return true;
}

void playback_clear(struct playback *p)
{
    struct mark *m;
    buf_reset(&p->bytes);
    LIST_EACH(m, &p->marks, struct mark, link)
        m->at = p->taken;
}

size_t playback_take(struct playback *p, uint8_t frame[FRAME_BYTES])
{
    size_t n = p->bytes.n < FRAME_BYTES ? p->bytes.n : FRAME_BYTES;
    memcpy(frame, p->bytes.p, n);
    memset(frame + n, MULAW_SILENCE, FRAME_BYTES - n);
    buf_skip(&p->bytes, n);
    p->taken += n;
    return n;
}

const char *playback_reached(struct playback *p)
{
    struct mark *m = LIST_FIRST(&p->marks, struct mark, link);
    if (!m || m->at > p->taken)
        return NULL;
    free(p->reached);
    return p->reached = take_name(p, m);
}
