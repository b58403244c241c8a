#include "recording.h"
#include "base/clock.h"
#include "base/die.h"
#include "sandbox.h"
#include "webhook.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX  500
#define BYTES_MAX (96u << 20)
#define RATE      8000

struct list recordings = {&recordings, &recordings};
static size_t kept, bytes;

static void drop_sounds(struct recording *r)
{
    struct sound *s;
    while ((s = LIST_FIRST(&r->sounds, struct sound, link))) {
        list_remove(&s->link);
        clip_drop(s->clip);
        free(s);
    }
    bytes -= r->bytes;
    r->bytes = 0;
}

void recording_delete(struct recording *r)
{
    drop_sounds(r);
    list_remove(&r->link);
    list_remove(&r->in_call);
    kept--;
    free(r);
}

void recordings_reset(void)
{
    struct recording *r;
    LIST_EACH(r, &recordings, struct recording, link)
        if (r->status != RECORDING_RUNS)
            recording_delete(r);
}

static void forget_old(void)
{
    for (struct list *n = recordings.prev, *before = n->prev;
         n != &recordings && (kept > KEPT_MAX || bytes > BYTES_MAX); n = before) {
        before = n->prev;
        struct recording *r = LIST_OF(n, struct recording, link);
        if (r->status != RECORDING_RUNS)
            recording_delete(r);
    }
}

static bool asked_for(const char *events, const char *event)
{
    return strstr(events ? events : "completed", event) != NULL;
}

struct recording *recording_start(struct call *c, const char *source, int channels,
                                  const struct hook *callback, const char *events)
{
    struct recording *r = must(calloc(1, sizeof *r));
    sid_make("RE", r->sid);
    memcpy(r->call_sid, c->sid, sizeof r->call_sid);
    r->source = source;
    r->channels = channels;
    r->started_wall = clock_wall_ms();
    r->start_ms = call_now(c);
    snprintf(r->url, sizeof r->url, "%s", callback && callback->url ? callback->url : "");
    snprintf(r->method, sizeof r->method, "%s",
             callback && callback->method ? callback->method : "POST");
    r->tell_start = asked_for(events, "in-progress");
    r->tell_end = asked_for(events, "completed");
    r->tell_absent = asked_for(events, "absent");
    list_init(&r->sounds);
    list_prepend(&recordings, &r->link);
    list_append(&c->recordings, &r->in_call);
    memcpy(c->recording_sid, r->sid, sizeof r->sid);
    kept++;
    forget_old();
    if (r->tell_start)
        callback_recording(c, r);
    return r;
}

static void take_sounds(struct call *c, struct recording *r)
{
    struct sound *s;
    LIST_EACH(s, &c->sounds, struct sound, link) {
        bool inside = s->at_ms < r->end_ms && s->at_ms + s->ms > r->start_ms;
        if (!inside || (r->person_only && s->who != PERSON))
            continue;
        struct sound *copy = must(malloc(sizeof *copy));
        *copy = *s;
        clip_ref(copy->clip);
        list_append(&r->sounds, &copy->link);
        r->bytes += copy->clip->n * 2;
    }
    bytes += r->bytes;
}

void recording_stop(struct call *c, struct recording *r)
{
    if (r->status != RECORDING_RUNS)
        return;
    r->end_ms = call_now(c);
    take_sounds(c, r);
    list_remove(&r->in_call);
    r->status = list_empty(&r->sounds) ? RECORDING_ABSENT : RECORDING_DONE;
    if (r->status == RECORDING_DONE ? r->tell_end : r->tell_absent)
        callback_recording(c, r);
    forget_old();
}

void recordings_stop(struct call *c)
{
    struct recording *r;
    while ((r = LIST_FIRST(&c->recordings, struct recording, in_call)))
        recording_stop(c, r);
}

struct recording *recording_find(const char *sid)
{
    struct recording *r;
    LIST_EACH(r, &recordings, struct recording, link)
        if (strcmp(r->sid, sid) == 0)
            return r;
    return NULL;
}

unsigned recording_seconds(const struct recording *r)
{
    return (r->end_ms - r->start_ms + 500) / 1000;
}

const char *recording_url(struct arena *a, const struct recording *r)
{
    return arena_printf(a, "%s/" API_VERSION "/Accounts/%s/Recordings/%s", sandbox_url(),
                        cfg.account, r->sid);
}

static void mix(int16_t *out, size_t frames, int channels, const struct sound *s, long at)
{
    int channel = channels == 2 && s->who != PERSON ? 1 : 0;
    size_t n = (size_t)s->ms * RATE / 1000;
    for (size_t i = 0; i < n && i < s->clip->n; i++) {
        long frame = at + (long)i;
        if (frame < 0 || frame >= (long)frames)
            continue;
        int16_t *p = out + frame * channels + channel;
        int v = *p + s->clip->pcm[i];
        *p = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
    }
}

void recording_wav(const struct recording *r, int channels, struct buf *out)
{
    size_t frames = (size_t)(r->end_ms - r->start_ms) * RATE / 1000;
    size_t n = frames * (size_t)channels * 2;
    uint8_t *p = (uint8_t *)buf_room(out, 44 + n);
    if (!p)
        return;
    wav_header(p, RATE, channels, frames);
    memset(p + 44, 0, n);
    struct sound *s;
    LIST_EACH(s, &r->sounds, struct sound, link)
        mix((int16_t *)(p + 44), frames, channels, s,
            ((long)s->at_ms - (long)r->start_ms) * RATE / 1000);
    out->n += 44 + n;
}
