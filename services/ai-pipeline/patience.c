#include "patience.h"
#include <stdbool.h>
#include <string.h>

#define FIRST_PAUSE   450.f /* of a caller who is not known yet */
#define PAUSE_MIN_MS  160   /* shorter ones belong to words */
#define LEARN_LONGER  0.6f
#define LEARN_SHORTER 0.1f
#define ROOM          1.2f /* times the pause, */
#define ROOM_MS       120  /* and so much */
#define WHOLE         0.75f
#define UNFINISHED    1.5f

void patience_init(struct patience *p, int fixed_s)
{
    *p = (struct patience){.fixed_ms = fixed_s * 1000, .pause = FIRST_PAUSE};
}

static float by_words(const char *words)
{
    size_t n = words ? strlen(words) : 0;
    if (!n)
        return 1;
    if (strchr(".?!", words[n - 1]))
        return n > 3 && strcmp(words + n - 3, "...") == 0 ? UNFINISHED : WHOLE;
    bool open =
        strchr(",-:;", words[n - 1]) || (n > 3 && strcmp(words + n - 3, "\xe2\x80\xa6") == 0);
    return open ? UNFINISHED : 1;
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
