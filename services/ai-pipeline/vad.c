#include "vad.h"
#include <math.h>
#include <string.h>

#define EMPHASIS      0.9f
#define SMOOTH        0.6f /* of the energy that a floor is the least of */
#define WINDOW_FRAMES 25
#define UNKNOWN       25    /* frames until a line's own floor is believed */
#define PRIOR         200.f /* until then: energy of a band on a quiet line */
#define FLOOR_MIN     60.f  /* what is less is silence */
#define BIAS          2.0f  /* how much a band's noise is over its least, on average */
#define CLIP_DB       15.f
#define LOUD_DB       3.0f
#define VOICE_DB      0.8f /* of what has a pitch */
#define PITCH_MIN     0.5f
#define LAG_MIN       10 /* 400 Hz, at half the rate */
#define LAG_MAX       63 /* 63 Hz */
#define SUMMED        96 /* samples of each product; with LAG_MAX no more than two frames have */

typedef float bands __attribute__((vector_size(VAD_BANDS * sizeof(float))));

/* ---- the bands ---- */

/* Band-pass filters of the second order, a third of an octave to each side; all at once. */
static struct {
    bands b0, a1, a2;
} filters;

static void make_filters(void)
{
    static const float centre[VAD_BANDS] = {300, 450, 650, 950, 1350, 1900, 2600, 3300};
    for (int i = 0; i < VAD_BANDS; i++) {
        double w = 2 * M_PI * centre[i] / VAD_RATE, alpha = sin(w) / (2 * 2.2);
        filters.b0[i] = (float)(alpha / (1 + alpha));
        filters.a1[i] = (float)(-2 * cos(w) / (1 + alpha));
        filters.a2[i] = (float)((1 - alpha) / (1 + alpha));
    }
}

/* Mean energy in each band; pcm becomes what the pitch is sought in. */
static void split(struct vad *v, const int16_t *pcm, float x[VAD_FRAME], float energy[VAD_BANDS])
{
    bands z1, z2, sum = {0};
    memcpy(&z1, v->z1, sizeof z1);
    memcpy(&z2, v->z2, sizeof z2);
    for (int i = 0; i < VAD_FRAME; i++) {
        x[i] = pcm[i] - EMPHASIS * v->last;
        v->last = pcm[i];
        bands in = filters.b0 * x[i], y = in + z1;
        z1 = z2 - filters.a1 * y;
        z2 = -in - filters.a2 * y;
        sum += y * y;
    }
    sum /= VAD_FRAME;
    memcpy(v->z1, &z1, sizeof z1);
    memcpy(v->z2, &z2, sizeof z2);
    memcpy(energy, &sum, sizeof sum);
}

/* ---- the floors ---- */

static void note_floor(struct vad *v, const float energy[VAD_BANDS])
{
    float *least = v->least[v->frames / WINDOW_FRAMES % VAD_WINDOWS];
    bool anew = v->frames % WINDOW_FRAMES == 0;
    for (int i = 0; i < VAD_BANDS; i++) {
        v->smooth[i] = v->frames ? SMOOTH * v->smooth[i] + (1 - SMOOTH) * energy[i] : energy[i];
        least[i] = anew || v->smooth[i] < least[i] ? v->smooth[i] : least[i];
    }
    v->frames++;
}

static float floor_of(const struct vad *v, int band)
{
    unsigned windows = (v->frames + WINDOW_FRAMES - 1) / WINDOW_FRAMES;
    float least = v->frames < UNKNOWN ? PRIOR : INFINITY;
    for (unsigned i = 0; i < windows && i < VAD_WINDOWS; i++)
        least = fminf(least, v->least[i][band]);
    return fmaxf(FLOOR_MIN, BIAS * least);
}

static float contrast(const struct vad *v, const float energy[VAD_BANDS])
{
    float sum = 0;
    for (int i = 0; i < VAD_BANDS; i++) {
        float db = 10 * log10f((energy[i] + 1) / floor_of(v, i));
        sum += fminf(fmaxf(db, 0), CLIP_DB);
    }
    return sum / VAD_BANDS;
}

static float level(const struct vad *v)
{
    float sum = 1;
    for (int i = 0; i < VAD_BANDS; i++)
        sum += v->smooth[i];
    return 10 * log10f(sum);
}

/* ---- the pitch ---- */

static float product(const float *a, const float *b)
{
    bands sum = {0}, x, y;
    for (int i = 0; i < SUMMED; i += VAD_BANDS) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        sum += x * y;
    }
    return (sum[0] + sum[4]) + (sum[1] + sum[5]) + (sum[2] + sum[6]) + (sum[3] + sum[7]);
}

static void halve(struct vad *v, const float x[VAD_FRAME])
{
    memmove(v->half, v->half + VAD_FRAME / 2, VAD_FRAME / 2 * sizeof *v->half);
    for (int i = 0; i < VAD_FRAME / 2; i++)
        v->half[VAD_FRAME / 2 + i] = (x[2 * i] + x[2 * i + 1]) / 2;
}

static float pitch(const struct vad *v)
{
    const float *x = v->half;
    float own = product(x, x), best = 0;
    for (int lag = LAG_MIN; lag <= LAG_MAX; lag++) {
        float other = product(x + lag, x + lag);
        best = fmaxf(best, product(x, x + lag) / sqrtf(own * other + 1));
    }
    return best;
}

/* ---- public ---- */

void vad_init(struct vad *v)
{
    *v = (struct vad){0};
    if (filters.b0[0] == 0)
        make_filters();
}

void vad_put(struct vad *v, const int16_t pcm[VAD_FRAME])
{
    float x[VAD_FRAME], energy[VAD_BANDS];
    split(v, pcm, x, energy);
    note_floor(v, energy);
    halve(v, x);
    v->contrast = contrast(v, energy);
    v->pitch = v->contrast > VOICE_DB ? pitch(v) : 0;
    v->voiced = v->pitch > PITCH_MIN;
    v->loud = v->voiced || v->contrast > LOUD_DB;
    v->level = level(v);
}
