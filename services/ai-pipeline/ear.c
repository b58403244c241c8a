#include "ear.h"
#include "base/die.h"
#include "voice/wav.h"
#include "wideband.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MS   20
#define ULAW_RATE  8000
#define FRAME_MAX  (48000 * FRAME_MS / 1000)
#define GATE       130.0  /* root mean square of a frame that may be speech: -48 dB of full scale */
#define GATE_MAX   3300.0 /* on the noisiest line: -20 dB; what is louder is always listened to */
#define OVER_NOISE 1.6    /* times the quietest frame: more than noise varies, less than speech */
#define FLOOR_S    4      /* the quietest frame of so many seconds; */
#define FLOOR_MIN  25     /* of as many frames at least */
#define SECOND     (1000 / FRAME_MS)
#define BEGIN_OF   10   /* frames looked back on; speech begins when */
#define BEGIN_LOUD 5    /* of them are loud */
#define LEAD       15   /* frames kept from before it begins */
#define TAIL       15   /* and after it ends */
#define PAUSE      75   /* quiet frames that end a stretch */
#define GAP_MS     1000 /* what is put between two stretches */
#define LONG_S     120  /* a pack of this length is closed at the next pause */

struct ear {
    ear_pack_h *on_pack;
    void *arg;
    unsigned rate;
    bool long_packs;
    int16_t frame[FRAME_MAX];
    size_t have, frame_n;
    int16_t lead[LEAD][FRAME_MAX]; /* a ring of the last frames */
    double levels[BEGIN_OF];       /* rings too */
    double quietest[FLOOR_S];      /* of each second */
    int frames;                    /* so far */
    bool speaking;
    int quiet;      /* frames, while speaking */
    double loudest; /* while speaking: what BEGIN_LOUD frames close together have reached */
    size_t before;  /* bytes of the pack, without what is being said */
    struct pack *pack;
};

/* ---- packs ---- */

void pack_destroy(struct pack *p)
{
    if (!p)
        return;
    buf_free(&p->wav);
    free(p);
}

static int bytes_per_ms(const struct pack *p)
{
    return (int)p->rate * 2 / 1000;
}

int pack_ms(const struct pack *p)
{
    return (int)(p->wav.n - WAV_HEADER_SIZE) / bytes_per_ms(p);
}

int pack_time(const struct pack *p, int ms)
{
    int i = p->n - 1;
    while (i > 0 && p->pieces[i].at_ms > ms)
        i--;
    return p->pieces[i].from_ms + (ms > p->pieces[i].at_ms ? ms - p->pieces[i].at_ms : 0);
}

struct pack *pack_of_ulaw(const uint8_t *ulaw, size_t n)
{
    struct pack *p = must(calloc(1, sizeof *p));
    int16_t *pcm = must(malloc(n * sizeof *pcm + 1));
    size_t bytes = 2 * n * sizeof *pcm;
    struct wav_format f = {WAV_PCM, 2 * ULAW_RATE, 1, 16};
    p->rate = f.rate;
    p->n = 1;
    p->wav = BUF(WAV_HEADER_SIZE + bytes);
    char *wav = must(buf_room(&p->wav, WAV_HEADER_SIZE + bytes));
    wav_header(&f, (uint32_t)bytes, (uint8_t *)wav);
    wideband_pcm(ulaw, n, pcm);
    wideband_double(pcm, n, (int16_t *)(wav + WAV_HEADER_SIZE));
    p->wav.n += WAV_HEADER_SIZE + bytes;
    free(pcm);
    return p;
}

static unsigned rate_of_packs(const struct ear *e)
{
    return e->rate == 8000 ? 16000 : e->rate;
}

static struct pack *pack_create(const struct ear *e)
{
    uint8_t space[WAV_HEADER_SIZE] = {0};
    struct pack *p = must(calloc(1, sizeof *p));
    p->rate = rate_of_packs(e);
    p->wav = BUF(WAV_HEADER_SIZE + (size_t)(PACK_S + 10) * p->rate * 2);
    buf_put(&p->wav, space, sizeof space);
    return p;
}

static void hand_on(struct ear *e)
{
    struct pack *p = e->pack;
    if (!p)
        return;
    struct wav_format f = {WAV_PCM, p->rate, 1, 16};
    wav_header(&f, (uint32_t)(p->wav.n - WAV_HEADER_SIZE), (uint8_t *)p->wav.p);
    e->pack = NULL;
    e->on_pack(e->arg, p);
}

static void append(struct ear *e, const int16_t *x)
{
    int16_t twice[2 * FRAME_MAX];
    size_t n = e->frame_n;
    if (e->rate != 8000) {
        buf_put(&e->pack->wav, x, n * 2);
        return;
    }
    wideband_double(x, n, twice);
    buf_put(&e->pack->wav, twice, n * 4);
}

/* ---- what is loud ---- */

static double level(const int16_t *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sqrt(sum / (double)n);
}

static void note_level(struct ear *e, double now)
{
    double *second = &e->quietest[e->frames / SECOND % FLOOR_S];
    if (e->frames % SECOND == 0 || now < *second)
        *second = now;
    e->levels[e->frames % BEGIN_OF] = now;
}

/* Nobody talks for seconds without the shortest pause: what is never quieter is the line's noise. */
static double gate(const struct ear *e)
{
    int seconds = (e->frames + SECOND - 1) / SECOND;
    double floor = e->frames < FLOOR_MIN ? 0 : GATE_MAX;
    for (int i = 0; i < seconds && i < FLOOR_S; i++)
        floor = fmin(floor, e->quietest[i]);
    return fmin(fmax(GATE, floor * OVER_NOISE), GATE_MAX);
}

/* The level that BEGIN_LOUD of the last frames have reached. */
static double reached(const struct ear *e)
{
    double sorted[BEGIN_OF];
    for (int i = 0; i < BEGIN_OF; i++) {
        int at = i;
        for (; at && sorted[at - 1] < e->levels[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = e->levels[i];
    }
    return sorted[BEGIN_LOUD - 1];
}

/* ---- speech begins and ends ---- */

static void put_gap(struct pack *p)
{
    size_t n = (size_t)(GAP_MS * bytes_per_ms(p));
    char *silence = buf_room(&p->wav, n);
    if (!silence)
        return;
    memset(silence, 0, n);
    p->wav.n += n;
}

static void begin(struct ear *e)
{
    int lead = e->frames < LEAD ? e->frames : LEAD;
    if (!e->pack)
        e->pack = pack_create(e);
    struct pack *p = e->pack;
    e->before = p->wav.n;
    if (p->n)
        put_gap(p);
    p->pieces[p->n].at_ms = pack_ms(p);
    p->pieces[p->n].from_ms = (e->frames - lead) * FRAME_MS;
    p->n++;
    e->speaking = true;
    e->quiet = 0;
    e->loudest = 0;
    for (int i = e->frames - lead; i < e->frames; i++)
        append(e, e->lead[i % LEAD]);
}

/* It began before the line's noise was known, and was nothing else. */
static void forget_piece(struct ear *e)
{
    e->pack->wav.n = e->before;
    if (--e->pack->n)
        return;
    pack_destroy(e->pack);
    e->pack = NULL;
}

/* A long tail of silence goes. */
static void cut_tail(struct ear *e)
{
    int drop = (e->quiet - TAIL) * FRAME_MS * bytes_per_ms(e->pack);
    if (drop > 0)
        e->pack->wav.n -= (size_t)drop;
}

static void end(struct ear *e)
{
    e->speaking = false;
    memset(e->levels, 0, sizeof e->levels);
    if (e->loudest > gate(e))
        cut_tail(e);
    else
        forget_piece(e);
    struct pack *p = e->pack;
    if (p && (!e->long_packs || pack_ms(p) >= LONG_S * 1000 || p->n == PACK_PIECES))
        hand_on(e);
}

static void take_frame(struct ear *e)
{
    double now = level(e->frame, e->frame_n);
    memcpy(e->lead[e->frames % LEAD], e->frame, e->frame_n * sizeof *e->frame);
    note_level(e, now);
    e->frames++;
    if (!e->speaking) {
        if (reached(e) > gate(e))
            begin(e);
        return;
    }
    append(e, e->frame);
    e->loudest = fmax(e->loudest, reached(e));
    e->quiet = now > gate(e) ? 0 : e->quiet + 1;
    if (e->quiet >= PAUSE || pack_ms(e->pack) >= PACK_S * 1000)
        end(e);
}

/* ---- public ---- */

struct ear *ear_create(unsigned rate, bool long_packs, ear_pack_h *on_pack, void *arg)
{
    struct ear *e = must(calloc(1, sizeof *e));
    e->rate = rate;
    e->long_packs = long_packs;
    e->on_pack = on_pack;
    e->arg = arg;
    e->frame_n = rate * FRAME_MS / 1000;
    CHECK(e->frame_n && e->frame_n <= FRAME_MAX);
    return e;
}

void ear_put(struct ear *e, const char *pcm, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(&e->frame[e->have++], pcm + i * stride, sizeof *e->frame);
        if (e->have < e->frame_n)
            continue;
        take_frame(e);
        e->have = 0;
    }
}

void ear_end(struct ear *e)
{
    if (e->speaking)
        end(e);
    hand_on(e);
    free(e);
}
