/*
 * Listens to one channel of sound for speech, and packs it for transcription: what is quiet, or the
 * noise of the line, is left out (models invent words on it), long pauses become a second, and each
 * pack knows when its pieces were said. 16-bit sound of 8 kHz is doubled to 16 kHz; other rates stay.
 *
 *     struct ear *e = ear_create(8000, true, on_pack, self);
 *     ear_put(e, pcm, n, stride);                        as it comes
 *     ear_end(e);                                        what is left, and frees it
 *     ... in on_pack: pack_wav(), pack_time(); pack_destroy() when done ...
 *
 * Memory: one pack at a time, at most PACK_S seconds of sound (8 MB), until it is handed on.
 */
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include <stdbool.h>
#include <stdint.h>

#define PACK_S      240 /* cut even in a word */
#define PACK_PIECES 200

struct pack {
    struct list link; /* the owner's */
    int channel;      /* the owner's */
    struct buf wav;   /* a whole file: PCM16 mono */
    unsigned rate;
    int n;
    struct {
        int at_ms, from_ms; /* in the pack, in the recording */
    } pieces[PACK_PIECES];
};
struct pack *pack_of_ulaw(const uint8_t *ulaw, size_t n); /* 8 kHz, one piece, all of it */
int pack_time(const struct pack *p, int ms);              /* of the pack to the recording's */
int pack_ms(const struct pack *p);
void pack_destroy(struct pack *p);

struct ear;
typedef void ear_pack_h(void *arg, struct pack *yours);
/* long_packs: as much as fits; else a pack for each stretch of speech, for models that tell no times. */
struct ear *ear_create(unsigned rate, bool long_packs, ear_pack_h *on_pack, void *arg);
/* n samples, little-endian as this machine is, `stride` bytes apart. */
void ear_put(struct ear *e, const char *pcm, size_t n, size_t stride);
void ear_end(struct ear *e);
