/*
 * Sound for the telephone: PCM of any rate becomes mu-law at 8,000 Hz, which is what the network
 * carries anyway, at a sixth of the bytes. Low-pass first, so that nothing folds back.
 *
 *     struct telephone *t = telephone_create(&format);     NULL: a format we cannot read
 *     telephone_put(t, bytes, n, &out);                    whole frames, as they arrive
 *     telephone_end(t, &out);
 *     telephone_destroy(t);
 */
#pragma once
#include "base/buf.h"

#define TELEPHONE_RATE 8000

struct wav_format;
struct telephone;

struct telephone *telephone_create(const struct wav_format *f);
void telephone_destroy(struct telephone *t); /* NULL is fine */
void telephone_put(struct telephone *t, const char *pcm, size_t n, struct buf *ulaw);
void telephone_end(struct telephone *t, struct buf *ulaw);
