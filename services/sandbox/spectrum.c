#include "spectrum.h"
#include "base/die.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE     8000
#define HOP      160
#define WINDOW   256
#define RANGE_DB 35 /* what lies further below the loudest is not compared */
#define SHORTEST 12 /* frames; of a shorter sound, all of it */
#define LEAST    6

static const int edges[BANDS + 1] = {200, 400, 600, 900, 1200, 1600, 2100, 2700, 3400};

/* --- what is heard in each band --- */

/* In place, radix 2. */
static void transform(float *re, float *im)
{
    for (int i = 1, j = 0; i < WINDOW; i++) {
        int bit = WINDOW >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            float r = re[i], m = im[i];
            re[i] = re[j], im[i] = im[j];
            re[j] = r, im[j] = m;
        }
    }
    for (int half = 1; half < WINDOW; half *= 2)
        for (int k = 0; k < half; k++) {
            float angle = (float)(-M_PI * k / half), c = cosf(angle), s = sinf(angle);
            for (int i = k; i < WINDOW; i += 2 * half) {
                float r = re[i + half] * c - im[i + half] * s,
                      m = re[i + half] * s + im[i + half] * c;
                re[i + half] = re[i] - r, im[i + half] = im[i] - m;
                re[i] += r, im[i] += m;
            }
        }
}

static void bands_of(const struct clip *c, size_t from, float out[BANDS])
{
    float re[WINDOW] = {0}, im[WINDOW] = {0};
    for (size_t i = 0; i < WINDOW && from + i < c->n; i++)
        re[i] = c->pcm[from + i] * (float)(0.5 - 0.5 * cos(2 * M_PI * (double)i / (WINDOW - 1))) /
                WINDOW;
    transform(re, im);
    for (int b = 0; b < BANDS; b++) {
        float sum = 0;
        int first = edges[b] * WINDOW / RATE, end = edges[b + 1] * WINDOW / RATE;
        for (int i = first; i < end; i++)
            sum += re[i] * re[i] + im[i] * im[i];
        out[b] = 10 * log10f(sum + 1e-3f);
    }
}

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static float quantile(const struct spectrum *s, size_t from, size_t to, int band, double part)
{
    float *v = must(malloc((to - from) * sizeof *v));
    for (size_t i = from; i < to; i++)
        v[i - from] = s->db[i][band];
    qsort(v, to - from, sizeof *v, ascending);
    float q = v[(size_t)((double)(to - from - 1) * part)];
    free(v);
    return q;
}

static float loudest(const struct spectrum *s, size_t from, size_t to)
{
    if (to <= from)
        return 0;
    float most = quantile(s, from, to, 0, 0.97);
    for (int b = 1; b < BANDS; b++) {
        float q = quantile(s, from, to, b, 0.97);
        most = q > most ? q : most;
    }
    return most;
}

struct spectrum spectrum_of(const struct clip *c)
{
    struct clip *phone = clip_resample(c, RATE);
    struct spectrum s = {.n = phone->n / HOP};
    s.db = must(calloc(s.n + 1, sizeof *s.db));
    for (size_t i = 0; i < s.n; i++)
        bands_of(phone, i * HOP, s.db[i]);
    s.loudest = loudest(&s, 0, s.n);
    clip_drop(phone);
    return s;
}

void spectrum_free(struct spectrum *s)
{
    free(s->db);
    *s = (struct spectrum){0};
}

/* --- comparing --- */

/* Frames above a floor, and for each band the sums up to every frame. */
struct curve {
    size_t n;
    float (*db)[BANDS];
    double (*sum)[BANDS], (*squares)[BANDS];
};

static struct curve curve_of(const struct spectrum *s, size_t from, size_t to,
                             const float floor[BANDS])
{
    struct curve c = {.n = to - from};
    c.db = must(calloc(c.n + 1, sizeof *c.db));
    c.sum = must(calloc(c.n + 1, sizeof *c.sum));
    c.squares = must(calloc(c.n + 1, sizeof *c.squares));
    for (size_t i = 0; i < c.n; i++)
        for (int b = 0; b < BANDS; b++) {
            float v = s->db[from + i][b] - floor[b];
            c.db[i][b] = v = v > 0 ? v : 0;
            c.sum[i + 1][b] = c.sum[i][b] + v;
            c.squares[i + 1][b] = c.squares[i][b] + v * v;
        }
    return c;
}

static void curve_free(struct curve *c)
{
    free(c->db);
    free(c->sum);
    free(c->squares);
}

typedef float bands __attribute__((vector_size(BANDS * sizeof(float)), aligned(sizeof(float))));

static void products(float (*a)[BANDS], float (*b)[BANDS], size_t n, float out[BANDS])
{
    bands sum = {0};
    for (size_t i = 0; i < n; i++)
        sum += *(const bands *)a[i] * *(const bands *)b[i];
    memcpy(out, &sum, sizeof sum);
}

/* Correlation over time in every band at once, each with its own mean: the colour of a line is left out. */
static double likeness(const struct curve *a, size_t i, const struct curve *b, size_t j, size_t n)
{
    float ab[BANDS];
    double both = 0, aa = 0, bb = 0;
    products(a->db + i, b->db + j, n, ab);
    for (int k = 0; k < BANDS; k++) {
        double sa = a->sum[i + n][k] - a->sum[i][k], sb = b->sum[j + n][k] - b->sum[j][k];
        both += ab[k] - sa * sb / (double)n;
        aa += a->squares[i + n][k] - a->squares[i][k] - sa * sa / (double)n;
        bb += b->squares[j + n][k] - b->squares[j][k] - sb * sb / (double)n;
    }
    /* a band's deviation of a decibel or two is the noise's own */
    double little = 4.0 * (double)n;
    return aa > little && bb > little ? both / sqrt(aa * bb) : 0;
}

/* How alike so many frames are by chance at most. */
static double chance(size_t frames)
{
    return 0.55 + 1.6 / sqrt((double)frames);
}

static void consider(const struct curve *known, const struct curve *heard, long at,
                     struct place *best)
{
    size_t i = at < 0 ? (size_t)-at : 0, j = at < 0 ? 0 : (size_t)at;
    if (i >= known->n || j >= heard->n)
        return;
    size_t n = known->n - i < heard->n - j ? known->n - i : heard->n - j;
    if (n < LEAST || (n < SHORTEST && n < known->n))
        return;
    double l = likeness(known, i, heard, j, n);
    if (l < chance(n))
        return;
    double certain = atanh(l < 0.999 ? l : 0.999) * sqrt((double)n);
    if (certain > best->certain)
        *best = (struct place){l, certain, at, j, j + n};
}

struct window {
    size_t from;
    struct curve curve;
    float below[BANDS]; /* the loudest: here begins what is compared */
};

/* Compared is what stands out of the noise, and no more of the known sound than would. */
struct window *window_create(const struct spectrum *heard, size_t from, size_t to)
{
    struct window *w = must(calloc(1, sizeof *w));
    float most = loudest(heard, from, to), floor[BANDS] = {0};
    for (int b = 0; b < BANDS && from < to; b++) {
        float noise = quantile(heard, from, to, b, 0.15) + 3, least = most - RANGE_DB;
        floor[b] = noise > least ? noise : least;
        w->below[b] = most - floor[b];
    }
    w->from = from;
    w->curve = curve_of(heard, from, to, floor);
    return w;
}

void window_destroy(struct window *w)
{
    curve_free(&w->curve);
    free(w);
}

struct place spectrum_find(const struct spectrum *known, const struct window *w)
{
    struct place best = {0};
    float floor[BANDS];
    if (w->curve.n < LEAST || known->n < LEAST)
        return best;
    for (int b = 0; b < BANDS; b++)
        floor[b] = known->loudest - w->below[b];
    struct curve k = curve_of(known, 0, known->n, floor);
    for (long at = -(long)k.n; at < (long)w->curve.n; at++)
        consider(&k, &w->curve, at, &best);
    curve_free(&k);
    best.at += (long)w->from;
    best.from += w->from;
    best.to += w->from;
    return best;
}
