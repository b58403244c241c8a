#include "network.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "ledger.h"
#include "loop/task.h"
#include "numbers.h"
#include "sandbox.h"
#include "speech.h"
#include "verbs.h"
#include <stdlib.h>
#include <string.h>

#define SETUP_MS            300
#define BUSY_MS             1000
#define MACHINE_PATIENCE_MS 120000 /* a mailbox hangs up after two minutes */
#define HUMAN_SILENCE_MS    1200
#define MACHINE_VERDICT_MS  2400
#define VERDICT_LOOK_MS     50 /* nobody listens to a call that has ended */

static uint64_t next_slot;

unsigned status_events(const char *words)
{
    unsigned e = 0;
    e |= strstr(words, "initiated") ? ON_INITIATED : 0;
    e |= strstr(words, "ringing") ? ON_RINGING : 0;
    e |= strstr(words, "answered") ? ON_ANSWERED : 0;
    e |= strstr(words, "completed") ? ON_COMPLETED : 0;
    return e ? e : ON_COMPLETED;
}

void script_of_callee(struct call *c, const char *number)
{
    struct scope s;
    struct js *j;
    scope_init(&s, 1000);
    if (js_parse(&s, callee_script(number), 0, &j) || script_read(&s, c->arena, j, &c->script))
        c->script = (struct script){.answer = ANSWER_FAILED}; /* checked when it was put there */
    scope_fini(&s);
}

void call_answer(struct call *c)
{
    if (c->status != RINGING && c->status != INITIATED)
        return;
    c->status = IN_PROGRESS;
    c->answered_ms = call_now(c);
    c->started_wall = clock_wall_ms();
    callback_status(c, ON_ANSWERED);
    if (c->record)
        memcpy(c->whole_recording_sid,
               recording_start(c, "OutboundAPI", c->record_channels, &c->on_recording,
                               c->recording_events)
                   ->sid,
               SID_TEXT);
}

static int sip_code(enum call_status s)
{
    return s == COMPLETED ? 200 : s == BUSY ? 486 : s == FAILED ? 404 : 487;
}

/* What the end is called depends on how far the call had come. */
static enum call_status final_status(const struct call *c)
{
    if (c->status == IN_PROGRESS)
        return COMPLETED;
    if (c->end_as != COMPLETED)
        return c->end_as;
    return c->direction == INBOUND ? NO_ANSWER : CANCELED;
}

static void finish(struct call *c)
{
    bool answered = c->status == IN_PROGRESS;
    recordings_stop(c);
    c->status = final_status(c);
    c->ended_wall = clock_wall_ms();
    c->duration_s = answered ? (unsigned)((call_now(c) - c->answered_ms + 999) / 1000) : 0;
    c->sip = sip_code(c->status);
    ledger_note("network.ended",
                arena_printf(c->arena, "%s %s", c->sid, call_status_name(c->status)), true);
    callback_status(c, ON_COMPLETED);
    log_info(NULL, "call.ended", "sid", c->sid, "status", call_status_name(c->status), "seconds",
             fmt_int(c->duration_s));
    call_over(c);
}

/* --- inbound --- */

static void inbound(void *arg)
{
    struct call *c = arg;
    struct page *page = NULL;
    if (await_person(c, SETUP_MS) == WAKE_TIME) {
        if (c->voice.url)
            page = await_page(c, &c->voice, NULL);
        else
            call_erred(c, 11100, "the number has no VoiceUrl");
    }
    if (!page && !c->gone)
        call_hang_up(c, BUSY);
    await_documents(c, page);
    finish(c);
}

static const char *field(struct call *c, const struct number *n, enum number_field f)
{
    return arena_strdup(c->arena, number_get(n, f));
}

struct call *network_ring(const char *to, const char *from, const struct js *script,
                          struct scope *s)
{
    struct number *n = number_owned(to);
    if (!n) {
        (void)fail(s, ERR_UNPROCESSABLE, NULL, "to", "to: not a number of the account");
        return NULL;
    }
    struct arena *check = arena_create(256 * 1024);
    struct script ignored;
    enum err e = script_read(s, check, script, &ignored);
    arena_destroy(check);
    struct call *c = e ? NULL : call_create(INBOUND, from, to);
    if (!c)
        return NULL;
    (void)!script_read(s, c->arena, script, &c->script);
    c->voice = (struct hook){field(c, n, NUMBER_VOICE_URL), field(c, n, NUMBER_VOICE_METHOD)};
    c->fallback =
        (struct hook){field(c, n, NUMBER_FALLBACK_URL), field(c, n, NUMBER_FALLBACK_METHOD)};
    c->on_status = (struct hook){field(c, n, NUMBER_STATUS_URL), field(c, n, NUMBER_STATUS_METHOD)};
    task_spawn("call", inbound, c);
    return c;
}

/* --- outbound --- */

static enum wake await_slot(struct call *c)
{
    uint64_t now = clock_ms();
    uint64_t slot = next_slot > now ? next_slot : now;
    next_slot = slot + 1000 / (uint64_t)cfg.cps;
    return await_call(c, slot);
}

/* True: somebody or something answered. */
static bool await_ringing(struct call *c)
{
    const struct script *s = &c->script;
    unsigned patience = c->timeout_s * 1000;
    c->status = INITIATED;
    callback_status(c, ON_INITIATED);
    if (await_person(c, SETUP_MS) != WAKE_TIME)
        return false;
    if (s->answer == ANSWER_FAILED) {
        call_hang_up(c, FAILED);
        return false;
    }
    c->status = RINGING;
    callback_status(c, ON_RINGING);
    bool deaf = s->answer == ANSWER_NO_ANSWER || s->ring_ms > patience;
    unsigned ms = s->answer == ANSWER_BUSY ? BUSY_MS : deaf ? patience : s->ring_ms;
    if (await_person(c, ms) != WAKE_TIME)
        return false;
    if (s->answer == ANSWER_BUSY || deaf)
        call_hang_up(c, s->answer == ANSWER_BUSY ? BUSY : NO_ANSWER);
    return !c->gone;
}

static void await_hello(struct call *c)
{
    if (c->script.hello)
        (void)await_person_says(c, c->script.hello);
}

/* What the detector would say, and after how much of the call. */
static void detect(struct call *c, unsigned hello_ms)
{
    bool machine = c->script.answer == ANSWER_MACHINE;
    c->answered_by = !machine ? "human" : c->amd_message_end ? "machine_end_beep" : "machine_start";
    c->amd_ms = !machine             ? hello_ms + HUMAN_SILENCE_MS
                : c->amd_message_end ? hello_ms + SETUP_MS
                                     : MACHINE_VERDICT_MS;
}

static unsigned await_hello_length(const struct call *c)
{
    if (!c->script.hello)
        return 0;
    struct clip *clip = await_speech(c->script.voice, 1.0, c->script.hello);
    unsigned ms = clip_ms(clip);
    clip_drop(clip);
    return ms;
}

/* The person or the mailbox speaks first. With synchronous detection the call waits for the verdict. */
static void await_detection(struct call *c)
{
    unsigned hello_ms = await_hello_length(c);
    detect(c, hello_ms);
    await_hello(c);
    if (c->amd_ms > hello_ms && !c->gone)
        (void)await_person(c, c->amd_ms - hello_ms);
}

struct verdict {
    char sid[SID_TEXT];
    unsigned ms;
};

static int verdicts; /* tasks that wait with one */

int network_listening(void)
{
    return verdicts;
}

static struct call *still_running(const char *sid)
{
    struct call *c = call_find(sid);
    return c && c->running ? c : NULL;
}

static void async_verdict(void *arg)
{
    struct verdict *v = arg;
    uint64_t due = clock_ms() + real_ms(v->ms), now;
    while (still_running(v->sid) && (now = clock_ms()) < due)
        await_sleep(due - now < VERDICT_LOOK_MS ? due - now : VERDICT_LOOK_MS);
    struct call *c = still_running(v->sid);
    verdicts--;
    if (c) {
        if (c->script.answer == ANSWER_MACHINE && c->amd_message_end)
            c->beep_ms = call_now(c);
        callback_amd(c);
    }
    free(v);
}

/*
 * Detection beside the document: the verdict comes by callback. A machine's greeting plays while the
 * document runs, and what that says before the beep is lost.
 */
static void await_async_detection(struct call *c)
{
    detect(c, await_hello_length(c));
    struct verdict *v = must(malloc(sizeof *v));
    memcpy(v->sid, c->sid, sizeof v->sid);
    v->ms = c->amd_ms;
    verdicts++;
    task_spawn("amd", async_verdict, v);
    if (c->script.answer != ANSWER_MACHINE)
        await_hello(c);
    else if (c->script.hello)
        call_said(c, PERSON, c->script.hello);
}

static void await_answered(struct call *c)
{
    call_answer(c);
    if (c->script.answer == ANSWER_MACHINE)
        c->hang_up_at = clock_ms() + real_ms(MACHINE_PATIENCE_MS);
    if (!c->amd)
        await_hello(c);
    else if (c->amd_async)
        await_async_detection(c);
    else
        await_detection(c);
    if (c->gone)
        return;
    struct page *page = c->twiml ? await_page_inline(c, c->twiml) : await_page(c, &c->voice, NULL);
    await_documents(c, page);
}

static void outbound(void *arg)
{
    struct call *c = arg;
    if (await_slot(c) == WAKE_TIME && await_ringing(c))
        await_answered(c);
    finish(c);
}

void network_dial(struct call *c)
{
    script_of_callee(c, c->to);
    task_spawn("call", outbound, c);
}
