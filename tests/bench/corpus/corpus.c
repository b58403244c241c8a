#include "corpus.h"
#include "agent.h"
#include "base/die.h"
#include "turntaking.h"
#include "vad.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPEECH       3000.0 /* -21 dB */
#define PIECES_MAX   64
#define MS           (SOUNDS_RATE / 1000)
#define LATE_MS      2000
#define GREETING_MS  6000 /* so long we speak first */
#define HUSH_MS      200
#define KNOWN        0.6  /* of a piece that must have been in what was transcribed */
#define PATIENCE_END 3500 /* silence behind everything */

const int pauses_ms[PAUSES] = {120, 300, 500, 800};

/* ---- a scene: what is said, when ---- */

enum kind { SPOKEN, NODDED, NOISE };
struct piece {
    enum kind kind;
    size_t from, to; /* samples */
    const char *text;
    bool more; /* the same turn goes on behind it */
};

struct scene {
    struct sound line;
    struct piece pieces[PIECES_MAX];
    int n;
    bool speaks; /* we do, all the time */
    /* what happened, in ms */
    struct turntaking *turns;
    size_t now;     /* samples heard */
    long asked_at;  /* frame; -1: no transcription is under way */
    size_t asked_n; /* samples of it */
    bool hushed;
    size_t hushed_at;
    int stops, barge_ins, requests;
    int told; /* turns that have been */
    size_t told_at[PIECES_MAX], voice_at[PIECES_MAX], barge_at[PIECES_MAX];
    int voices;
    int pause; /* of pauses_ms; -1: others */
    struct tally *tally;
};

static struct piece *add_piece(struct scene *s, enum kind kind, size_t at, const struct sound *x,
                               const char *text)
{
    CHECK(s->n < PIECES_MAX);
    struct piece *p = &s->pieces[s->n++];
    *p = (struct piece){.kind = kind, .from = at, .to = at + x->n, .text = text};
    sound_mix(&s->line, at, x, 1);
    return p;
}

/* ---- the owner of turntaking ---- */

static void on_voice(void *arg)
{
    struct scene *s = arg;
    s->hushed = true;
    s->hushed_at = s->now;
    s->stops++;
    if (s->voices < PIECES_MAX)
        s->voice_at[s->voices++] = s->now;
}

static void note(struct figures *f, size_t samples)
{
    if (f->n < VALUES_MAX)
        f->values[f->n++] = (short)fmin(SHRT_MAX, (double)(samples / MS));
}

static void on_false_alarm(void *arg)
{
    struct scene *s = arg;
    s->hushed = false;
    if (s->speaks)
        note(&s->tally->nod_ms, s->now - s->hushed_at);
}

static void on_barge_in(void *arg)
{
    struct scene *s = arg;
    if (s->barge_ins < PIECES_MAX)
        s->barge_at[s->barge_ins] = s->now;
    s->barge_ins++;
    if (s->speaks)
        note(&s->tally->decided_ms, s->now - s->hushed_at);
}

static unsigned on_left(void *arg)
{
    (void)arg;
    return UINT_MAX;
}

static void on_transcribe(void *arg, struct pack *p)
{
    struct scene *s = arg;
    s->asked_at = (long)(s->now / VAD_FRAME);
    s->asked_n = (size_t)pack_ms(p) * MS;
    s->requests++;
    pack_destroy(p);
}

static void on_call_off(void *arg)
{
    ((struct scene *)arg)->asked_at = -1;
}

static void on_guess(void *arg, const struct said *said)
{
    (void)arg, (void)said;
}

static void on_unsaid(void *arg)
{
    (void)arg;
}

static void on_said(void *arg, const struct said *said)
{
    struct scene *s = arg;
    (void)said;
    if (s->told < PIECES_MAX)
        s->told_at[s->told++] = s->now;
    if (s->speaks) { /* we have answered, and speak again */
        turntaking_mouth(s->turns, MOUTH_THINKS);
        turntaking_mouth(s->turns, MOUTH_SPEAKS);
    }
}

static void on_unheard(void *arg)
{
    (void)arg;
    CHECK(!"a transcription that never fails");
}

static void on_silence(void *arg)
{
    (void)arg;
}

static const struct turntaking_h handlers = {on_voice,      on_false_alarm, on_barge_in, on_left,
                                             on_transcribe, on_call_off,    on_guess,    on_unsaid,
                                             on_said,       on_unheard,     on_silence};

/* What a server would have understood: the pieces that are in the sound, mostly. */
static void transcribe(struct scene *s)
{
    char text[2000] = "";
    int open = -1;
    size_t to = (size_t)s->asked_at * VAD_FRAME, from = to > s->asked_n ? to - s->asked_n : 0;
    for (int i = 0; i < s->n; i++) {
        const struct piece *p = &s->pieces[i];
        size_t in_from = p->from > from ? p->from : from, in_to = p->to < to ? p->to : to;
        bool known =
            in_to > in_from && (double)(in_to - in_from) > KNOWN * (double)(p->to - p->from);
        bool begun = in_to > in_from && in_to - in_from > 400 * MS;
        if (p->kind == NOISE || !(known || begun))
            continue;
        size_t n = strlen(text), half = known ? strlen(p->text) : strlen(p->text) / 2;
        snprintf(text + n, sizeof text - n, "%s%.*s", n ? " " : "", (int)half, p->text);
        open = p->more ? i : -1;
    }
    /* Many put a full stop behind whatever ends. */
    if (open >= 0 && open % 2)
        strncat(text, ".", sizeof text - strlen(text) - 1);
    s->asked_at = -1;
    turntaking_words(s->turns, text, 0.9);
}

static uint64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void play(struct scene *s)
{
    uint8_t *ulaw = must(malloc(s->line.n));
    sound_ulaw(&s->line, ulaw);
    s->turns = turntaking_create(&handlers, s);
    s->asked_at = -1;
    turntaking_mouth(s->turns, MOUTH_SPEAKS);
    uint64_t began = cpu_us();
    for (size_t i = 0; i + VAD_FRAME <= s->line.n; i += VAD_FRAME) {
        if (i == GREETING_MS * MS && !s->speaks)
            turntaking_mouth(s->turns, MOUTH_WAITS);
        turntaking_put(s->turns, ulaw + i, VAD_FRAME);
        s->now = i + VAD_FRAME;
        if (s->asked_at >= 0 && (long)(i / VAD_FRAME) - s->asked_at >= STT_FRAMES)
            transcribe(s);
    }
    s->tally->us += cpu_us() - began;
    s->tally->frames += s->line.n / VAD_FRAME;
    turntaking_destroy(s->turns);
    free(ulaw);
}

/* ---- what was right ---- */

/* Each turn is told once, behind its end and before the next one begins. */
static void judge_turns(struct scene *s, struct counts *c)
{
    int told = 0;
    for (int i = 0; i < s->n; i++) {
        const struct piece *p = &s->pieces[i];
        if (p->kind != SPOKEN)
            continue;
        if (p->more) {
            int early = c->early;
            for (; told < s->told && s->told_at[told] < s->pieces[i + 1].from + 200 * MS; told++)
                c->early++;
            if (s->pause >= 0) {
                s->tally->pauses[s->pause]++;
                s->tally->cut[s->pause] += c->early > early;
            }
            continue;
        }
        size_t next = i + 1 < s->n ? s->pieces[i + 1].from + 200 * MS : s->line.n + 1;
        c->turns++;
        bool early = false, right = false, late = false;
        for (; told < s->told && s->told_at[told] < next; told++) {
            size_t at = s->told_at[told];
            early |= at < p->to;
            late |= at > p->to + LATE_MS * MS;
            right |= at >= p->to;
            if (at >= p->to)
                note(&s->tally->endpoint_ms[s->pause < 0 ? PAUSES : s->pause], at - p->to);
        }
        c->early += early;
        c->late += late;
        c->lost += !right && !early;
        c->turns_right += right && !early && !late;
    }
    c->spoken += c->turns;
    c->requests += s->requests;
}

static int first_in(const size_t *at, int n, size_t from, size_t to)
{
    for (int i = 0; i < n && i < PIECES_MAX; i++)
        if (at[i] >= from && at[i] < to)
            return i;
    return -1;
}

static void judge_over(struct scene *s, struct counts *c)
{
    for (int i = 0; i < s->n; i++) {
        const struct piece *p = &s->pieces[i];
        size_t next = i + 1 < s->n ? s->pieces[i + 1].from : s->line.n;
        int voice = first_in(s->voice_at, s->voices, p->from, next);
        bool barged = first_in(s->barge_at, s->barge_ins, p->from, next) >= 0;
        if (p->kind == SPOKEN) {
            c->over++;
            c->over_right += barged;
            if (voice >= 0)
                note(&s->tally->voice_ms, s->voice_at[voice] - p->from);
            c->over_slow += voice < 0 || s->voice_at[voice] - p->from > HUSH_MS * MS;
        } else if (p->kind == NODDED) {
            c->nods++;
            c->nods_right += !barged;
            c->nod_stops += voice >= 0;
        } else {
            c->noises++;
            c->noises_right += !barged;
            c->noise_stops += voice >= 0;
        }
    }
    c->requests += s->requests;
}

/* ---- the callers ---- */

static const struct {
    const char *voice, *parts[3]; /* said with pauses between them */
} sayings[] = {
    {"en-us", {"I am looking for a house", "with three bedrooms", "near the park."}},
    {"en-us+f3", {"Hello, my name is Susan.", "I saw your sign", "on Elm Street."}},
    {"en-gb-scotland+m4", {"Could we meet", "on Thursday", "at half past four?"}},
    {"en-gb-x-rp+f2", {"Well", "I would have to ask my husband", "about that first."}},
    {"de+m2",
     {"Ich interessiere mich", "f\xc3\xbcr das Haus",
      "in der Gartenstra\xc3\x9f"
      "e."}},
    {"de+f4", {"K\xc3\xb6nnen Sie mir sagen", "was es kostet", "und wann es frei wird?"}},
    {"fr+f2", {"Je voudrais savoir", "si la maison", "est encore disponible."}},
    {"es+m1",
     {"Quisiera visitar", "el apartamento",
      "ma\xc3\xb1"
      "ana por la tarde."}},
    {"it+f3", {"Vorrei vendere", "il mio appartamento", "in centro."}},
    {"nl+m3", {"Ik zoek een huis", "met een grote tuin", "buiten de stad."}},
    {"en-us+m7", {"My number is", "five five five", "one two three four."}},
    {"en-us+f5", {"Yes.", "Tell me more", "about the garden."}},
};
#define SAYINGS (int)(sizeof sayings / sizeof *sayings)

static const char *const answers[] = {"Yes, please.",     "No.",
                                      "Tomorrow at ten.", "How much is it?",
                                      "I do not know.",   "Four hundred thousand."};
static const char *const nods[][2] = {{"mhm", "Mm-hmm."}, {"uh huh", "Uh-huh."}, {"okay", "Okay."},
                                      {"yeah", "Yeah."},  {"right", "Right."},   {"hmm", "Hmm."},
                                      {"aha", "Aha."},    {"I see", "I see."}};
static const char *const stops[] = {"Stop.",
                                    "Wait a moment, please.",
                                    "No, not that one.",
                                    "Sorry, what did you say?",
                                    "Can I ask you something?",
                                    "How much does it cost?"};

struct line_kind {
    const char *name;
    enum noise noise;
    double snr_db, level; /* of the voice */
};
static const struct line_kind kinds[CONDITIONS] = {
    {"clear", NOISE_NONE, 99, SPEECH},
    {"quiet voice (-41 dB)", NOISE_HISS, 25, SPEECH / 10},
    {"loud voice (-9 dB)", NOISE_HISS, 40, SPEECH * 4},
    {"hiss 20 dB", NOISE_HISS, 20, SPEECH},
    {"hiss 10 dB", NOISE_HISS, 10, SPEECH},
    {"hiss 5 dB", NOISE_HISS, 5, SPEECH},
    {"hum 5 dB", NOISE_HUM, 5, SPEECH},
    {"car 10 dB", NOISE_CAR, 10, SPEECH},
    {"clicks 10 dB", NOISE_CLICKS, 10, SPEECH},
    {"babble 20 dB", NOISE_BABBLE, 20, SPEECH},
    {"babble 10 dB", NOISE_BABBLE, 10, SPEECH},
    {"babble 5 dB", NOISE_BABBLE, 5, SPEECH},
};

static struct scene *new_scene(struct tally *t, double seconds)
{
    struct scene *s = must(calloc(1, sizeof *s));
    s->line = sound_new((size_t)(seconds * SOUNDS_RATE));
    s->tally = t;
    s->pause = -1;
    return s;
}

static void end_scene(struct scene *s, size_t at, const struct line_kind *k)
{
    s->line.n = at < s->line.n ? at : s->line.n;
    sound_add_noise(&s->line, 0, s->line.n, NOISE_HISS, 6); /* no line is without */
    sound_add_noise(&s->line, 0, s->line.n, k->noise, k->level / pow(10, k->snr_db / 20));
    play(s);
}

static void free_scene(struct scene *s)
{
    sound_free(&s->line);
    free(s);
}

/* One caller, five turns: whole sentences with pauses inside of this length, and short answers. */
static void play_turns(struct tally *t, struct counts *c, const struct line_kind *k, int who,
                       int pause)
{
    struct scene *s = new_scene(t, 120);
    s->pause = pause;
    size_t at = (GREETING_MS + 1000) * MS;
    for (int turn = 0; turn < 5; turn++) {
        bool brief = turn % 2;
        int about = (who + turn * 5) % SAYINGS;
        for (int i = 0; i < (brief ? 1 : 3); i++) {
            const char *text = brief ? answers[(who + turn) % 6] : sayings[about].parts[i];
            /* Everybody speaks with one voice, in one language. */
            if (!brief && strncmp(sayings[about].voice, sayings[who].voice, 2) != 0)
                text = sayings[who].parts[i];
            struct sound x = sound_say(sayings[who].voice, text, k->level);
            struct piece *p = add_piece(s, SPOKEN, at, &x, text);
            p->more = !brief && i < 2;
            at += x.n +
                  (size_t)(p->more ? pauses_ms[pause] * (0.7 + 0.6 * sounds_random()) : 3000) * MS;
            sound_free(&x);
        }
    }
    end_scene(s, at + PATIENCE_END * MS, k);
    judge_turns(s, c);
    free_scene(s);
}

/* We speak, and are talked over, nodded to, coughed at. */
static void play_over(struct tally *t, struct counts *c, const struct line_kind *k, int who)
{
    struct scene *s = new_scene(t, 120);
    size_t at = GREETING_MS * MS;
    s->speaks = true;
    for (int i = 0; i < 12; i++) {
        struct sound x;
        const char *voice = sayings[who].voice;
        if (i % 4 == 0) {
            x = sound_say(voice, stops[(who + i) % 6], k->level);
            add_piece(s, SPOKEN, at, &x, stops[(who + i) % 6]);
        } else if (i % 4 == 1) {
            x = sound_say(voice, nods[(who + i / 4) % 8][0], k->level * 0.7);
            add_piece(s, NODDED, at, &x, nods[(who + i / 4) % 8][1]);
        } else {
            x = i % 4 == 2 ? sound_cough(k->level * 1.5) : sound_bang(k->level * 2);
            add_piece(s, NOISE, at, &x, "");
        }
        at += x.n + 3200 * MS;
        sound_free(&x);
    }
    end_scene(s, at + PATIENCE_END * MS, k);
    judge_over(s, c);
    free_scene(s);
}

/* Nobody speaks for a minute, and the line changes: a car starts, it stops, a hum begins. */
static void play_noise(struct tally *t, struct counts *c, const struct line_kind *k)
{
    struct scene *s = new_scene(t, 60);
    double level = k->level / pow(10, k->snr_db / 20);
    s->speaks = true;
    for (int i = 0; i < 3; i++) {
        struct sound nothing = {NULL, 4000 * MS};
        size_t at = (size_t)(5 + 18 * i) * SOUNDS_RATE;
        struct piece *p = &s->pieces[s->n++];
        *p = (struct piece){.kind = NOISE, .from = at, .to = at + nothing.n, .text = ""};
        sound_add_noise(&s->line, at, at + 12 * SOUNDS_RATE, i == 2 ? NOISE_HUM : NOISE_CAR,
                        level + 300);
    }
    end_scene(s, s->line.n, k);
    judge_over(s, c);
    free_scene(s);
}

/* A minute of talk, with the pauses of somebody who thinks: all of it is one turn. */
static void play_monologue(struct tally *t, struct counts *c, const struct line_kind *k, int who)
{
    struct scene *s = new_scene(t, 120);
    size_t at = (GREETING_MS + 1000) * MS;
    for (int i = 0; i < 24; i++) {
        const char *text = sayings[(who + i / 3) % 4].parts[i % 3];
        struct sound x = sound_say(sayings[who % 4].voice, text, k->level);
        add_piece(s, SPOKEN, at, &x, text)->more = i < 23;
        at += x.n + (size_t)(150 + 300 * sounds_random()) * MS;
        sound_free(&x);
    }
    end_scene(s, at + PATIENCE_END * MS, k);
    judge_turns(s, c);
    free_scene(s);
}

void corpus_run(enum scenes which, struct tally *t)
{
    memset(t, 0, sizeof *t);
    sounds_seed(20261130);
    for (int i = 0; i < CONDITIONS; i++) {
        struct counts *c = &t->by[t->n++];
        snprintf(c->name, sizeof c->name, "%s", kinds[i].name);
        int step = which == SCENES_FEW ? SAYINGS : 1;
        for (int who = i % step; who < SAYINGS; who += step) {
            for (int p = 0; p < PAUSES; p++)
                play_turns(t, c, &kinds[i], who, p);
            play_over(t, c, &kinds[i], who);
        }
        play_noise(t, c, &kinds[i]);
        play_monologue(t, c, &kinds[i], i);
    }
}

/* ---- the report ---- */

static int by_value(const void *a, const void *b)
{
    return *(const short *)a - *(const short *)b;
}

int figures_at(struct figures *f, double part)
{
    qsort(f->values, (size_t)f->n, sizeof *f->values, by_value);
    int at = (int)(f->n * part);
    return f->n ? f->values[at < f->n ? at : f->n - 1] : 0;
}

static void print_figures(const char *what, struct figures *f)
{
    printf("  %-76s %6d  p50 %5d  p95 %5d  p99 %5d\n", what, f->n, figures_at(f, 0.5),
           figures_at(f, 0.95), figures_at(f, 0.99));
}

void corpus_print(struct tally *t)
{
    printf("%-22s%25s%26s%20s%20s%10s\n", "", "turns of the caller", "talked over us", "nods",
           "noises", "requests");
    printf("%-22s%7s%6s%6s%6s%10s%7s%9s%12s%8s%12s%8s%10s\n", "line", "right", "early", "late",
           "lost", "barge-in", "missed", ">200 ms", "went on", "stops", "went on", "stops",
           "per turn");
    for (int i = 0; i < t->n; i++) {
        struct counts *c = &t->by[i];
        printf("%-22s%4d/%-3d%5d%6d%6d%6d/%-4d%5d%9d%8d/%-4d%7d%8d/%-4d%7d%9.2f\n", c->name,
               c->turns_right, c->turns, c->early, c->late, c->lost, c->over_right, c->over,
               c->over - c->over_right, c->over_slow, c->nods_right, c->nods, c->nod_stops,
               c->noises_right, c->noises, c->noise_stops,
               (double)c->requests / (c->turns + c->over + c->nods));
    }
    static const char *const pause_texts[PAUSES] = {
        "end of speech -> told (300 ms of it transcription); pauses of 120 ms inside",
        "  of a caller who makes pauses of 300 ms", "  of 500 ms", "  of 800 ms"};
    printf("ms:\n");
    for (int i = 0; i < PAUSES; i++)
        print_figures(pause_texts[i], &t->endpoint_ms[i]);
    print_figures("voice begins -> we fall silent", &t->voice_ms);
    print_figures("we are silent -> known to be a barge-in", &t->decided_ms);
    print_figures("we are silent -> we go on: it was nothing", &t->nod_ms);
    for (int i = 0; i < PAUSES; i++)
        printf("  pauses of %d ms within a turn, give or take 30 %%: %d, taken for its end: %d\n",
               pauses_ms[i], t->pauses[i], t->cut[i]);
    printf("CPU: %.2f us per frame of 20 ms, packing for transcription included\n",
           (double)t->us / (double)t->frames);
}
