#include "media.h"
#include "base/clock.h"
#include "base/die.h"
#include "faults.h"
#include "io/crypto.h"
#include "io/js.h"
#include "io/ws.h"
#include "ledger.h"
#include "loop/loop.h"
#include "memory.h"
#include "mulaw.h"
#include "person.h"
#include "sandbox.h"
#include "signer.h"
#include "strip.h"
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS  5000
#define MESSAGE_MAX (4u << 20)
#define QUEUE_MAX   (256u << 10)
#define IDLE_MS     3600000 /* an agent may be silent as long as it likes */
#define OUT_MAX     (64u << 10)
#define SHORTEST_MS 60   /* nobody hears less */
#define LATE_MAX    3000 /* frames: a minute */
#define MEDIA_MAGIC 0x4d454449u

/* What has been heard of one side, and waits for the call's task. */
struct heard_clip {
    struct list link;
    enum who who;
    unsigned at_ms;
    struct clip *clip;
};

struct late_frame {
    uint64_t leaves_us; /* never before the one in front of it */
    uint8_t mulaw[FRAME_BYTES];
};

struct media {
    uint32_t magic;
    struct call *call;
    struct ws *ws; /* NULL: not yet, or gone */
    const char *url;
    const struct element *stream;
    char sid[SID_TEXT];
    bool started, over;
    int error;
    const char *error_text;
    bool lost_sound; /* told once per stream */

    struct person *person;
    struct playback playback;
    struct timer *clock;
    uint64_t next_us; /* when the next frame is due */
    struct buf late;  /* frames that jitter, or an order, holds back: struct late_frame */
    unsigned sequence, chunk;
    struct strip from_person, from_agent;
    struct list clips;
    struct buf out;

    uint64_t drop_at, stall_at, hold_from, hold_until; /* on order; clock_ms(), 0 = no */
};

/* --- messages --- */

static void end(struct media *m, int code, const char *text)
{
    m->over = true;
    m->error = code;
    m->error_text = arena_strdup(m->call->arena, text);
    timer_cancel(&m->clock);
    mailbox_post(&m->call->box, EV_DONE, "", 0);
}

static void send(struct media *m)
{
    enum err e = m->ws ? ws_send(m->ws, m->out.p, m->out.n) : OK;
    if (e && !m->lost_sound) {
        m->lost_sound = true;
        call_erred(m->call, 31930, "media: the server reads too slowly, sound is dropped");
    }
}

/* {"event":...,"sequenceNumber":...,"streamSid":..., and what follows */
static struct buf *begin(struct media *m, const char *event)
{
    buf_reset(&m->out);
    buf_printf(&m->out, "{\"event\":\"%s\",\"sequenceNumber\":\"%u\",\"streamSid\":\"%s\",", event,
               ++m->sequence, m->sid);
    return &m->out;
}

static void send_connected(struct media *m)
{
    buf_reset(&m->out);
    buf_puts(&m->out, "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}");
    send(m);
}

static void send_start(struct media *m)
{
    struct buf *b = begin(m, "start");
    bool any = false;
    buf_printf(b,
               "\"start\":{\"streamSid\":\"%s\",\"accountSid\":\"%s\",\"callSid\":\"%s\","
               "\"tracks\":[\"inbound\"],\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\","
               "\"sampleRate\":8000,\"channels\":1},\"customParameters\":{",
               m->sid, cfg.account, m->call->sid);
    for (const struct element *e = m->stream->children; e; e = e->next) {
        if (!twiml_is(e, "Parameter"))
            continue;
        buf_puts(b, any ? "," : "");
        buf_put_json(b, twiml_attr(e, "name", ""));
        buf_putc(b, ':');
        buf_put_json(b, twiml_attr(e, "value", ""));
        any = true;
    }
    buf_puts(b, "}}}");
    send(m);
}

static void send_media(struct media *m, const uint8_t mulaw[FRAME_BYTES])
{
    char base64[4 * ((FRAME_BYTES + 2) / 3) + 1];
    struct buf *b = begin(m, "media");
    base64_encode(mulaw, FRAME_BYTES, base64);
    buf_printf(b,
               "\"media\":{\"track\":\"inbound\",\"chunk\":\"%u\",\"timestamp\":\"%u\","
               "\"payload\":\"%s\"}}",
               m->chunk + 1, m->chunk * FRAME_MS, base64);
    m->chunk++;
    send(m);
}

static void send_key(void *arg, char key)
{
    struct media *m = arg;
    OBJ_CHECK(m, MEDIA_MAGIC);
    buf_printf(begin(m, "dtmf"), "\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"%c\"}}", key);
    send(m);
}

static void send_marks(struct media *m)
{
    for (const char *name; (name = playback_reached(&m->playback));) {
        struct buf *b = begin(m, "mark");
        buf_puts(b, "\"mark\":{\"name\":");
        buf_put_json(b, name);
        buf_puts(b, "}}");
        send(m);
    }
}

static void send_stop(struct media *m)
{
    buf_printf(begin(m, "stop"), "\"stop\":{\"accountSid\":\"%s\",\"callSid\":\"%s\"}}",
               cfg.account, m->call->sid);
    send(m);
}

/* --- what is heard --- */

static void keep(struct media *m, struct strip *s, enum who who)
{
    struct heard_clip *h = must(calloc(1, sizeof *h));
    h->who = who;
    h->clip = strip_take(s, &h->at_ms);
    if (!h->clip || clip_ms(h->clip) < SHORTEST_MS) {
        clip_drop(h->clip);
        free(h);
        return;
    }
    list_append(&m->clips, &h->link);
    mailbox_post(&m->call->box, EV_DONE, "", 0);
}

void media_tell(struct media *m)
{
    struct heard_clip *h;
    while ((h = LIST_FIRST(&m->clips, struct heard_clip, link))) {
        struct arena *a = arena_create(256 * 1024);
        if (h->who == AGENT)
            call_said_at(m->call, AGENT, h->at_ms, memory_text(a, h->clip));
        call_sounded(m->call, h->who, h->at_ms, clip_ms(h->clip), h->clip);
        arena_destroy(a);
        list_remove(&h->link);
        clip_drop(h->clip);
        free(h);
    }
}

/* --- the clock --- */

static unsigned jitter(struct media *m)
{
    uint16_t random;
    unsigned most = m->call->script.jitter_ms;
    random_bytes(&random, sizeof random);
    return most ? random % (most + 1) : 0;
}

/* Frames on order are held, and leave together. */
static void hold(struct media *m, const uint8_t mulaw[FRAME_BYTES])
{
    struct late_frame f = {.leaves_us = m->next_us + jitter(m) * 1000ull};
    if (m->next_us >= m->hold_from * 1000 && m->next_us < m->hold_until * 1000)
        f.leaves_us = m->hold_until * 1000;
    memcpy(f.mulaw, mulaw, sizeof f.mulaw);
    buf_put(&m->late, &f, sizeof f);
}

static void send_due(struct media *m)
{
    struct late_frame f;
    while (m->late.n && (memcpy(&f, m->late.p, sizeof f), f.leaves_us <= clock_us())) {
        send_media(m, f.mulaw);
        buf_skip(&m->late, sizeof f);
    }
}

/* The person hears 20 ms of the agent, and lives through them. */
static void hear(struct media *m)
{
    uint8_t frame[FRAME_BYTES];
    int16_t pcm[FRAME_SAMPLES];
    size_t n = playback_take(&m->playback, frame);
    for (size_t i = 0; i < FRAME_BYTES; i++)
        pcm[i] = mulaw_decode(frame[i]);
    bool loud = n && pcm_loud(pcm, n);
    strip_add(&m->from_agent, call_now(m->call), pcm, FRAME_SAMPLES, loud);
    if (strip_over(&m->from_agent))
        keep(m, &m->from_agent, AGENT);
    send_marks(m);
    person_hears(m->person, loud);
}

static void speak(struct media *m)
{
    uint8_t frame[FRAME_BYTES];
    int16_t pcm[FRAME_SAMPLES];
    bool sound = person_speaks(m->person, pcm);
    for (size_t i = 0; i < FRAME_BYTES; i++)
        frame[i] = mulaw_encode(pcm[i]);
    strip_add(&m->from_person, call_now(m->call), pcm, FRAME_SAMPLES, sound);
    if (strip_over(&m->from_person))
        keep(m, &m->from_person, PERSON);
    hold(m, frame);
}

static timer_fn on_clock;

static void wind(struct media *m)
{
    struct late_frame f;
    uint64_t now = clock_us(), due = m->next_us;
    if (m->late.n && (memcpy(&f, m->late.p, sizeof f), f.leaves_us < due))
        due = f.leaves_us;
    timer_cancel(&m->clock);
    m->clock = timer_after(due > now ? (due - now + 999) / 1000 : 0, on_clock, m);
}

/* -> false: the stream has ended. */
static bool obey_orders(struct media *m)
{
    uint64_t now = clock_ms();
    if (m->stall_at && now >= m->stall_at) {
        m->stall_at = 0;
        ws_stall(m->ws);
    }
    if (!m->drop_at || now < m->drop_at)
        return true;
    ws_drop(m->ws);
    m->ws = NULL;
    end(m, 31921, "media: the socket was lost, on order");
    return false;
}

static void on_clock(void *arg)
{
    struct media *m = arg;
    OBJ_CHECK(m, MEDIA_MAGIC);
    if (!obey_orders(m))
        return;
    while (m->next_us <= clock_us()) {
        hear(m);
        speak(m);
        m->next_us += FRAME_MS * 1000;
    }
    send_due(m);
    wind(m);
}

/* --- the socket --- */

static void on_open(void *arg)
{
    struct media *m = arg;
    m->started = true;
    send_connected(m);
    send_start(m);
    m->next_us = clock_us();
    wind(m);
    mailbox_post(&m->call->box, EV_DONE, "", 0);
}

static void wrong(struct media *m, const char *text)
{
    call_erred(m->call, 31924, text);
}

static void take_media(struct media *m, const struct js *j)
{
    const char *payload = js_text(js_get(js_get(j, "media"), "payload"));
    size_t n = payload ? strlen(payload) : 0;
    uint8_t *mulaw = must(malloc(3 * (n / 4) + 1));
    long got = payload ? base64_decode(payload, n, mulaw) : -1;
    if (got < 0)
        wrong(m, "media: the payload is no base64");
    else if (!playback_put(&m->playback, mulaw, (size_t)got) && !m->lost_sound) {
        m->lost_sound = true;
        call_erred(m->call, 31931, "media: too much sound ahead, it is dropped");
    }
    free(mulaw);
}

static void take_mark(struct media *m, const struct js *j)
{
    const char *name = js_text(js_get(js_get(j, "mark"), "name"));
    if (!name)
        wrong(m, "mark: without a name");
    else if (!playback_mark(&m->playback, name))
        wrong(m, "mark: too many are waiting");
    else
        send_marks(m);
}

static void take_clear(struct media *m)
{
    playback_clear(&m->playback);
    keep(m, &m->from_agent, AGENT);
    send_marks(m);
}

static void take(struct media *m, const struct js *j)
{
    const char *event = js_text(js_get(j, "event")), *sid = js_text(js_get(j, "streamSid"));
    if (!sid || strcmp(sid, m->sid) != 0)
        wrong(m, "a message with another streamSid, or none");
    else if (event && strcmp(event, "media") == 0)
        take_media(m, j);
    else if (event && strcmp(event, "mark") == 0)
        take_mark(m, j);
    else if (event && strcmp(event, "clear") == 0)
        take_clear(m);
    else
        wrong(m, "an unknown event");
}

static void on_text(void *arg, const char *p, size_t n)
{
    struct media *m = arg;
    struct scope s;
    struct js *j;
    OBJ_CHECK(m, MEDIA_MAGIC);
    scope_init_sized(&s, 1000, 8 * MESSAGE_MAX);
    if (js_parse(&s, p, n, &j))
        wrong(m, "a message that is no JSON");
    else
        take(m, j);
    scope_fini(&s);
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    struct media *m = arg;
    OBJ_CHECK(m, MEDIA_MAGIC);
    m->ws = NULL;
    const char *text = arena_printf(m->call->arena, "media: %u %.100s", code, why);
    if (!m->started)
        end(m, code >= 100 && code < 600 ? 31920 : 31901, text);
    else
        end(m, code == WS_NORMAL || code == WS_GOING_AWAY || code == WS_NO_CODE ? 0 : 31921, text);
}

/* --- life --- */

static unsigned on_order(const char *api, struct arena *a, bool *due)
{
    struct fault_rule f = {0};
    *due = fault_due(api, a, &f);
    return f.ms;
}

static void take_orders(struct media *m)
{
    bool due;
    uint64_t now = clock_ms();
    unsigned ms = on_order("stream.socket", m->call->arena, &due);
    m->drop_at = due ? now + ms : 0;
    ms = on_order("stream.reads", m->call->arena, &due);
    m->stall_at = due ? now + ms : 0;
    ms = on_order("stream.frames", m->call->arena, &due);
    m->hold_from = due ? now + 1000 : 0;
    m->hold_until = due ? m->hold_from + ms : 0;
}

struct media *await_media_create(struct call *c, const char *url, const struct element *stream)
{
    struct media *m = must(calloc(1, sizeof *m));
    *m = (struct media){.magic = MEDIA_MAGIC, .call = c, .url = url, .stream = stream};
    sid_make("MZ", m->sid);
    m->from_person = m->from_agent = STRIP;
    m->out = BUF(OUT_MAX);
    m->late = BUF(LATE_MAX * sizeof(struct late_frame));
    list_init(&m->clips);
    playback_init(&m->playback);
    m->person = await_person_create(c, send_key, m);
    return m;
}

void media_open(struct media *m)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    static const struct ws_limits limits = {MESSAGE_MAX, QUEUE_MAX, IDLE_MS};
    char signature[SIGNATURE_TEXT];
    bool refused;
    (void)on_order("stream.connect", m->call->arena, &refused);
    ledger_note("stream.connect", m->call->sid, !refused);
    if (refused) {
        end(m, 31920, "media: refused, on order");
        return;
    }
    take_orders(m);
    sign_request(cfg.token, m->url, NULL, signature);
    const char *headers[] = {arena_printf(m->call->arena, "x-twilio-signature: %s", signature),
                             "User-Agent: Twilio.TmeWs/1.0", NULL};
    m->ws = ws_connect(&(struct ws_to){.url = m->url, .headers = headers, .open_ms = CONNECT_MS},
                       &limits, &handlers, m);
}

bool media_over(const struct media *m)
{
    return m->over;
}

bool media_started(const struct media *m)
{
    return m->started;
}

const char *media_sid(const struct media *m)
{
    return m->sid;
}

int media_error(const struct media *m, const char **text)
{
    *text = m->error_text;
    return m->error;
}

void media_close(struct media *m)
{
    if (m->ws && m->started)
        send_stop(m);
    ws_close(m->ws, WS_NORMAL, "");
    timer_cancel(&m->clock);
    keep(m, &m->from_agent, AGENT);
    keep(m, &m->from_person, PERSON);
    media_tell(m);
    person_destroy(m->person);
    playback_fini(&m->playback);
    strip_free(&m->from_agent);
    strip_free(&m->from_person);
    buf_free(&m->late);
    buf_free(&m->out);
    OBJ_KILL(m, MEDIA_MAGIC);
    free(m);
}
