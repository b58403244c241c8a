/* Gather and Record: the agent listens, the person takes the next turn of the script. */
#include "base/clock.h"
#include "speech.h"
#include "verbs.h"
#include <stdio.h>
#include <string.h>

#define NESTED_MAX      32
#define AUTO_SILENCE_MS 900 /* speechTimeout="auto" */
#define KEY_MS          300
#define DEAF_MAX        10 /* times somebody listens who cannot hear what this person does */

static enum flow await_goodbye(struct call *c)
{
    if (await_person(c, c->script.think_ms) == WAKE_TIME)
        call_hang_up(c, COMPLETED);
    return FLOW_END;
}

/* --- Gather --- */

struct gather {
    bool speech, dtmf, barge_in;
    unsigned timeout_ms, silence_ms;
    long digits; /* 0 = any number */
    const char *finish;
};

static struct gather read_gather(struct call *c, const struct element *e)
{
    long timeout = twiml_int(e, "timeout", 5);
    if (timeout < 0)
        call_erred(c, 13313, "Gather: invalid timeout");
    timeout = timeout < 0 ? 5 : timeout;
    bool automatic = strcmp(twiml_attr(e, "speechTimeout", ""), "auto") == 0;
    long silence = automatic ? 0 : twiml_int(e, "speechTimeout", timeout);
    if (automatic && twiml_attr(e, "speechModel", NULL))
        call_erred(c, 13335, "Gather: speechTimeout auto with a speechModel");
    return (struct gather){.speech = twiml_has(e, "input", "dtmf", "speech"),
                           .dtmf = twiml_has(e, "input", "dtmf", "dtmf"),
                           .barge_in = twiml_flag(e, "bargeIn", true),
                           .timeout_ms = (unsigned)timeout * 1000,
                           .silence_ms = automatic || silence < 1 ? AUTO_SILENCE_MS
                                                                  : (unsigned)silence * 1000,
                           .digits = twiml_int(e, "numDigits", 0),
                           .finish = twiml_attr(e, "finishOnKey", "#")};
}

/* All sounds are fetched before the first is played. False: the call has gone meanwhile. */
static bool await_nested_sounds(struct run *r, const struct element *e, struct clip **sounds)
{
    int i = 0;
    for (const struct element *c = e->children; c && i < NESTED_MAX && !r->call->gone;
         c = c->next, i++)
        if (twiml_is(c, "Play"))
            sounds[i] = await_play_sound(r, c);
    return !r->call->gone;
}

/* Plays what is inside; a person who interrupts cuts it short. */
static enum flow await_prompts(struct run *r, const struct element *e, const struct gather *g)
{
    struct clip *sounds[NESTED_MAX] = {0};
    const struct turn_script *t = call_next_turn(r->call);
    unsigned limit = t && t->text && g->speech && g->barge_in ? t->interrupt_ms : 0, played = 0;
    enum flow f = await_nested_sounds(r, e, sounds) ? FLOW_NEXT : FLOW_END;
    int i = 0;
    for (const struct element *c = e->children; c && i < NESTED_MAX && f == FLOW_NEXT;
         c = c->next, i++) {
        if (twiml_is(c, "Play") && !sounds[i])
            continue; /* told already */
        if (!limit || played < limit)
            f = await_prompt(r, c, sounds[i], limit, &played);
    }
    for (i = 0; i < NESTED_MAX; i++)
        clip_drop(sounds[i]);
    return f;
}

static enum flow await_silence(struct run *r, const struct element *e, const struct gather *g,
                               unsigned ms)
{
    if (await_person(r->call, ms < g->timeout_ms ? ms : g->timeout_ms) != WAKE_TIME)
        return FLOW_END;
    if (!twiml_flag(e, "actionOnEmptyResult", false))
        return FLOW_NEXT;
    return await_action(r, e, NULL);
}

static enum flow await_keys(struct run *r, const struct element *e, const struct gather *g,
                            const struct turn_script *t)
{
    char digits[33] = "";
    size_t n = 0;
    bool finished = false;
    if (await_person(r->call, t->think_ms) != WAKE_TIME)
        return FLOW_END;
    for (const char *k = t->keys; *k && n < sizeof digits - 1 && !finished; k++) {
        if (await_person(r->call, KEY_MS) != WAKE_TIME)
            return FLOW_END;
        finished = strchr(g->finish, *k) != NULL;
        if (!finished)
            digits[n++] = *k;
        finished |= g->digits && n == (size_t)g->digits;
    }
    call_said(r->call, PERSON, arena_printf(r->page->arena, "(keys %s)", t->keys));
    if (!finished && await_person(r->call, g->timeout_ms) != WAKE_TIME)
        return FLOW_END;
    call_turn_taken(r->call);
    struct params p = {.arena = r->page->arena};
    params_add(&p, "Digits", digits);
    return await_action(r, e, &p);
}

static enum flow await_spoken(struct run *r, const struct element *e, const struct gather *g,
                              const struct turn_script *t)
{
    bool interrupts = t->interrupt_ms && g->barge_in;
    if (!interrupts && await_person(r->call, t->think_ms) != WAKE_TIME)
        return FLOW_END;
    if (await_person_says(r->call, t->text) != WAKE_TIME ||
        await_person(r->call, g->silence_ms) != WAKE_TIME)
        return FLOW_END;
    call_turn_taken(r->call);
    struct params p = {.arena = r->page->arena};
    params_add(&p, "SpeechResult", t->text);
    if (t->confidence >= 0)
        params_add(&p, "Confidence", arena_printf(p.arena, "%.8g", t->confidence));
    return await_action(r, e, &p);
}

enum flow await_gather(struct run *r, const struct element *e)
{
    struct call *c = r->call;
    struct gather g = read_gather(c, e);
    enum flow f = await_prompts(r, e, &g);
    if (f != FLOW_NEXT)
        return f;
    if (c->script.answer == ANSWER_MACHINE)
        return await_silence(r, e, &g, UINT32_MAX);
    const struct turn_script *t = call_next_turn(c);
    if (!t)
        return await_goodbye(c);
    if (t->keys && g.dtmf)
        return await_keys(r, e, &g, t);
    if (t->text && g.speech && t->think_ms <= g.timeout_ms)
        return await_spoken(r, e, &g, t);
    bool heard = (t->text && g.speech) || (!t->text && !t->keys);
    if (heard)
        call_turn_taken(c);
    else if (++c->deaf > DEAF_MAX)
        return await_goodbye(c);
    return await_silence(r, e, &g, UINT32_MAX);
}

/* --- Record --- */

static struct clip *beep(void)
{
    struct clip *c = clip_create(8000, 8000 * 4 / 10);
    for (size_t i = 0; i < c->n; i++)
        c->pcm[i] = (int16_t)((i / 4) % 2 ? 6000 : -6000); /* 1 kHz */
    return c;
}

static enum wake await_beep(struct run *r, const struct element *e)
{
    if (!twiml_flag(e, "playBeep", true))
        return WAKE_TIME;
    struct clip *c = beep();
    enum wake w = await_voice(r->call, NETWORK, c, UINT32_MAX, "(beep)");
    clip_drop(c);
    return w;
}

/* Says the turn into the recording. *said: something was. */
static enum wake await_recorded_turn(struct run *r, const struct element *e, bool *said)
{
    struct call *c = r->call;
    long timeout = twiml_int(e, "timeout", 5);
    unsigned silence = (unsigned)(timeout < 1 ? 5 : timeout) * 1000;
    const struct turn_script *t = c->script.answer == ANSWER_MACHINE ? NULL : call_next_turn(c);
    if (t && t->text) {
        *said = true;
        enum wake w = await_person(c, t->think_ms);
        w = w == WAKE_TIME ? await_person_says(c, t->text) : w;
        if (w != WAKE_TIME)
            return w;
    } else if (!t && c->script.answer != ANSWER_MACHINE) {
        await_goodbye(c);
        return WAKE_GONE;
    }
    enum wake w = await_person(c, silence);
    if (w == WAKE_TIME && t)
        call_turn_taken(c);
    return w;
}

enum flow await_record(struct run *r, const struct element *e)
{
    struct call *c = r->call;
    bool said = false;
    if (await_beep(r, e) != WAKE_TIME)
        return FLOW_END;
    struct hook h = verb_hook(r, e, "recordingStatusCallback");
    struct recording *rec = recording_start(c, "RecordVerb", 1, &h,
                                            twiml_attr(e, "recordingStatusCallbackEvent", NULL));
    rec->person_only = true;
    char sid[SID_TEXT];
    memcpy(sid, rec->sid, sizeof sid);
    enum wake w = await_recorded_turn(r, e, &said);
    if (c->gone && !said)
        return FLOW_END;
    if ((rec = recording_find(sid)))
        recording_stop(c, rec);
    if (!said)
        return w == WAKE_TIME ? FLOW_NEXT : FLOW_END;
    if (w != WAKE_TIME || !rec)
        return FLOW_END;
    struct params p = {.arena = r->page->arena};
    params_add(&p, "RecordingUrl", recording_url(p.arena, rec));
    params_add(&p, "RecordingSid", rec->sid);
    params_int(&p, "RecordingDuration", recording_seconds(rec));
    return await_action(r, e, &p);
}
