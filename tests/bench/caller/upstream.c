/* The servers that think and speak: fixed latencies, and a note of when each had which turn in its hands. */
#include "base/clock.h"
#include "caller.h"
#include "io/js.h"
#include "loop/task.h"
#include "voice/wav.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define RATE          24000
#define BYTES_PER_S   (2 * RATE)
#define MS_PER_LETTER 60 /* of speech */
#define SOUND_MAX     (10 * BYTES_PER_S)
#define TURNS_KEPT    4096

static int open_requests;
static unsigned long left;

int upstream_open(void)
{
    return open_requests;
}

unsigned long upstream_left(void)
{
    return left;
}

static void on_done(void *arg)
{
    (void)arg;
    open_requests--;
}

static void begun(struct req *r)
{
    open_requests++;
    arena_defer(r->scope.arena, on_done, NULL);
}

static enum err over(enum err e)
{
    left += e != OK;
    return e;
}

/* ---- hearing ---- */

static struct turn numbered[TURNS_KEPT];
static unsigned last;

struct turn *turn_heard(unsigned number, uint64_t heard)
{
    struct turn *t = &numbered[number % TURNS_KEPT];
    *t = (struct turn){.heard = heard};
    return t;
}

struct turn *turn_numbered(unsigned number)
{
    bool kept = number && number <= last && last - number < TURNS_KEPT;
    return kept ? &numbered[number % TURNS_KEPT] : NULL;
}

struct turn *turn_of_tone(double hz, uint64_t after)
{
    for (unsigned n = last; n && last - n < TURNS_KEPT; n--)
        if (fabs(TONE_HZ(n) - hz) < 6 && numbered[n % TURNS_KEPT].begun > after)
            return &numbered[n % TURNS_KEPT];
    return NULL;
}

/* The same is said by all: what it is called here, its answer is called too. */
enum err audio_transcriptions(struct req *r)
{
    unsigned number = ++last;
    struct turn *t = turn_heard(number, clock_us());
    begun(r);
    await_sleep((uint64_t)cfg.words_ms);
    t->words = clock_us();
    return over(req_reply(
        r, 200,
        arena_printf(r->scope.arena,
                     "{\"text\":\"This is caller 0 turn %u, do you have a house with a garden?\"}",
                     number)));
}

/* ---- thinking ---- */

/* "caller 17 turn 3" somewhere in it; both 0 when it is not there. */
static void who_speaks(const char *text, unsigned *caller, unsigned *turn)
{
    const char *p = text ? strstr(text, "caller ") : NULL;
    if (!p || sscanf(p, "caller %u turn %u", caller, turn) != 2)
        *caller = *turn = 0;
}

static struct turn *turn_called(unsigned caller, unsigned turn)
{
    return caller ? turn_of(caller) : turn_numbered(turn);
}

static enum err await_token(struct req *r, const char *token)
{
    char line[512];
    int n = snprintf(line, sizeof line,
                     "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\","
                     "\"created\":1,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":"
                     "{\"content\":\"%s\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                     token);
    return await_req_write(r, line, (size_t)n);
}

/* Token by token, blanks in front as the real ones have them. The one behind the comma shows that the clause has ended. */
static enum err await_words(struct req *r, const char *text, uint64_t *clause)
{
    bool ended = false;
    while (*text) {
        char token[64];
        size_t n = strcspn(text + 1, " ") + 1;
        snprintf(token, sizeof token, "%.*s", (int)n, text);
        await_sleep((uint64_t)cfg.token_ms);
        TRY(await_token(r, token));
        if (ended && clause && !*clause)
            *clause = clock_us();
        ended |= token[n - 1] == ',';
        text += n;
    }
    return OK;
}

static enum err await_answer(struct req *r, const char *text, struct turn *t)
{
    static const char end[] =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":30,"
        "\"total_tokens\":930}}\n\ndata: [DONE]\n\n";
    await_sleep((uint64_t)cfg.first_token_ms);
    TRY(req_stream(r, 200, "text/event-stream; charset=utf-8", -1));
    TRY(await_words(r, text, t ? &t->clause : NULL));
    return await_req_write(r, end, sizeof end - 1);
}

/* Calls that are over are summed up. */
static enum err await_summary(struct req *r)
{
    await_sleep((uint64_t)cfg.first_token_ms);
    return req_reply(r, 200,
                     "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":"
                     "{\"role\":\"assistant\",\"content\":\"{\\\"summary\\\":\\\"A caller "
                     "looked for a house.\\\",\\\"outcome\\\":\\\"other\\\"}\"}}]}");
}

enum err chat_completions(struct req *r)
{
    struct js *j;
    unsigned caller, turn;
    uint64_t now = clock_us();
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    if (!js_true(js_get(j, "stream")))
        return await_summary(r);
    const struct js *messages = js_get(j, "messages");
    const char *said = js_text(js_get(js_at(messages, js_count(messages) - 1), "content"));
    who_speaks(said, &caller, &turn);
    struct turn *t = turn_called(caller, turn);
    if (t && !t->asked)
        t->asked = now;
    begun(r);
    return over(await_answer(
        r,
        arena_printf(r->scope.arena,
                     " Here is what caller %u turn %u wants, and a garden goes with it. The rest "
                     "of what there is to say for %u and %u comes in a second sentence.",
                     caller, turn, caller, turn),
        t));
}

/* ---- speaking ---- */

/* All our tones are multiples of 20 Hz: a twentieth of a second of one is all of it. */
static const int16_t *tone(int hz)
{
    static int16_t tones[TONES][RATE / 20];
    int16_t *t = tones[(hz - TONE_HZ(0)) / 20];
    for (int i = RATE / 20 - 1; i > 0 && !t[1];
         i--) /* t[1] comes last, and says that all is there */
        t[i] = (int16_t)(8000 * sin(2 * M_PI * hz * i / RATE));
    return t;
}

static int16_t sweep(size_t i)
{
    return (int16_t)((int)(i * (40 + i / 400)) % 16384 - 8192);
}

/* A tone, or a slow sweep: nothing about that matters but its length. */
static char *sound(struct arena *a, size_t letters, int hz, size_t *n)
{
    size_t bytes = letters * MS_PER_LETTER * BYTES_PER_S / 1000;
    bytes = bytes > SOUND_MAX ? SOUND_MAX : bytes;
    char *wav = arena_alloc(a, WAV_HEADER_SIZE + bytes);
    static const struct wav_format format = {WAV_PCM, RATE, 1, 16};
    const int16_t *period = hz ? tone(hz) : NULL;
    wav_header(&format, (uint32_t)bytes, (uint8_t *)wav);
    for (size_t i = 0; i < bytes / 2; i++) {
        int16_t v = period ? period[i % (RATE / 20)] : sweep(i);
        memcpy(wav + WAV_HEADER_SIZE + 2 * i, &v, 2);
    }
    *n = WAV_HEADER_SIZE + bytes;
    return wav;
}

static enum err await_sound(struct req *r, const char *wav, size_t n)
{
    static const size_t piece = 16384;
    TRY(req_stream(r, 200, "audio/wav", -1));
    for (size_t at = 0; at < n; at += piece)
        TRY(await_req_write(r, wav + at, n - at < piece ? n - at : piece));
    return OK;
}

enum err audio_speech(struct req *r)
{
    struct js *j;
    unsigned caller, turn;
    size_t n;
    uint64_t now = clock_us();
    struct scope s; /* sound is larger than a request's own memory */
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    const char *input = js_text(js_get(j, "input"));
    who_speaks(input, &caller, &turn);
    struct turn *t = turn_called(caller, turn);
    if (t && !t->text)
        t->text = now;
    begun(r);
    scope_init_sized(&s, 0, 2 * SOUND_MAX);
    const char *wav =
        sound(s.arena, input ? strlen(input) : 1, !caller && turn ? TONE_HZ(turn) : 0, &n);
    await_sleep((uint64_t)cfg.speech_ms);
    if (t && t->text == now)
        t->begun = clock_us();
    enum err e = await_sound(r, wav, n);
    if (t && t->text == now)
        t->sound = clock_us();
    scope_fini(&s);
    return over(e);
}

enum err models(struct req *r)
{
    return req_reply(r, 200, "{\"object\":\"list\",\"data\":[]}");
}
