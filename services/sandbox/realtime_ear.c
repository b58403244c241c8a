#include "base/die.h"
#include "io/crypto.h"
#include "loop/task.h"
#include "memory.h"
#include "mulaw.h"
#include "realtime.h"
#include "sandbox.h"
#include <stdlib.h>
#include <string.h>

#define RATE     8
#define FRAME    160 /* 20 ms */
#define FRAME_MS 20
#define PCM_MAX  (120u * 8000 * 2) /* uncommitted: two minutes */
#define LOUD_MS  60                /* so long before somebody counts as speaking */
#define LEVEL    250
#define OVER     2.5 /* times the noise */

void ear_fini(struct realtime *rt)
{
    buf_free(&rt->ear.pcm);
}

void ear_clear(struct realtime *rt)
{
    buf_reset(&rt->ear.pcm);
    rt->ear.speaking = false;
    rt->ear.loud_ms = rt->ear.quiet_ms = 0;
}

/* --- what was said --- */

struct hearing {
    struct realtime *rt;
    char item[ID_TEXT];
    char *text;
};

/* The words come late, as the real ones do: behind the answer's beginning. */
static void transcribe(void *arg)
{
    struct hearing *h = arg;
    await_sleep((uint64_t)latency.transcription);
    struct buf *b = event_begin(h->rt, "conversation.item.input_audio_transcription.completed");
    event_text(b, "item_id", h->item);
    buf_puts(b, ",\"content_index\":0");
    event_text(b, "transcript", h->text);
    event_send(h->rt);
    realtime_leave(h->rt);
    free(h->text);
    free(h);
}

static void tell_words(struct realtime *rt, const struct item *i)
{
    if (!rt->transcribes)
        return;
    struct hearing *h = must(calloc(1, sizeof *h));
    h->rt = rt;
    memcpy(h->item, i->id, sizeof h->item);
    h->text = must(strdup(i->text));
    rt->tasks++;
    task_spawn("realtime words", transcribe, h);
}

static struct clip *buffered(const struct ear *e)
{
    struct clip *c = clip_create(RATE * 1000, e->pcm.n / sizeof(int16_t));
    memcpy(c->pcm, e->pcm.p, c->n * sizeof(int16_t));
    return c;
}

/* Sounds that nobody made here are left out. */
static struct item *understood(struct realtime *rt)
{
    struct arena *a = arena_create(256 * 1024);
    struct heard heard[32];
    struct clip *c = buffered(&rt->ear);
    struct buf words = buf_in(a, 64 * 1024);
    size_t n = memory_recall(a, c, heard, 32);
    for (size_t k = 0; k < n; k++)
        if (heard[k].text)
            buf_printf(&words, "%s%s", words.n ? " " : "", heard[k].text);
    struct item *i = item_add(rt, ITEM_USER, words.p);
    clip_drop(c);
    arena_destroy(a);
    return i;
}

static void commit(struct realtime *rt, const char *id)
{
    struct item *i = understood(rt);
    if (id)
        memcpy(i->id, id, sizeof i->id);
    buf_reset(&rt->ear.pcm);
    struct buf *b = event_begin(rt, "input_audio_buffer.committed");
    event_text(b, "item_id", i->id);
    event_send(rt);
    item_told(rt, i);
    tell_words(rt, i);
}

void ear_commit(struct realtime *rt, const char *client_event)
{
    if (rt->ear.pcm.n < 100 * RATE * sizeof(int16_t)) {
        realtime_error(rt, client_event, "input_audio_buffer_commit_empty", NULL,
                       "Error committing input audio buffer: buffer too small. Expected at least "
                       "100ms of audio.");
        return;
    }
    commit(rt, NULL);
}

/* --- server_vad --- */

static void began(struct realtime *rt)
{
    struct ear *e = &rt->ear;
    unsigned before = rt->padding_ms + LOUD_MS;
    e->speaking = true;
    realtime_id("item_", e->item);
    struct buf *b = event_begin(rt, "input_audio_buffer.speech_started");
    buf_printf(b, ",\"audio_start_ms\":%u", e->ms > before ? e->ms - before : 0);
    event_text(b, "item_id", e->item);
    event_send(rt);
    if (rt->interrupts && rt->reply)
        reply_cancel(rt, "turn_detected");
}

static void ended(struct realtime *rt)
{
    struct ear *e = &rt->ear;
    e->speaking = false;
    struct buf *b = event_begin(rt, "input_audio_buffer.speech_stopped");
    buf_printf(b, ",\"audio_end_ms\":%u", e->ms);
    event_text(b, "item_id", e->item);
    event_send(rt);
    commit(rt, e->item);
    if (rt->creates && !rt->reply)
        reply_start(rt, NULL);
}

static double level_of(const int16_t *pcm)
{
    long sum = 0;
    for (int i = 0; i < FRAME; i++)
        sum += labs(pcm[i]);
    return (double)sum / FRAME;
}

/* Before somebody speaks only the padding is kept. */
static void forget_silence(struct realtime *rt)
{
    struct ear *e = &rt->ear;
    size_t keep = (size_t)(rt->padding_ms + LOUD_MS) * RATE * sizeof(int16_t);
    if (!e->speaking && e->pcm.n > keep)
        buf_skip(&e->pcm, e->pcm.n - keep);
}

static void listen(struct realtime *rt, const int16_t *pcm)
{
    struct ear *e = &rt->ear;
    double level = level_of(pcm);
    bool loud = level > LEVEL && level > e->floor * OVER;
    e->floor += (level - e->floor) * (level < e->floor ? 0.2 : e->speaking ? 0.0005 : 0.02);
    e->loud_ms = loud ? e->loud_ms + FRAME_MS : 0;
    e->quiet_ms = loud ? 0 : e->quiet_ms + FRAME_MS;
    if (!e->speaking && e->loud_ms >= LOUD_MS)
        began(rt);
    else if (e->speaking && e->quiet_ms >= rt->silence_ms)
        ended(rt);
    forget_silence(rt);
}

static void take_frame(struct realtime *rt, const uint8_t *mulaw, size_t n)
{
    int16_t pcm[FRAME] = {0};
    for (size_t i = 0; i < n; i++)
        pcm[i] = mulaw_decode(mulaw[i]);
    buf_put(&rt->ear.pcm, pcm, n * sizeof *pcm);
    rt->ear.ms += (unsigned)n / RATE;
    if (rt->vad)
        listen(rt, pcm);
}

void ear_append(struct realtime *rt, const struct js *event, const char *client_event)
{
    const char *audio = js_text(js_get(event, "audio"));
    size_t n = audio ? strlen(audio) : 0;
    if (!rt->hears_ulaw) {
        realtime_error(rt, client_event, "invalid_value", "audio",
                       "The sandbox hears 'audio/pcmu' only: set session.audio.input.format.");
        return;
    }
    uint8_t *mulaw = must(malloc(3 * (n / 4) + 1));
    long got = audio ? base64_decode(audio, n, mulaw) : -1;
    if (got < 0)
        realtime_error(rt, client_event, "invalid_value", "audio",
                       "Invalid 'audio'. Expected base64-encoded audio bytes.");
    if (!rt->ear.pcm.max)
        rt->ear.pcm = BUF(PCM_MAX);
    for (long at = 0; at < got; at += FRAME)
        take_frame(rt, mulaw + at, (size_t)(got - at < FRAME ? got - at : FRAME));
    free(mulaw);
}
