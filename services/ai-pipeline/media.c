#include "media.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "conversation.h"
#include "io/crypto.h"
#include "io/httpd.h"
#include "io/js.h"
#include "io/ws.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "move.h"
#include "pass.h"
#include "pipeline.h"
#include "rehearsal.h"
#include "stream.h"
#include "voice/signature.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROLE_NETWORK 1 /* who may is known by the signature, */
#define ROLE_PAGE    2 /* by the invitation in its first message */
#define START_MS     5000
#define MESSAGE_MAX  (16u << 10)
#define QUEUE_MAX    (64u << 10)
#define IDLE_MS      15000 /* sound comes 50 times a second */
#define PAGE_IDLE_MS 60000 /* who writes takes time; browsers answer pings */
#define AHEAD_MS     10000 /* sound that may have come faster than it can be spoken */
#define OTHERS_MAX   500   /* messages that are no sound, and */
#define OTHERS_MS    50    /* one more for each of these */
#define SOUND_MAX    (MESSAGE_MAX / 4 * 3)
#define SID_MAX      64
#define HEAD_BYTES   (8u << 10) /* it stays for as long as the socket does */
#define MEDIA_MAGIC  0x4d534f43

struct media {
    uint32_t magic;
    struct ws *ws;
    struct stream *stream; /* NULL: not started, or over */
    struct timer *start;   /* then it must have */
    uint64_t began;
    uint64_t sound; /* bytes received */
    unsigned others;
    char sid[SID_MAX];

    bool stopped;                   /* by the other side, in order */
    bool page;                      /* an agent's, who rehearses */
    struct conversation *rehearsal; /* NULL: not begun, or over */
    struct coming *coming;          /* its conversation, from another process; NULL: not awaited */
};

struct coming {
    struct media *m; /* NULL: the socket is gone */
    char sid[SID_TEXT];
    long long turn;
};

static struct httpd *httpd;
static char
    out[MEDIA_PIECE_MAX * 4 / 3 + 256]; /* one message; each is sent before the next is written */

/* ---- out ---- */

static void send(struct media *m, size_t n)
{
    CHECK(n < sizeof out);
    if (m->ws && ws_send(m->ws, out, n))
        metric_add("va_stream_unsent_total", "", 1); /* the socket says by itself that it is lost */
}

void media_send_sound(struct media *m, const char *ulaw, size_t n)
{
    CHECK(n <= MEDIA_PIECE_MAX);
    if (!m)
        return;
    int at =
        snprintf(out, sizeof out,
                 "{\"event\":\"media\",\"streamSid\":\"%s\",\"media\":{\"payload\":\"", m->sid);
    size_t end = (size_t)at + base64_encode(ulaw, n, out + at);
    memcpy(out + end, "\"}}", 4);
    send(m, end + 3);
}

void media_send_mark(struct media *m, const char *name)
{
    if (!m)
        return;
    send(m, (size_t)snprintf(out, sizeof out,
                             "{\"event\":\"mark\",\"streamSid\":\"%s\",\"mark\":{\"name\":\"%s\"}}",
                             m->sid, name));
}

void media_send_clear(struct media *m)
{
    if (!m)
        return;
    send(m,
         (size_t)snprintf(out, sizeof out, "{\"event\":\"clear\",\"streamSid\":\"%s\"}", m->sid));
}

void media_send_text(struct media *m, const char *json, size_t n)
{
    if (m->ws && ws_send(m->ws, json, n))
        metric_add("va_stream_unsent_total", "", 1);
}

/* ---- the end ---- */

static void destroy(struct media *m)
{
    timer_cancel(&m->start);
    if (m->coming)
        m->coming->m = NULL;
    OBJ_KILL(m, MEDIA_MAGIC);
    free(m);
}

/* Whoever talks by it learns that the socket is gone; why NULL: in order. */
static void tell_lost(struct stream *s, struct conversation *rehearsal, const char *why)
{
    if (s && !why)
        stream_over(s);
    else if (s)
        stream_lost(s, why);
    else if (rehearsal)
        rehearsal_lost(rehearsal);
}

/* Whoever breaks a rule is not listened to any more; the call goes on without a stream. */
static void refuse(struct media *m, const char *why)
{
    struct stream *s = m->stream;
    struct conversation *rehearsal = m->rehearsal;
    log_warn(NULL, "media.refused", "sid", m->sid, "why", why);
    metric_add("va_stream_refused_total", "", 1);
    ws_close(m->ws, WS_POLICY, why);
    destroy(m);
    tell_lost(s, rehearsal, why);
}

void media_end(struct media *m)
{
    if (!m)
        return;
    ws_close(m->ws, WS_NORMAL, "");
    destroy(m);
}

static void on_start_due(void *arg)
{
    refuse(OBJ_CAST(struct media, arg, MEDIA_MAGIC), "no start");
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    struct media *m = OBJ_CAST(struct media, arg, MEDIA_MAGIC);
    struct stream *s = m->stream;
    struct conversation *rehearsal = m->rehearsal;
    char text[160];
    snprintf(text, sizeof text, "%u %s", code, why);
    bool stopped = m->stopped;
    destroy(m);
    tell_lost(s, rehearsal, stopped ? NULL : text);
}

/* ---- a call ---- */

static void begun(struct media *m)
{
    if (m->stream || m->rehearsal)
        timer_cancel(&m->start);
    else
        refuse(m, "start.customParameters: no token of this call, or not its first use");
}

/* What is said meanwhile nobody hears: it takes a few milliseconds. */
static void await_coming(void *arg)
{
    struct coming *x = arg;
    struct scope s;
    scope_init(&s, START_MS);
    await_move(&s, x->sid, x->turn);
    scope_fini(&s);
    if (x->m) {
        x->m->coming = NULL;
        x->m->stream = stream_begin(x->m, x->sid, x->turn);
        begun(x->m);
    }
    free(x);
}

/* With several processes behind MEDIA_URL, its conversation may be another one's. */
static void take_call(struct media *m, const char *sid, long long turn, const char *token)
{
    bool good = strlen(sid) < SID_TEXT && pass_good(token, &(struct pass){sid, turn});
    if (!good || conversation_find(sid)) {
        m->stream = good ? stream_begin(m, sid, turn) : NULL;
        begun(m);
        return;
    }
    m->coming = must(calloc(1, sizeof *m->coming));
    *m->coming = (struct coming){.m = m, .turn = turn};
    snprintf(m->coming->sid, sizeof m->coming->sid, "%s", sid);
    task_spawn("media.coming", await_coming, m->coming);
}

/* ---- in ---- */

static const char *text_of(const struct js *j, const char *outer, const char *inner)
{
    const char *text = js_text(js_get(js_get(j, outer), inner));
    return text ? text : "";
}

static void take_start(struct media *m, const struct js *j)
{
    const struct js *start = js_get(j, "start");
    const char *sid = text_of(j, "start", "streamSid"),
               *encoding = text_of(start, "mediaFormat", "encoding");
    if (m->stream || m->rehearsal || m->coming || !*sid || strlen(sid) >= SID_MAX ||
        strpbrk(sid, "\"\\"))
        return refuse(m, "a second start, or without its streamSid");
    if (strcmp(encoding, "audio/x-mulaw") != 0)
        return refuse(m, "start.mediaFormat.encoding: must be audio/x-mulaw");
    snprintf(m->sid, sizeof m->sid, "%s", sid);
    const char *token = text_of(start, "customParameters", "token");
    if (!m->page)
        return take_call(m, text_of(j, "start", "callSid"),
                         strtoll(text_of(start, "customParameters", "turn"), NULL, 10), token);
    m->rehearsal = rehearsal_begin(m, token, &m->stream);
    begun(m);
}

static void take_sound(struct media *m, const char *base64, size_t n)
{
    static uint8_t ulaw[SOUND_MAX];
    long got = base64_decode(base64, n, ulaw);
    if (got < 0)
        return refuse(m, "media.payload: not base64");
    m->sound += (uint64_t)got;
    if (m->sound / 8 > clock_ms() - m->began + AHEAD_MS)
        return refuse(m, "media: more sound than time");
    if (m->stream)
        stream_sound(m->stream, ulaw, (size_t)got);
}

static void take(struct media *m, const struct js *j)
{
    const char *event = js_text(js_get(j, "event"));
    event = event ? event : "";
    if (strcmp(event, "start") == 0)
        take_start(m, j);
    else if (strcmp(event, "media") == 0)
        take_sound(m, text_of(j, "media", "payload"), strlen(text_of(j, "media", "payload")));
    else if (strcmp(event, "mark") == 0 && m->stream)
        stream_marked(m->stream, text_of(j, "mark", "name"));
    else if (strcmp(event, "dtmf") == 0 && m->stream)
        stream_key(m->stream, text_of(j, "dtmf", "digit"));
    else if (strcmp(event, "text") == 0 && m->rehearsal)
        rehearsal_text(m->rehearsal, js_text(js_get(j, "text")) ? js_text(js_get(j, "text")) : "");
    else if (strcmp(event, "stop") == 0)
        m->stopped = true; /* the call is over, or what follows is asked for */
    /* "connected" says nothing that the socket's begin does not; others are ignored. */
}

/* However it is spelled: it has a limit of its own. */
static bool is_sound(const struct js *j)
{
    const char *event = js_text(js_get(j, "event"));
    return event && strcmp(event, "media") == 0;
}

static void take_other(struct media *m, const char *p, size_t n)
{
    struct scope s;
    struct js *j;
    scope_init(&s, 0);
    if (js_parse(&s, p, n, &j))
        refuse(m, "a message that is no JSON");
    else if (!is_sound(j) && ++m->others > OTHERS_MAX + (clock_ms() - m->began) / OTHERS_MS)
        refuse(m, "too many messages");
    else
        take(m, j);
    scope_fini(&s);
}

/* The shape that comes 50 times a second is read in place; any other spelling of it as JSON. */
static void on_text(void *arg, const char *p, size_t n)
{
    static const char begin[] = "{\"event\":\"media\",", key[] = "\"payload\":\"";
    struct media *m = OBJ_CAST(struct media, arg, MEDIA_MAGIC);
    const char *payload =
        strncmp(p, begin, sizeof begin - 1) == 0 ? strstr(p + sizeof begin - 1, key) : NULL;
    size_t payload_n = payload ? strcspn(payload += sizeof key - 1, "\"\\") : 0;
    if (payload && payload[payload_n] == '"')
        take_sound(m, payload, payload_n);
    else
        take_other(m, p, n);
}

static void on_open(void *arg)
{
    struct media *m = OBJ_CAST(struct media, arg, MEDIA_MAGIC);
    m->began = clock_ms();
    m->start = timer_after(START_MS, on_start_due, m);
}

static const struct ws_h handlers = {on_open, on_text, on_closed};

/* ---- the listener ---- */

static enum err check_signature(struct req *r)
{
    enum err e = signature_check(&r->scope, &(struct signed_request){
                                                .public_url = cfg.media_url,
                                                .target = "", /* MEDIA_URL is all of it */
                                                .body = "",
                                                .tokens = {cfg.twilio_token, cfg.twilio_token_next},
                                                .signature = req_header(r, "X-Twilio-Signature"),
                                            });
    if (e)
        metric_add("va_stream_refused_total", "", 1);
    return e;
}

static enum err accept_socket(struct req *r, bool page)
{
    const struct ws_limits limits = {MESSAGE_MAX, QUEUE_MAX, page ? PAGE_IDLE_MS : IDLE_MS};
    struct media *m = must(calloc(1, sizeof *m));
    m->magic = MEDIA_MAGIC;
    m->page = page;
    enum err e = ws_accept(r, &limits, &handlers, m, &m->ws);
    if (e)
        destroy(m);
    return e;
}

static enum err media(struct req *r)
{
    TRY(check_signature(r));
    return accept_socket(r, false);
}

static enum err talk(struct req *r)
{
    return accept_socket(r, true);
}

static const struct route routes[] = {
    {"GET", "/media", ROLE_NETWORK, media},
    {"GET", "/talk", ROLE_PAGE, talk},
};

bool media_open(void)
{
    if (!*cfg.media_url)
        return true;
    httpd = httpd_open(&(struct httpd_config){.address = cfg.bind_address,
                                              .port = cfg.port,
                                              .head_bytes = HEAD_BYTES,
                                              .routes = routes,
                                              .n_routes = sizeof routes / sizeof *routes});
    return httpd != NULL;
}

bool media_possible(void)
{
    return httpd != NULL;
}

void media_quiesce(void)
{
    if (httpd)
        httpd_quiesce(httpd);
}

int media_active(void)
{
    return httpd ? httpd_active(httpd) : 0;
}

void media_close(void)
{
    if (httpd)
        httpd_close(httpd);
    httpd = NULL;
}
