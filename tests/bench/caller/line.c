/* A caller on a line: sends a frame every 20 ms, speaks when the other side has been silent, and notes when what came. */
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/log.h"
#include "caller.h"
#include "io/crypto.h"
#include "io/ws.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "voice/signature.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME       160
#define FRAME_US    20000
#define BASE64      (4 * ((FRAME + 2) / 3) + 1)
#define SPEECH_MAX  500 /* frames */
#define LATE_US     20000
#define OWN_LATE_US 5000
#define SENT_KEPT   512
#define MARKS_MAX   256
#define GAP_MAX_US  1500000 /* a longer one is between two answers */
#define TONE_BYTES  1600
#define OPEN_MS     15000
#define PATIENCE_US 20000000 /* then it is said once more */
#define LINE_MAGIC  0x4c494e45u

enum state { HEARS, SPEAKS, WAITS };

struct line {
    uint32_t magic;
    struct list link;
    struct ws *ws;
    bool echo, over;
    char sid[35];
    struct wait *opening;
    enum state state;
    unsigned sequence, chunk, think_ms;
    uint64_t due_us, sent_us[SENT_KEPT]; /* by chunk */
    size_t said;                         /* frames of the speech */
    uint64_t said_us, speaks_at;

    uint64_t played_us; /* when all that has come will have been played */
    struct {
        uint64_t due_us;
        char name[32];
    } marks[MARKS_MAX];
    unsigned marks_in, marks_out;
    uint64_t first_us; /* of the answer */
    uint8_t tone[TONE_BYTES];
    size_t tone_n;
    unsigned long heard;
};

static struct list lines = {&lines, &lines};
static struct timer *clock_timer;
static struct line_stats stats;
static struct buf *turns;
static char silence[BASE64], speech[SPEECH_MAX][BASE64];
static size_t speech_n;

bool lines_load(const char *path)
{
    uint8_t frame[FRAME];
    memset(frame, 0xff, sizeof frame);
    base64_encode(frame, sizeof frame, silence);
    FILE *f = *path ? fopen(path, "re") : NULL;
    while (f && speech_n < SPEECH_MAX && fread(frame, 1, sizeof frame, f) == sizeof frame)
        base64_encode(frame, sizeof frame, speech[speech_n++]);
    if (f)
        fclose(f);
    return !*path || speech_n;
}

void lines_measure(struct buf *into)
{
    turns = into;
    stats = (struct line_stats){0};
}

struct line_stats lines_read(void)
{
    struct line *l;
    stats.open = 0;
    LIST_EACH(l, &lines, struct line, link)
        stats.open += !l->over;
    return stats;
}

/* ---- out ---- */

static void put(struct line *l, const char *message, int n)
{
    if (l->ws && !l->over)
        (void)!ws_send(l->ws, message, (size_t)n); /* a line that cannot is closed, and counted */
}

static void send_start(struct line *l, const struct call *c)
{
    char text[2048];
    static const char connected[] =
        "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}";
    put(l, connected, sizeof connected - 1);
    put(l, text,
        snprintf(text, sizeof text,
                 "{\"event\":\"start\",\"sequenceNumber\":\"%u\",\"start\":{\"accountSid\":\"%s\","
                 "\"streamSid\":\"%s\",\"callSid\":\"%s\",\"tracks\":[\"inbound\"],\"mediaFormat\":"
                 "{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1},"
                 "\"customParameters\":{\"turn\":\"%s\",\"token\":\"%s\"}},\"streamSid\":\"%s\"}",
                 ++l->sequence, cfg.account, l->sid, c->sid, c->media_turn, c->media_token,
                 l->sid));
}

static void send_frame(struct line *l, const char *base64)
{
    char text[512];
    l->sent_us[++l->chunk % SENT_KEPT] = clock_us();
    put(l, text,
        snprintf(text, sizeof text,
                 "{\"event\":\"media\",\"sequenceNumber\":\"%u\",\"media\":{\"track\":\"inbound\","
                 "\"chunk\":\"%u\",\"timestamp\":\"%u\",\"payload\":\"%s\"},\"streamSid\":\"%s\"}",
                 ++l->sequence, l->chunk, (l->chunk - 1) * 20, base64, l->sid));
    stats.sent++;
}

static void send_marks(struct line *l, uint64_t now)
{
    for (; l->marks_out != l->marks_in && l->marks[l->marks_out % MARKS_MAX].due_us <= now;
         l->marks_out++) {
        char text[256];
        put(l, text,
            snprintf(text, sizeof text,
                     "{\"event\":\"mark\",\"sequenceNumber\":\"%u\",\"streamSid\":\"%s\",\"mark\":"
                     "{\"name\":\"%s\"}}",
                     ++l->sequence, l->sid, l->marks[l->marks_out % MARKS_MAX].name));
    }
}

/* ---- what a caller does ---- */

static uint64_t thought(const struct line *l)
{
    return l->think_ms * 500ull + (uint64_t)random() % (l->think_ms * 1000ull + 1);
}

static void decide(struct line *l, uint64_t now)
{
    bool quiet = now >= l->played_us && l->marks_in == l->marks_out;
    if (l->state == HEARS && (!quiet || !l->heard))
        l->speaks_at = 0;
    else if (l->state == HEARS && !l->speaks_at)
        l->speaks_at = now + thought(l);
    bool unanswered = l->state == WAITS && now > l->said_us + PATIENCE_US;
    if (unanswered || (l->state == HEARS && l->speaks_at && now >= l->speaks_at)) {
        l->state = SPEAKS;
        l->said = 0;
    }
}

static void speak(struct line *l)
{
    send_frame(l, speech[l->said++]);
    if (l->said < speech_n)
        return;
    l->said_us = clock_us();
    l->state = WAITS;
    l->first_us = 0;
    l->tone_n = 0;
}

static void frame(struct line *l, uint64_t now)
{
    if (now > l->due_us + OWN_LATE_US)
        stats.sent_late++;
    l->due_us += FRAME_US;
    if (!l->echo) {
        send_marks(l, now);
        decide(l, now);
    }
    if (l->state == SPEAKS)
        speak(l);
    else
        send_frame(l, silence);
}

static void on_clock(void *arg)
{
    (void)arg;
    struct line *l;
    uint64_t now = clock_us();
    LIST_EACH(l, &lines, struct line, link)
        while (l->ws && !l->opening && l->due_us <= now)
            frame(l, now);
}

/* ---- in ---- */

/* The pitch, by how often it changes its sign. */
static double tone_hz(const struct line *l)
{
    size_t first = 0, end = 0;
    int crossings = 0;
    for (size_t i = 1; i < l->tone_n; i++)
        if ((l->tone[i] ^ l->tone[i - 1]) & 0x80) {
            first = first ? first : i;
            end = i;
            crossings++;
        }
    return end > first ? (crossings - 1) * 8000.0 / 2 / (double)(end - first) : 0;
}

/* When the last frame was sent that can have been heard by then. */
static uint64_t sent_before(const struct line *l, uint64_t at)
{
    uint64_t best = 0;
    for (size_t i = 0; i < SENT_KEPT; i++)
        if (l->sent_us[i] <= at && l->sent_us[i] > best)
            best = l->sent_us[i];
    return best;
}

/*
 * us from the frame that decided to the transcriber, from its words to the model, from the clause to the
 * speaker, from the sound to the line; in the hands of the three servers; from the caller's end in all.
 */
static void note_turn(struct line *l)
{
    const struct turn *t = turn_of_tone(tone_hz(l), l->said_us);
    if (!turns || !t || !t->words || !t->asked || !t->clause || !t->text || t->begun > l->first_us)
        return;
    buf_printf(turns, "%s[%lld,%lld,%lld,%lld,%lld,%lld]", turns->n ? "," : "",
               (long long)(t->heard - sent_before(l, t->heard)), (long long)(t->asked - t->words),
               (long long)(t->text - t->clause), (long long)(l->first_us - t->begun),
               (long long)(t->words - t->heard + t->clause - t->asked + t->begun - t->text),
               (long long)(l->first_us - l->said_us));
}

static void take_tone(struct line *l, const char *base64, size_t n)
{
    uint8_t mulaw[4096];
    long got = n < 5000 ? base64_decode(base64, n, mulaw) : -1;
    for (long i = 0; i < got && l->tone_n < TONE_BYTES; i++)
        if (l->tone_n || (mulaw[i] & 0x7f) < 0x50) /* not before there is sound */
            l->tone[l->tone_n++] = mulaw[i];
    if (l->tone_n == TONE_BYTES) {
        note_turn(l);
        l->state = HEARS;
        l->speaks_at = 0;
    }
}

static void take_sound(struct line *l, const char *base64, size_t n)
{
    uint64_t now = clock_us(), gap = now > l->played_us ? now - l->played_us : 0;
    size_t bytes = n / 4 * 3 - (n && base64[n - 1] == '=') - (n > 1 && base64[n - 2] == '=');
    bool first = l->state == WAITS && !l->first_us;
    if (!first && l->heard && gap > LATE_US && gap < GAP_MAX_US)
        stats.late += gap / FRAME_US;
    stats.heard += (bytes + FRAME / 2) / FRAME;
    l->heard += bytes;
    l->played_us = (gap ? now : l->played_us) + bytes * 125;
    if (first)
        l->first_us = now;
    if (l->state == WAITS)
        take_tone(l, base64, n);
}

static void take_mark(struct line *l, const char *name)
{
    size_t n = strcspn(name, "\"");
    if (l->marks_in - l->marks_out == MARKS_MAX || n >= sizeof l->marks->name)
        die("bench: too many marks, or too long ones");
    memcpy(l->marks[l->marks_in % MARKS_MAX].name, name, n);
    l->marks[l->marks_in % MARKS_MAX].name[n] = 0;
    l->marks[l->marks_in++ % MARKS_MAX].due_us = l->played_us;
}

static void take_clear(struct line *l)
{
    uint64_t now = clock_us();
    l->played_us = l->played_us < now ? l->played_us : now;
    for (unsigned i = l->marks_out; i != l->marks_in; i++)
        l->marks[i % MARKS_MAX].due_us = now;
}

static void take_echo(struct line *l, const char *text)
{
    const char *chunk = strstr(text, "\"chunk\":\"");
    unsigned n = chunk ? (unsigned)atoi(chunk + 9) : 0;
    if (n)
        stats.late += clock_us() - l->sent_us[n % SENT_KEPT] > LATE_US;
    stats.heard++;
}

static void on_text(void *arg, const char *p, size_t n)
{
    struct line *l = OBJ_CAST(struct line, arg, LINE_MAGIC);
    const char *payload = strstr(p, "\"payload\":\""), *mark = strstr(p, "\"name\":\"");
    (void)n;
    if (l->over)
        return;
    if (l->echo)
        take_echo(l, p);
    else if (payload)
        take_sound(l, payload + 11, strcspn(payload + 11, "\""));
    else if (mark)
        take_mark(l, mark + 8);
    else if (strstr(p, "\"clear\""))
        take_clear(l);
}

/* ---- life ---- */

static void on_open(void *arg)
{
    struct line *l = OBJ_CAST(struct line, arg, LINE_MAGIC);
    wait_settle(l->opening);
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    struct line *l = OBJ_CAST(struct line, arg, LINE_MAGIC);
    l->ws = NULL;
    if (l->opening)
        wait_settle(l->opening);
    if (l->over)
        return;
    l->over = true;
    stats.lost++;
    log_error(NULL, "bench.line", "code", fmt_int(code), "why", why);
}

static void destroy(struct line *l)
{
    list_remove(&l->link);
    if (list_empty(&lines))
        timer_cancel(&clock_timer);
    OBJ_KILL(l, LINE_MAGIC);
    free(l);
}

static const char *signed_by(struct arena *a, const char *url)
{
    char signature[SIGNATURE_TEXT];
    signature_make(cfg.token, url, NULL, signature);
    return arena_printf(a, "x-twilio-signature: %s", signature);
}

static struct line *create(const struct call *c, unsigned think_ms)
{
    struct line *l = must(calloc(1, sizeof *l));
    l->magic = LINE_MAGIC;
    l->echo = !c;
    l->think_ms = think_ms;
    snprintf(l->sid, sizeof l->sid, "MZ%.32s", c ? c->sid + 2 : "0123456789abcdef0123456789abcdef");
    if (list_empty(&lines))
        clock_timer = timer_every(1, on_clock, NULL);
    list_append(&lines, &l->link);
    return l;
}

enum err await_line_open(const char *url, const struct call *c, unsigned think_ms,
                         struct line **out)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    struct arena *a = arena_create(16 << 10);
    struct line *l = create(c, think_ms);
    struct wait opening = WAIT_HERE;
    const char *headers[] = {signed_by(a, url), NULL};
    l->opening = &opening;
    l->ws = ws_connect(&(struct ws_to){.url = url, .headers = headers, .open_ms = OPEN_MS},
                       &(struct ws_limits){.idle_ms = 600000}, &handlers, l);
    await_wait(&opening);
    l->opening = NULL;
    arena_destroy(a);
    if (!l->ws) {
        destroy(l);
        return ERR_UPSTREAM;
    }
    if (c)
        send_start(l, c);
    l->due_us = clock_us() + (uint64_t)random() % FRAME_US;
    *out = l;
    return OK;
}

enum err await_line_sound(struct line *l, unsigned ms)
{
    uint64_t deadline = clock_ms() + ms;
    while (!l->heard && !l->over && clock_left(deadline))
        await_sleep(5);
    return l->heard ? OK : ERR_TIMEOUT;
}

void line_close(struct line *l)
{
    l->over = true;
    ws_close(l->ws, WS_NORMAL, "");
    destroy(l);
}

/* ---- the floor: a server that only sends back ---- */

static void on_echo_open(void *arg)
{
    (void)arg;
}

static void on_echo_text(void *arg, const char *p, size_t n)
{
    struct ws **w = arg;
    (void)!ws_send(*w, p, n);
}

static void on_echo_closed(void *arg, unsigned code, const char *why)
{
    (void)code, (void)why;
    free(arg);
}

enum err echo(struct req *r)
{
    static const struct ws_h handlers = {on_echo_open, on_echo_text, on_echo_closed};
    struct ws **w = must(calloc(1, sizeof *w));
    enum err e = ws_accept(r, &(struct ws_limits){0}, &handlers, w, w);
    if (e)
        free(w);
    return e;
}
