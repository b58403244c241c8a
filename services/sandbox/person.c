#include "person.h"
#include "base/die.h"
#include "speech.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE        8000
#define LOUD        90    /* mean level of a frame with sound in it */
#define FALLEN_MS   400   /* without sound: the agent has fallen silent */
#define PATIENCE_MS 30000 /* without a word from the agent: hangs up */
#define KEY_MS      300
#define COUGH_MS    420
#define VOICE_LEVEL 3000.0 /* of a person who never says anything */

/* Something to say, made before it is needed. */
struct utterance {
    const char *text;
    unsigned pause_ms; /* between its pieces */
    size_t n;
    struct clip **pieces;
};
struct turn_voice {
    struct utterance says;
    struct utterance *asides; /* as many as the script's turn has */
};

struct person {
    struct call *call;
    struct turn_voice *turns;
    size_t first, n; /* those of script.turns that were still to come */
    person_key *on_key;
    void *arg;

    /* what it hears */
    bool heard;                   /* the agent has spoken since this person last did */
    unsigned talk_ms, silence_ms; /* of the agent: how long already */

    /* what it says */
    const struct utterance *saying;
    size_t piece, sample;
    unsigned pause_left;
    bool is_turn;      /* or an aside */
    size_t asides;     /* of this turn that have been done */
    const char *keys;  /* still to be pressed */
    unsigned key_left; /* ms until the next one */
    double noise;      /* of the line: its level */
    uint32_t random;
};

/* --- voices --- */

static struct clip *cough(void)
{
    struct clip *c = clip_create(RATE, RATE * COUGH_MS / 1000);
    uint32_t r = 77;
    double smooth = 0;
    for (size_t i = 0; i < c->n; i++) {
        double t = (double)i / RATE, second = t > 0.19 ? t - 0.19 : -1;
        double level = 9000 * exp(-t / 0.05) + (second >= 0 ? 7000 * exp(-second / 0.07) : 0);
        r = r * 1664525 + 1013904223;
        smooth = 0.5 * smooth + ((double)(r >> 16) / 32768 - 1) * level;
        c->pcm[i] = (int16_t)lrint(smooth > 32000 ? 32000 : smooth < -32000 ? -32000 : smooth);
    }
    return c;
}

static struct clip *await_phone_voice(struct call *c, const char *text)
{
    struct clip *whole = await_speech(c->script.voice, 1.0, text),
                *phone = clip_resample(whole, RATE);
    clip_drop(whole);
    return phone;
}

static struct utterance await_turn_voice(struct call *c, const struct turn_script *t)
{
    struct utterance u = {.text = t->text, .pause_ms = t->pause_ms};
    while (t->text && t->pieces[u.n])
        u.n++;
    u.pieces = must(calloc(u.n + 1, sizeof(struct clip *)));
    for (size_t i = 0; i < u.n; i++)
        u.pieces[i] = await_phone_voice(c, t->pieces[i]);
    return u;
}

static struct utterance await_aside_voice(struct call *c, const struct aside *a)
{
    struct utterance u = {.text = a->cough ? "(cough)" : a->text, .n = a->cough || a->text};
    u.pieces = must(calloc(u.n + 1, sizeof(struct clip *)));
    if (u.n)
        u.pieces[0] = a->cough ? cough() : await_phone_voice(c, a->text);
    return u;
}

static void utterance_fini(struct utterance *u)
{
    for (size_t i = 0; i < u->n; i++)
        clip_drop(u->pieces[i]);
    free(u->pieces);
}

static double level_of(const struct utterance *u, double *sum, double *count)
{
    for (size_t k = 0; k < u->n; k++)
        for (size_t i = 0; i < u->pieces[k]->n; i++) {
            double v = u->pieces[k]->pcm[i];
            if (fabs(v) > LOUD)
                *sum += v * v, ++*count;
        }
    return *count ? sqrt(*sum / *count) : VOICE_LEVEL;
}

/* So many decibels below the level at which this person speaks, while it does. */
static double noise_level(const struct person *p)
{
    double sum = 0, count = 0, level = VOICE_LEVEL;
    for (size_t i = 0; i < p->n; i++)
        level = level_of(&p->turns[i].says, &sum, &count);
    int db = p->call->script.noise_db;
    return db ? level * pow(10, -db / 20.0) : 0;
}

struct person *await_person_create(struct call *c, person_key *on_key, void *arg)
{
    const struct script *s = &c->script;
    struct person *p = must(calloc(1, sizeof *p));
    *p = (struct person){.call = c, .first = c->turn, .on_key = on_key, .arg = arg};
    p->n = s->n > c->turn ? s->n - c->turn : 0;
    p->turns = must(calloc(p->n + 1, sizeof *p->turns));
    p->random = 1;
    for (const char *sid = c->sid; *sid; sid++)
        p->random = p->random * 31 + (unsigned char)*sid;
    for (size_t i = 0; i < p->n; i++) {
        const struct turn_script *t = &s->turns[p->first + i];
        p->turns[i].says = await_turn_voice(c, t);
        p->turns[i].asides = must(calloc(t->n_asides + 1, sizeof(struct utterance)));
        for (size_t k = 0; k < t->n_asides; k++)
            p->turns[i].asides[k] = await_aside_voice(c, &t->asides[k]);
    }
    p->noise = noise_level(p);
    return p;
}

void person_destroy(struct person *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct turn_script *t = &p->call->script.turns[p->first + i];
        utterance_fini(&p->turns[i].says);
        for (size_t k = 0; k < t->n_asides; k++)
            utterance_fini(&p->turns[i].asides[k]);
        free(p->turns[i].asides);
    }
    free(p->turns);
    free(p);
}

/* --- what it does --- */

static void say(struct person *p, const struct utterance *u, bool is_turn)
{
    if (!u->n)
        return;
    p->saying = u;
    p->piece = p->sample = 0;
    p->pause_left = 0;
    p->is_turn = is_turn;
    call_said(p->call, PERSON, u->text);
}

static void turn_over(struct person *p)
{
    p->heard = false;
    p->silence_ms = 0;
    p->asides = 0;
    call_turn_taken(p->call);
}

static void press(struct person *p, const char *keys)
{
    p->keys = keys;
    p->key_left = 0;
    call_said(p->call, PERSON, arena_printf(p->call->arena, "(keys %s)", keys));
}

static void take_turn(struct person *p, const struct turn_script *t)
{
    if (t->keys) {
        press(p, t->keys);
        turn_over(p);
    } else if (t->text) {
        say(p, &p->turns[p->call->turn - p->first].says, true);
    } else {
        turn_over(p); /* and waits for what the agent makes of it */
    }
}

static void do_asides(struct person *p, const struct turn_script *t)
{
    if (p->asides == t->n_asides || p->talk_ms < t->asides[p->asides].after_ms || !p->talk_ms)
        return;
    const struct aside *a = &t->asides[p->asides];
    if (a->keys)
        press(p, a->keys);
    if (a->hang_up)
        call_hang_up(p->call, COMPLETED);
    say(p, &p->turns[p->call->turn - p->first].asides[p->asides++], false);
}

static void decide(struct person *p)
{
    struct call *c = p->call;
    const struct turn_script *t = c->script.answer == ANSWER_MACHINE ? NULL : call_next_turn(c);
    unsigned think = t ? t->think_ms : c->script.think_ms;
    if (t)
        do_asides(p, t);
    if (p->saying || p->keys || c->script.answer == ANSWER_MACHINE)
        return;
    bool over = p->heard && p->silence_ms >= FALLEN_MS + think;
    if (t && t->text && t->interrupt_ms && p->talk_ms >= t->interrupt_ms)
        take_turn(p, t);
    else if (over && t)
        take_turn(p, t);
    else if (over || p->silence_ms >= PATIENCE_MS)
        call_hang_up(c, COMPLETED);
}

static void press_next(struct person *p)
{
    if (!p->keys || (p->key_left -= p->key_left < FRAME_MS ? p->key_left : FRAME_MS))
        return;
    p->on_key(p->arg, *p->keys);
    p->key_left = KEY_MS;
    if (!*++p->keys)
        p->keys = NULL;
}

void person_hears(struct person *p, bool loud)
{
    if (loud) {
        p->talk_ms += FRAME_MS;
        p->silence_ms = 0;
        p->heard = true;
    } else {
        p->silence_ms += FRAME_MS;
        p->talk_ms = p->silence_ms >= FALLEN_MS ? 0 : p->talk_ms ? p->talk_ms + FRAME_MS : 0;
    }
    if (!p->saying)
        decide(p);
    press_next(p);
}

/* --- what goes out --- */

static double noise_sample(struct person *p)
{
    double sum = 0;
    for (int i = 0; i < 4; i++) { /* near enough to a bell */
        p->random = p->random * 1664525 + 1013904223;
        sum += (double)(p->random >> 8) / (1 << 24) - 0.5;
    }
    return sum * 1.732 * p->noise;
}

static void piece_over(struct person *p)
{
    const struct utterance *u = p->saying;
    p->sample = 0;
    if (++p->piece < u->n) {
        p->pause_left = u->pause_ms;
        return;
    }
    p->saying = NULL;
    if (p->is_turn)
        turn_over(p);
}

static void speak(struct person *p, int16_t *pcm)
{
    if (p->pause_left) {
        p->pause_left -= p->pause_left < FRAME_MS ? p->pause_left : FRAME_MS;
        return;
    }
    const struct clip *c = p->saying->pieces[p->piece];
    size_t left = c->n - p->sample, n = left < FRAME_SAMPLES ? left : FRAME_SAMPLES;
    memcpy(pcm, c->pcm + p->sample, n * sizeof *pcm);
    p->sample += n;
    if (p->sample == c->n)
        piece_over(p);
}

bool person_speaks(struct person *p, int16_t pcm[FRAME_SAMPLES])
{
    bool speaks = p->saying != NULL;
    memset(pcm, 0, FRAME_SAMPLES * sizeof *pcm);
    if (speaks)
        speak(p, pcm);
    for (size_t i = 0; p->noise > 0 && i < FRAME_SAMPLES; i++) {
        double v = pcm[i] + noise_sample(p);
        pcm[i] = (int16_t)lrint(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
    }
    return speaks || p->noise > 0;
}

bool pcm_loud(const int16_t *pcm, size_t n)
{
    long sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += labs(pcm[i]);
    return n && sum / (long)n > LOUD;
}
