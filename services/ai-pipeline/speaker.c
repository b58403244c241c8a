#include "speaker.h"
#include "base/clock.h"
#include "media.h"
#include "speech.h"
#include <stdio.h>
#include <stdlib.h>

#define LEAD_MS   300 /* below it more is sent */
#define PIECE_MS  200 /* in one message; so it is never ahead by more than the two together */
#define FRAME_MS  20  /* of a sound that is still being made, less is not sent */
#define MS(bytes) ((unsigned)((bytes) / 8))

void speaker_init(struct speaker *m, struct media *out, speaker_clip *clip_of, void *arg)
{
    *m = (struct speaker){.out = out, .clip_of = clip_of, .arg = arg};
}

unsigned speaker_ahead_ms(const struct speaker *m)
{
    uint64_t now = clock_us();
    return m->end_us > now ? (unsigned)((m->end_us - now) / 1000) : 0;
}

bool speaker_hungry(const struct speaker *m)
{
    return !m->hushed && speaker_ahead_ms(m) < LEAD_MS + FRAME_MS;
}

/* ---- out ---- */

static void send(struct speaker *m, int clip, const char *ulaw, size_t from, size_t n)
{
    uint64_t now = clock_us();
    m->sent[m->n_sent % SPEAKER_SENT].clip = clip;
    m->sent[m->n_sent % SPEAKER_SENT].from = from;
    m->sent[m->n_sent % SPEAKER_SENT].n = n;
    m->n_sent++;
    m->end_us = (m->end_us > now ? m->end_us : now) + n * 125;
    media_send_sound(m->out, ulaw + from, n);
}

/* What has been played when the mark comes back: so many clips, and so much of the next. */
static void mark(struct speaker *m, int clips, unsigned ms)
{
    char name[48];
    snprintf(name, sizeof name, "%u.%d.%u", m->era, clips, ms);
    media_send_mark(m->out, name);
}

/* The next piece of a sound; 0: nothing of it is there. */
static size_t send_piece(struct speaker *m, struct clip *c, int clip, size_t from)
{
    const char *ulaw;
    size_t whole = clip_sound(c, &ulaw), n = whole > from ? whole - from : 0;
    if (n < FRAME_MS * 8 && clip_state(c) == CLIP_MAKING)
        return 0;
    n = n < PIECE_MS * 8 ? n : PIECE_MS * 8;
    if (n)
        send(m, clip, ulaw, from, n);
    return n;
}

static bool pump_aside(struct speaker *m)
{
    size_t n = send_piece(m, m->aside, -1, m->aside_byte);
    m->aside_byte += n;
    if (!n && clip_state(m->aside) != CLIP_MAKING)
        m->aside = NULL;
    return n || !m->aside;
}

bool speaker_pump(struct speaker *m)
{
    struct clip *c;
    while (!m->hushed && speaker_ahead_ms(m) < LEAD_MS) {
        if (m->aside) {
            if (pump_aside(m))
                continue;
            break;
        }
        if (!(c = m->clip_of(m->arg, m->at)))
            break;
        if (clip_state(c) == CLIP_FAILED)
            return false;
        size_t n = send_piece(m, c, m->at, m->at_byte);
        m->at_byte += n;
        if (n) {
            mark(m, m->at, MS(m->at_byte));
        } else if (clip_state(c) == CLIP_READY) {
            mark(m, ++m->at, 0);
            m->at_byte = 0;
        } else {
            break;
        }
    }
    return true;
}

void speaker_aside(struct speaker *m, struct clip *c)
{
    m->aside = c;
    m->aside_byte = 0;
}

/* ---- back ---- */

void speaker_marked(struct speaker *m, const char *name)
{
    unsigned era, ms;
    int clips;
    if (sscanf(name, "%u.%d.%u", &era, &clips, &ms) != 3 || era != m->era || clips > m->at)
        return;
    if (clips > m->heard || (clips == m->heard && ms > m->heard_ms)) {
        m->heard = clips;
        m->heard_ms = ms;
    }
}

/* What was sent and is not played is thrown away; marks come back for it, and prove nothing. */
static void silence(struct speaker *m)
{
    media_send_clear(m->out);
    m->era++;
    m->end_us = 0;
}

/* Back to where the ear is by now, by the clock: the last `left` bytes have not been played. */
static void step_back(struct speaker *m, size_t left)
{
    for (unsigned i = 0; left && i < SPEAKER_SENT && i < m->n_sent; i++) {
        unsigned k = (m->n_sent - 1 - i) % SPEAKER_SENT;
        size_t n = left < m->sent[k].n ? left : m->sent[k].n;
        left -= n;
        if (m->sent[k].clip < 0)
            continue;
        m->at = m->sent[k].clip;
        m->at_byte = m->sent[k].from + m->sent[k].n - n;
    }
}

void speaker_hush(struct speaker *m)
{
    if (m->hushed)
        return;
    m->hushed = true;
    if (!speaker_ahead_ms(m))
        return;
    step_back(m, speaker_ahead_ms(m) * 8u);
    silence(m);
    m->n_sent = 0;
}

void speaker_resume(struct speaker *m)
{
    m->hushed = false;
}

void speaker_stop(struct speaker *m)
{
    if (speaker_ahead_ms(m))
        silence(m);
    m->era++; /* marks of what was said may still come back */
    m->n_sent = 0;
    m->aside = NULL;
    m->hushed = false;
}

void speaker_begin(struct speaker *m, int at)
{
    speaker_stop(m);
    m->at = m->heard = at;
    m->at_byte = m->heard_ms = 0;
}
