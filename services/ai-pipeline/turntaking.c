#include "turntaking.h"
#include "agent.h"
#include "backchannel.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/metric.h"
#include "patience.h"
#include "presence.h"
#include "wideband.h"
#include <stdlib.h>
#include <string.h>

#define PREROLL       15   /* frames kept from before a voice is noticed */
#define SHORT_MS      200  /* of quiet: then less than */
#define VOICED_MIN    4    /* frames with a pitch was no word */
#define GUESS_MS      240  /* of quiet: that may have been all */
#define GUESSES_MAX   3    /* transcriptions of one utterance that may be for nothing */
#define PROBE_MS      1500 /* we are silent for somebody that long: are there words in it? */
#define BREATHLESS_MS 3000 /* nobody speaks so long without the shortest pause: the same */
#define SURE_MS       700  /* a nod is shorter; judged by when nobody transcribes */
#define NEARLY_MS     1200 /* so short before our end, "yes" is an answer */
#define PART_MS       20000 /* what is known of so long an utterance at a pause need not be asked again */
#define UTTERANCE_MS  60000
#define AGAIN_MS      2000 /* who goes on so soon had not finished */
#define TEXT_MAX      4000

struct turntaking {
    const struct turntaking_h *h;
    void *arg;
    bool may_barge_in;
    unsigned silence_ms;
    char language[16];
    enum mouth mouth;
    struct presence presence;
    struct patience patience;

    uint8_t frame[VAD_FRAME];
    size_t have;
    uint64_t frames;                    /* so far */
    uint8_t before[PREROLL][VAD_FRAME]; /* a ring */
    uint64_t silent_since;              /* frame; UINT64_MAX: nobody waits */

    /* What is being said. */
    bool open;
    bool alarm;  /* we are silent for it, and it is not known what it is */
    bool calmed; /* it was taken for nothing: it does not make us silent again */
    bool turn;   /* it is the caller's: barge_in() was told */
    bool over;   /* it is, for all we know: only its words are missing */
    enum mouth began_in;
    struct buf sound;    /* mu-law */
    unsigned quiet;      /* frames */
    uint64_t ended;      /* frame: of what was said last; 0: nothing was, or we have spoken since */
    uint64_t last_at;    /* clock_ms() of the last one that was not quiet */
    bool asked, probing; /* a transcription is under way; of one who still speaks */
    bool probed;         /* once is enough */
    bool parting;        /* it is of a part that is over: what follows is asked about later */
    size_t asked_n;      /* of that much of the sound */
    int guesses;
    bool guessed; /* and the guess was told */
    char *words;  /* of all of it up to this pause; NULL: not known */
    bool failed;  /* to transcribe it */
    double confidence;
    unsigned endpoint_ms;
    uint64_t over_at;
    struct buf parts; /* words of what has left `sound` */
    struct buf held;  /* said while we must not be interrupted */
};

static void count(const char *what)
{
    metric_add("va_listener_total", what, 1);
}

static bool interruptible(const struct turntaking *t)
{
    return t->mouth != MOUTH_BOUND && (t->mouth != MOUTH_SPEAKS || t->may_barge_in);
}

static unsigned ms_of(size_t frames)
{
    return (unsigned)frames * VAD_FRAME_MS;
}

/* ---- the end of what is being said ---- */

static void forget_words(struct turntaking *t)
{
    if (t->asked)
        t->h->call_off(t->arg);
    if (t->guessed)
        t->h->unsaid(t->arg);
    free(t->words);
    t->words = NULL;
    t->asked = t->probing = t->parting = t->guessed = t->failed = false;
}

static void shut(struct turntaking *t)
{
    buf_free(&t->sound);
    buf_free(&t->parts);
    t->sound = BUF(UTTERANCE_MS * (VAD_RATE / 1000) + VAD_FRAME);
    t->parts = BUF(TEXT_MAX);
    free(t->words);
    t->words = NULL;
    t->open = t->alarm = t->calmed = t->turn = t->over = false;
    t->asked = t->probing = t->probed = t->parting = t->guessed = t->failed = false;
    t->quiet = 0;
    t->guesses = 0;
    presence_close(&t->presence);
}

static void calm(struct turntaking *t)
{
    bool alarmed = t->alarm;
    t->alarm = false;
    t->calmed = true;
    if (alarmed)
        t->h->false_alarm(t->arg);
}

/* What was said while we could not be interrupted. */
static void release(struct turntaking *t)
{
    struct buf held = t->held;
    t->held = BUF(TEXT_MAX);
    t->silent_since = UINT64_MAX;
    count("what=\"barge_in\"");
    t->h->voice(t->arg);
    t->h->barge_in(t->arg);
    t->h->said(t->arg, &(struct said){.text = held.p, .confidence = -1, .ended_at = clock_ms()});
    buf_free(&held);
}

/* It was nothing. */
static void forget(struct turntaking *t, const char *why)
{
    count(why);
    forget_words(t);
    calm(t);
    shut(t);
    if (t->held.n && interruptible(t))
        release(t);
}

static void interrupt(struct turntaking *t)
{
    if (t->turn)
        return;
    if (!t->alarm)
        t->h->voice(t->arg); /* it had been taken for nothing, or had to wait */
    t->alarm = false;
    t->turn = true;
    count("what=\"barge_in\"");
    t->h->barge_in(t->arg);
}

/* ---- its words ---- */

/* Nothing that was going to be said is still to come: then even a nod is an answer. */
static bool our_turn(const struct turntaking *t)
{
    return t->began_in != MOUTH_WAITS && t->mouth != MOUTH_WAITS &&
           t->h->left_ms(t->arg) > NEARLY_MS;
}

static bool nods(const struct turntaking *t, const char *text)
{
    return our_turn(t) && (t->began_in == MOUTH_BOUND ? backchannel_greeting(text, t->language)
                                                      : backchannel_heard(text, t->language));
}

static void ask(struct turntaking *t)
{
    forget_words(t);
    t->asked = true;
    t->probing = t->quiet == 0 && !t->over;
    t->probed |= t->probing;
    t->asked_n = t->sound.n;
    t->guesses++;
    t->h->transcribe(t->arg, pack_of_ulaw((const uint8_t *)t->sound.p, t->sound.n));
}

static struct said said_now(struct turntaking *t, struct buf *all)
{
    uint64_t now = clock_ms();
    const char *texts[] = {t->held.p, t->parts.p, t->words};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*texts[i])
            buf_printf(all, "%s%s", all->n ? " " : "", texts[i]);
    bool whole = !t->held.n && !t->parts.n;
    return (struct said){
        .ulaw = whole ? (const uint8_t *)t->sound.p : NULL,
        .ulaw_n = whole ? t->sound.n : 0,
        .text = all->p,
        .confidence = t->confidence,
        .ended_at = t->last_at,
        .endpoint_ms = t->over ? t->endpoint_ms : ms_of(t->quiet),
        .stt_ms = t->over && now > t->over_at ? (unsigned)(now - t->over_at) : 0,
    };
}

/* It may not be told yet. */
static void hold(struct turntaking *t, struct buf *all)
{
    struct buf before = t->held;
    count("what=\"held\"");
    t->held = *all;
    *all = before;
    shut(t);
}

static void tell(struct turntaking *t, const struct said *s)
{
    count("what=\"said\"");
    interrupt(t);
    t->silent_since = UINT64_MAX;
    patience_ended(&t->patience);
    t->ended = t->frames - t->quiet;
    presence_was_caller(&t->presence);
    t->h->said(t->arg, s);
    buf_reset(&t->held);
    shut(t);
}

static void could_not_hear(struct turntaking *t)
{
    if (ms_of(t->presence.voiced_n) < SURE_MS && our_turn(t)) {
        forget(t, "what=\"unheard\"");
        return;
    }
    count("what=\"unheard\"");
    forget_words(t);
    interrupt(t);
    t->silent_since = UINT64_MAX;
    t->h->unheard(t->arg);
    shut(t);
}

/* It is over, and its words are there. */
static void finish(struct turntaking *t)
{
    struct buf all = BUF(TEXT_MAX);
    struct said s = said_now(t, &all);
    bool nothing = !*t->words && !t->parts.n;
    if (nothing && t->failed)
        could_not_hear(t);
    else if (nothing)
        forget(t, "what=\"no_words\"");
    else if (!t->parts.n && nods(t, t->words))
        forget(t, "what=\"nod\"");
    else if (!interruptible(t))
        hold(t, &all);
    else
        tell(t, &s);
    buf_free(&all);
}

static void guess(struct turntaking *t)
{
    struct buf all = BUF(TEXT_MAX);
    struct said s = said_now(t, &all);
    interrupt(t);
    t->guessed = true;
    count("what=\"guess\"");
    t->h->guess(t->arg, &s);
    buf_free(&all);
}

/* Words of a voice that still speaks: are there any? */
static void probed(struct turntaking *t, const char *text)
{
    t->probing = false;
    if (text && !*text && !t->parts.n) {
        presence_was_room(&t->presence);
        forget(t, "what=\"no_words\"");
    } else if (t->alarm && text && !nods(t, text)) {
        interrupt(t);
    }
}

/* ---- pauses ---- */

static bool is_part(size_t n)
{
    return n >= PART_MS * (VAD_RATE / 1000);
}

/* What is known of a long utterance stays known; only what follows is asked about again. */
static void keep_part(struct turntaking *t)
{
    buf_printf(&t->parts, "%s%s", t->parts.n ? " " : "", t->words);
    buf_skip(&t->sound, t->asked_n);
    t->guesses = 0;
}

static void goes_on(struct turntaking *t)
{
    patience_went_on(&t->patience, (int)ms_of(t->quiet));
    t->over = false;
    t->parting |= t->asked && !t->probing && is_part(t->asked_n);
    if (t->probing || t->parting)
        return;
    if (t->words && *t->words && is_part(t->asked_n))
        keep_part(t);
    forget_words(t);
}

static void end(struct turntaking *t)
{
    t->over = true;
    t->endpoint_ms = ms_of(t->quiet);
    t->over_at = clock_ms();
    if (t->words)
        finish(t);
    else if (!t->asked || t->probing)
        ask(t);
}

/* The words of a part are there; the caller has gone on meanwhile. */
static void parted(struct turntaking *t)
{
    if (*t->words)
        keep_part(t);
    forget_words(t);
    if (t->over)
        ask(t);
}

void turntaking_words(struct turntaking *t, const char *text, double confidence)
{
    CHECK(t->asked);
    t->asked = false;
    if (t->probing) {
        probed(t, text);
        return;
    }
    t->failed = text == NULL;
    t->words = must(strdup(text ? text : ""));
    t->confidence = confidence;
    if (t->parting) {
        parted(t);
        return;
    }
    bool nothing = !*t->words && !t->failed && !t->parts.n;
    if (t->over || nothing || (t->alarm && nods(t, t->words)))
        finish(t);
    else if (*t->words && interruptible(t))
        guess(t);
}

static void pause(struct turntaking *t)
{
    unsigned ms = ms_of(++t->quiet);
    bool known = t->words || t->asked;
    bool may_guess = !t->parting && (t->guesses < GUESSES_MAX || is_part(t->sound.n));
    int enough = patience_ms(&t->patience, t->words);
    if (!known && !may_guess)
        enough += enough / 2; /* it has cost requests enough: the next one is to be the last */
    if (t->over)
        return;
    if (ms == SHORT_MS && t->presence.voiced_n < VOICED_MIN && !t->parts.n)
        forget(t, "what=\"noise\"");
    else if (ms == GUESS_MS && may_guess)
        ask(t);
    else if (ms >= (unsigned)enough)
        end(t);
}

/* ---- a voice begins, and goes on ---- */

static void raise_alarm(struct turntaking *t)
{
    t->alarm = true;
    count("what=\"voice\"");
    t->h->voice(t->arg);
}

static void begin(struct turntaking *t)
{
    uint64_t n = t->frames < PREROLL ? t->frames : PREROLL;
    t->open = true;
    t->began_in = t->mouth;
    t->last_at = clock_ms();
    presence_open(&t->presence);
    if (t->ended && ms_of(t->frames - t->ended) < AGAIN_MS)
        patience_went_on(&t->patience, (int)ms_of(t->frames - t->ended));
    for (uint64_t i = t->frames - n; i < t->frames; i++)
        buf_put(&t->sound, t->before[i % PREROLL], VAD_FRAME);
    if (interruptible(t))
        raise_alarm(t);
}

static void attend(struct turntaking *t)
{
    if (ms_of(t->sound.n / VAD_FRAME) >= UTTERANCE_MS) {
        if (!t->over)
            end(t);
        return;
    }
    buf_put(&t->sound, t->frame, VAD_FRAME);
    if (!presence_lasts(&t->presence, t->quiet)) {
        pause(t);
        return;
    }
    if (t->quiet)
        goes_on(t);
    t->quiet = 0;
    t->last_at = clock_ms();
    bool unclear = t->alarm && our_turn(t) && ms_of(t->sound.n / VAD_FRAME) >= PROBE_MS;
    bool breathless = ms_of(t->presence.run) >= BREATHLESS_MS;
    if (!t->probed && !t->asked && !t->over && (unclear || breathless))
        ask(t);
}

static void idle(struct turntaking *t)
{
    if (presence_begins(&t->presence)) {
        begin(t);
    } else if (t->frames > t->silent_since && ms_of(t->frames - t->silent_since) >= t->silence_ms) {
        t->silent_since = UINT64_MAX;
        t->h->silence(t->arg);
    }
}

static void take_frame(struct turntaking *t)
{
    int16_t pcm[VAD_FRAME];
    wideband_pcm(t->frame, VAD_FRAME, pcm);
    presence_put(&t->presence, pcm);
    memcpy(t->before[t->frames++ % PREROLL], t->frame, VAD_FRAME);
    if (t->open)
        attend(t);
    else
        idle(t);
}

/* ---- public ---- */

void turntaking_put(struct turntaking *t, const uint8_t *ulaw, size_t n)
{
    while (n) {
        size_t some = VAD_FRAME - t->have < n ? VAD_FRAME - t->have : n;
        memcpy(t->frame + t->have, ulaw, some);
        t->have += some;
        ulaw += some;
        n -= some;
        if (t->have < VAD_FRAME)
            return;
        t->have = 0;
        take_frame(t);
    }
}

void turntaking_mouth(struct turntaking *t, enum mouth m)
{
    bool was = interruptible(t);
    if (m == t->mouth)
        return;
    t->mouth = m;
    t->ended = m == MOUTH_SPEAKS || m == MOUTH_BOUND ? 0 : t->ended;
    t->silent_since = m == MOUTH_WAITS ? t->frames : UINT64_MAX;
    if (was || !interruptible(t))
        return;
    if (t->open && !t->over && !t->alarm && !t->calmed)
        raise_alarm(t);
    else if (t->held.n && !t->open)
        release(t);
}

void turntaking_set(struct turntaking *t, const struct listening *l, const char *language)
{
    t->may_barge_in = l->barge_in;
    t->silence_ms = (unsigned)l->silence_timeout_s * 1000;
    patience_init(&t->patience, l->speech_timeout_s);
    strncpy(t->language, language, sizeof t->language - 1);
}

struct turntaking *turntaking_create(const struct turntaking_h *h, void *arg)
{
    static const struct listening usual = {.barge_in = true, .silence_timeout_s = 5};
    struct turntaking *t = must(calloc(1, sizeof *t));
    *t = (struct turntaking){.h = h, .arg = arg, .silent_since = UINT64_MAX, .held = BUF(TEXT_MAX)};
    presence_init(&t->presence);
    shut(t);
    turntaking_set(t, &usual, "en-US");
    return t;
}

void turntaking_destroy(struct turntaking *t)
{
    if (!t)
        return;
    if (t->asked)
        t->h->call_off(t->arg);
    shut(t);
    buf_free(&t->held);
    free(t);
}
