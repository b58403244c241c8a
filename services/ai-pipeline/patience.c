#include "patience.h"
#include <stdbool.h>
#include <string.h>

#define FIRST_PAUSE   500.f /* of a caller who is not known yet */
#define PAUSE_MIN_MS  160   /* shorter ones belong to words */
#define LEARN_LONGER  0.6f
#define LEARN_SHORTER 0.06f
#define ROOM          1.2f /* times the pause, */
#define ROOM_MS       120  /* and so much */
#define QUESTION      0.75f
#define WHOLE         0.9f /* many put a full stop behind whatever ends */
#define BARE          1.2f
#define UNFINISHED    1.5f

void patience_init(struct patience *p, int fixed_s)
{
    *p = (struct patience){.fixed_ms = fixed_s * 1000, .pause = FIRST_PAUSE};
}

static bool ends(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static float by_words(const char *words)
{
    if (!words || !*words)
        return 1;
    if (ends(words, "...") || ends(words, "\xe2\x80\xa6") ||
        strchr(",-:;", words[strlen(words) - 1]))
        return UNFINISHED;
    return ends(words, "?") ? QUESTION : ends(words, ".") || ends(words, "!") ? WHOLE : BARE;
}

int patience_ms(const struct patience *p, const char *words)
{
    if (p->fixed_ms)
        return p->fixed_ms;
    float ms = (p->pause * ROOM + ROOM_MS) * by_words(words);
    return ms < PATIENCE_MIN_MS   ? PATIENCE_MIN_MS
           : ms > PATIENCE_MAX_MS ? PATIENCE_MAX_MS
                                  : (int)ms;
}

static void learn(struct patience *p, float ms)
{
    p->pause += (ms > p->pause ? LEARN_LONGER : LEARN_SHORTER) * (ms - p->pause);
}

void patience_went_on(struct patience *p, int pause_ms)
{
    if (pause_ms >= PAUSE_MIN_MS)
        learn(p, (float)pause_ms);
}

void patience_ended(struct patience *p)
{
    learn(p, PAUSE_MIN_MS);
}
