#include "presence.h"
#include <math.h>

#define ONSET_OF     8      /* frames looked back on; a voice begins when */
#define ONSET_LOUD   5      /* of them are loud, */
#define ONSET_VOICED 2      /* and some have a pitch; */
#define ONSET_SURE   4      /* or so many have one */
#define BREATH       3      /* frames */
#define DROP_DB      15.f   /* under the loudest of what is said: that is not the caller */
#define DROP_ROOM_DB 12.f   /* so little where it is known that the room has sounds, */
#define ROOM_DB      30.f   /* less than that under the caller */
#define NOISE_DB     7.f    /* a voice is so much over sounds that had no words, */
#define FADE_DB      0.006f /* of which a frame forgets so much; */
#define CALLER_DB    6.f    /* they are never taken to be nearer to the caller than this */

static int among(unsigned bits, int newest)
{
    return __builtin_popcount(bits & ((1u << newest) - 1));
}

/* Neither the room behind the caller nor a noise that is known. */
static bool is_near(const struct presence *p)
{
    float drop = p->noise > p->peak - ROOM_DB ? DROP_ROOM_DB : DROP_DB;
    return p->vad.level > p->noise + NOISE_DB && !(p->open && p->vad.level < p->peak - drop);
}

static void measure(struct presence *p)
{
    p->voiced_n += p->voiced & 1;
    p->loud_n += p->loud & 1;
    p->sum += p->loud & 1 ? p->vad.level : 0;
    p->peak = p->voiced & 1 ? fmaxf(p->peak, p->vad.level) : p->peak;
    p->run = among(p->loud, BREATH) ? p->run + 1 : 0;
}

static float mean_level(const struct presence *p)
{
    return p->sum / (float)(p->loud_n ? p->loud_n : 1);
}

/* ---- public ---- */

void presence_init(struct presence *p)
{
    *p = (struct presence){0};
    vad_init(&p->vad);
}

void presence_put(struct presence *p, const int16_t pcm[VAD_FRAME])
{
    vad_put(&p->vad, pcm);
    p->noise -= FADE_DB;
    bool loud = p->vad.loud && is_near(p);
    p->loud = p->loud << 1 | loud;
    p->voiced = p->voiced << 1 | (loud && p->vad.voiced);
    if (p->open)
        measure(p);
}

bool presence_begins(const struct presence *p)
{
    int loud = among(p->loud, ONSET_OF), voiced = among(p->voiced, ONSET_OF);
    return voiced >= ONSET_SURE || (loud >= ONSET_LOUD && voiced >= ONSET_VOICED);
}

/* After quiet it takes more than a click. */
bool presence_lasts(const struct presence *p, unsigned quiet)
{
    int loud = among(p->loud, 4), voiced = among(p->voiced, 4);
    return (p->loud & 1) && (quiet == 0 || loud >= 3 || (loud >= 2 && voiced));
}

void presence_open(struct presence *p)
{
    p->open = true;
    p->peak = p->vad.level;
    p->voiced_n = (unsigned)among(p->voiced, ONSET_OF);
}

void presence_close(struct presence *p)
{
    p->open = false;
    p->loud = p->voiced = p->loud_n = p->voiced_n = p->run = 0;
    p->sum = 0;
}

void presence_was_caller(struct presence *p)
{
    p->caller = p->caller > 0 ? (p->caller + mean_level(p)) / 2 : mean_level(p);
}

void presence_was_room(struct presence *p)
{
    float most = p->caller > 0 ? p->caller - CALLER_DB - NOISE_DB : INFINITY;
    p->noise = fminf(mean_level(p), most);
}
