/* Whose turn it is: by sounds made here, and by what a transcription says of them. */
#include "../../services/ai-pipeline/turntaking.c"
#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

TestSuite(turntaking, .timeout = 20);

/* ---- who owns it: notes what it is told ---- */

static struct {
    char log
        [400]; /* a letter per call: v(oice) f(alse alarm) b(arge-in) t(ranscribe) c(all off) g(uess) u(nsaid) */
    char said[200];
    int asked_ms; /* how long what was to be transcribed is */
    unsigned left_ms, endpoint_ms;
    int frames, voice_at; /* since the log was emptied */
} owner;

static void note(char c)
{
    size_t n = strlen(owner.log);
    cr_assert_lt(n, sizeof owner.log - 1);
    owner.log[n] = c;
}

static void on_voice(void *arg)
{
    (void)arg;
    note('v');
    owner.voice_at = owner.frames;
}

static void on_false_alarm(void *arg)
{
    (void)arg;
    note('f');
}

static void on_barge_in(void *arg)
{
    (void)arg;
    note('b');
}

static unsigned on_left(void *arg)
{
    (void)arg;
    return owner.left_ms;
}

static void on_transcribe(void *arg, struct pack *p)
{
    (void)arg;
    note('t');
    owner.asked_ms = pack_ms(p);
    pack_destroy(p);
}

static void on_call_off(void *arg)
{
    (void)arg;
    note('c');
}

static void on_guess(void *arg, const struct said *s)
{
    (void)arg;
    note('g');
    snprintf(owner.said, sizeof owner.said, "%s", s->text);
}

static void on_unsaid(void *arg)
{
    (void)arg;
    note('u');
}

static void on_said(void *arg, const struct said *s)
{
    (void)arg;
    note('!');
    owner.endpoint_ms = s->endpoint_ms;
    snprintf(owner.said, sizeof owner.said, "%s", s->text);
}

static void on_unheard(void *arg)
{
    (void)arg;
    note('?');
}

static void on_silence(void *arg)
{
    (void)arg;
    note('s');
}

static const struct turntaking_h handlers = {on_voice,      on_false_alarm, on_barge_in, on_left,
                                             on_transcribe, on_call_off,    on_guess,    on_unsaid,
                                             on_said,       on_unheard,     on_silence};

/* ---- sounds ---- */

static uint8_t ulaw_of(int pcm)
{
    int sign = pcm < 0 ? 0x80 : 0, level = (abs(pcm) > 32635 ? 32635 : abs(pcm)) + 0x84;
    int exponent = 24 - __builtin_clz((unsigned)level);
    return (uint8_t) ~(sign | exponent << 4 | ((level >> (exponent + 3)) & 0x0f));
}

static double voice(int i)
{
    double t = (double)i / VAD_RATE, sum = 0;
    for (int k = 1; k <= 12; k++)
        sum += sin(2 * M_PI * 120 * k * t) / k;
    return sum * (0.15 + fabs(sin(2 * M_PI * 2 * t)));
}

static void hear(struct turntaking *t, int ms, double voice_level, double noise_level)
{
    static int at;
    for (int f = 0; f < ms / VAD_FRAME_MS; f++) {
        uint8_t frame[VAD_FRAME];
        for (int i = 0; i < VAD_FRAME; i++, at++)
            frame[i] = ulaw_of(
                (int)(voice_level * voice(at) + noise_level * (2.0 * rand() / RAND_MAX - 1)));
        turntaking_put(t, frame, sizeof frame);
        owner.frames++;
    }
}

static void speak(struct turntaking *t, int ms)
{
    hear(t, ms, 4000, 20);
}

static void pause_for(struct turntaking *t, int ms)
{
    hear(t, ms, 0, 20);
}

static struct turntaking *begin_in(enum mouth m)
{
    struct turntaking *t = turntaking_create(&handlers, NULL);
    memset(&owner, 0, sizeof owner);
    owner.left_ms = UINT_MAX;
    srand(1);
    turntaking_mouth(t, m);
    pause_for(t, 1000);
    return t;
}

static void expect(const char *log)
{
    cr_expect_str_eq(owner.log, log);
    memset(owner.log, 0, sizeof owner.log);
    owner.frames = 0;
}

/* ---- the caller's turn ---- */

Test(turntaking, what_is_said_is_transcribed_once_and_told_when_it_is_over)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    speak(t, 1000);
    pause_for(t, 300);
    expect("vt");
    cr_expect_leq(abs(owner.asked_ms - 1500), 200, "%d ms", owner.asked_ms);
    turntaking_words(t, "I want to sell my house.", 0.9);
    expect("bg");
    pause_for(t, 1500);
    expect("!");
    cr_expect_str_eq(owner.said, "I want to sell my house.");
    cr_expect_leq(owner.endpoint_ms, 700);
    turntaking_destroy(t);
}

Test(turntaking, who_goes_on_is_not_cut_off_and_the_guess_is_taken_back)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    speak(t, 1000);
    pause_for(t, 300);
    turntaking_words(t, "I want to sell", 0.9);
    pause_for(t, 60);
    expect("vtbg");
    speak(t, 800);
    expect("u");
    pause_for(t, 300);
    expect("t");
    turntaking_words(t, "I want to sell my house.", 0.9);
    pause_for(t, 1600);
    expect("g!");
    turntaking_destroy(t);
}

Test(turntaking, a_transcription_under_way_is_called_off_when_the_caller_goes_on)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    speak(t, 1000);
    pause_for(t, 300);
    speak(t, 500);
    expect("vtc");
    turntaking_destroy(t);
}

Test(turntaking, who_pauses_long_is_waited_for_longer)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    for (int i = 0; i < 3; i++) {
        speak(t, 800);
        pause_for(t, 600);
    }
    speak(t, 800);
    pause_for(t, 760);
    cr_expect_null(strchr(owner.log, '!'));
    turntaking_destroy(t);
}

Test(turntaking, one_utterance_is_guessed_at_no_more_than_three_times)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    for (int i = 0; i < 8; i++) {
        speak(t, 800);
        pause_for(t, 300);
    }
    int guesses = 0;
    for (const char *p = owner.log; *p; p++)
        guesses += *p == 't';
    cr_expect_eq(guesses, GUESSES_MAX);
    memset(owner.log, 0, sizeof owner.log);
    pause_for(t, 2000);
    expect("t"); /* and once it is over */
    turntaking_words(t, "And that is all.", 0.9);
    expect("b!");
    turntaking_destroy(t);
}

Test(turntaking, nothing_said_is_silence_and_is_told_once)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    pause_for(t, 8000);
    expect("s");
    turntaking_destroy(t);
}

Test(turntaking, words_that_nobody_could_transcribe_are_told_of)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    speak(t, 1000);
    pause_for(t, 300);
    turntaking_words(t, NULL, -1);
    pause_for(t, 1500);
    expect("vtb?");
    turntaking_destroy(t);
}

/* ---- our turn ---- */

Test(turntaking, a_voice_makes_us_silent_within_200_ms_and_words_interrupt_us)
{
    struct turntaking *t = begin_in(MOUTH_SPEAKS);
    owner.frames = 0;
    speak(t, 600);
    cr_expect_leq(owner.voice_at * VAD_FRAME_MS, 200, "%d frames", owner.voice_at);
    pause_for(t, 300);
    expect("vt");
    turntaking_words(t, "Wait.", 0.9);
    expect("bg");
    turntaking_destroy(t);
}

Test(turntaking, a_nod_does_not_interrupt_us)
{
    struct turntaking *t = begin_in(MOUTH_SPEAKS);
    speak(t, 400);
    pause_for(t, 300);
    turntaking_words(t, "Mm-hmm.", 0.9);
    expect("vtf");
    pause_for(t, 3000);
    expect("");
    turntaking_destroy(t);
}

Test(turntaking, a_nod_to_what_has_been_said_is_an_answer)
{
    struct turntaking *t = begin_in(MOUTH_SPEAKS);
    owner.left_ms = 400;
    speak(t, 400);
    pause_for(t, 300);
    turntaking_words(t, "Yeah, okay.", 0.9);
    pause_for(t, 2000);
    expect("vtbg!");
    turntaking_destroy(t);
}

Test(turntaking, coughs_and_clicks_are_nothing_and_cost_no_request)
{
    struct turntaking *t = begin_in(MOUTH_SPEAKS);
    for (int i = 0; i < 10; i++) {
        hear(t, 300, 0, 8000); /* a cough */
        pause_for(t, 700);
        hear(t, 20, 0, 20000); /* a click */
        pause_for(t, 700);
    }
    cr_expect_null(strchr(owner.log, 't'), "%s", owner.log);
    cr_expect_null(strchr(owner.log, 'b'), "%s", owner.log);
    turntaking_destroy(t);
}

Test(turntaking, a_sound_without_words_lets_us_go_on_and_is_known_from_then_on)
{
    struct turntaking *t = begin_in(MOUTH_SPEAKS);
    speak(t, 1600); /* a radio, say: it is asked about while it lasts */
    expect("vt");
    turntaking_words(t, "", -1);
    expect("f");
    speak(t, 1000);
    pause_for(t, 300);
    expect("");
    hear(t, 600, 16000, 20); /* but a voice that is louder is heard */
    pause_for(t, 300);
    expect("vt");
    turntaking_destroy(t);
}

Test(turntaking, what_is_said_while_we_must_not_be_interrupted_is_heard_behind_it)
{
    struct turntaking *t = begin_in(MOUTH_BOUND);
    speak(t, 1000);
    pause_for(t, 300);
    turntaking_words(t, "Stop calling me.", 0.9);
    pause_for(t, 2000);
    expect("t");
    turntaking_mouth(t, MOUTH_SPEAKS);
    expect("vb!");
    cr_expect_str_eq(owner.said, "Stop calling me.");
    turntaking_destroy(t);
}

Test(turntaking, who_says_hello_during_the_disclosure_does_not_interrupt_the_greeting)
{
    struct turntaking *t = begin_in(MOUTH_BOUND);
    speak(t, 500);
    pause_for(t, 300);
    turntaking_words(t, "Hello? Good morning.", 0.9);
    pause_for(t, 2000);
    turntaking_mouth(t, MOUTH_SPEAKS);
    expect("t");
    turntaking_destroy(t);
}

Test(turntaking, an_agent_that_is_not_to_be_interrupted_is_not)
{
    struct turntaking *t = begin_in(MOUTH_SPEAKS);
    turntaking_set(t, &(struct listening){.barge_in = false, .silence_timeout_s = 5}, "en-US");
    speak(t, 1000);
    pause_for(t, 300);
    turntaking_words(t, "Can I see it tomorrow?", 0.9);
    pause_for(t, 2000);
    expect("t");
    turntaking_mouth(t, MOUTH_WAITS);
    expect("vb!");
    turntaking_destroy(t);
}

Test(turntaking, what_waits_is_heard_though_only_a_cough_follows)
{
    struct turntaking *t = begin_in(MOUTH_BOUND);
    speak(t, 1000);
    pause_for(t, 300);
    turntaking_words(t, "Stop calling me.", 0.9);
    pause_for(t, 2000);
    speak(t, 400);
    turntaking_mouth(t, MOUTH_SPEAKS);
    pause_for(t, 300);
    expect("tvt");
    turntaking_words(t, "", -1);
    expect("fvb!");
    cr_expect_str_eq(owner.said, "Stop calling me.");
    turntaking_destroy(t);
}

Test(turntaking, a_long_speech_is_asked_about_part_by_part_and_told_whole)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    int asked = 0, answered = 0;
    for (int i = 0; i < 45; i++) { /* of a minute, with a pause each second and a slow server */
        speak(t, 1000);
        pause_for(t, 280);
        for (const char *p = owner.log; *p; p++)
            asked += *p == 't';
        memset(owner.log, 0, sizeof owner.log);
        if (i % 10 == 9 && t->asked) {
            turntaking_words(t, "And so on.", 0.9);
            answered++;
        }
    }
    cr_expect_leq(asked, 4 * (GUESSES_MAX + 1), "%d requests", asked);
    cr_expect_geq(answered, 2);
    pause_for(t, 2500);
    if (t->asked)
        turntaking_words(t, "That is all.", 0.9);
    pause_for(t, 2500);
    if (t->asked)
        turntaking_words(t, "That is all.", 0.9);
    cr_expect_not_null(strchr(owner.log, '!'), "%s", owner.log);
    cr_expect_not_null(strstr(owner.said, "And so on."), "%s", owner.said);
    cr_expect_not_null(strstr(owner.said, "That is all."), "%s", owner.said);
    turntaking_destroy(t);
}

Test(turntaking, a_minute_without_a_pause_is_all_that_is_kept)
{
    struct turntaking *t = begin_in(MOUTH_WAITS);
    speak(t, 90000);
    cr_expect_leq(owner.asked_ms, UTTERANCE_MS + 100);
    cr_expect_leq(t->sound.cap, 2 * UTTERANCE_MS * (VAD_RATE / 1000));
    cr_expect_leq(sizeof *t, 8 << 10);
    turntaking_destroy(t);
}
