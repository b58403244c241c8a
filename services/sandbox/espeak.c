#include "espeak.h"
#include "base/die.h"
#include "base/utf8.h"
#include <espeak-ng/speak_lib.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_PER_MINUTE 165
#define SECONDS_MAX      180
#define WORDS_MAX        2000

static int rate;
static struct words words;
static const char *text_now;
static struct buf heard = {.p = (char *)"", .max = SECONDS_MAX * 22050 * 2};

static size_t byte_of(const char *text, int character)
{
    const char *p = text;
    while (*p && character-- > 0)
        (void)utf8_next(&p);
    return (size_t)(p - text);
}

static void note_word(const espeak_EVENT *e)
{
    if (e->type != espeakEVENT_WORD || words.n == WORDS_MAX)
        return;
    words.list = must(realloc(words.list, (words.n + 1) * sizeof *words.list));
    words.list[words.n++] =
        (struct word){(unsigned)e->audio_position, byte_of(text_now, e->text_position - 1)};
}

static int on_samples(short *samples, int n, espeak_EVENT *events)
{
    for (espeak_EVENT *e = events; e && e->type != espeakEVENT_LIST_TERMINATED; e++)
        note_word(e);
    if (samples && n > 0)
        buf_put(&heard, samples, (size_t)n * sizeof *samples);
    return heard.over;
}

/* The library looks for a sound server, also when it only computes, and leaves folders in $HOME and
 * /tmp: there is none. */
bool espeak_open(void)
{
    setenv("PULSE_SERVER", "unix:/dev/null", 1);
    rate = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, espeakINITIALIZE_DONT_EXIT);
    if (rate <= 0)
        return false;
    espeak_SetSynthCallback(on_samples);
    return true;
}

void espeak_close(void)
{
    espeak_Terminate();
    buf_free(&heard);
}

struct clip *espeak_say(const char *voice, double speed, const char *text, struct words *out)
{
    buf_reset(&heard);
    words = (struct words){0};
    text_now = text;
    if (espeak_SetVoiceByName(voice) != EE_OK)
        espeak_SetVoiceByName("en-us");
    espeak_SetParameter(espeakRATE, (int)(WORDS_PER_MINUTE * speed), 0);
    espeak_Synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, NULL);
    struct clip *c = clip_create(rate, heard.n / sizeof(int16_t));
    memcpy(c->pcm, heard.p, c->n * sizeof(int16_t));
    *out = words;
    return c;
}
