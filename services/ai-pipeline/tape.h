/*
 * The speech on a recording, in packs, in the order in which they end. The recording is read as the
 * packs are taken, so that little of it is ever in memory.
 *
 *     struct tape *t;
 *     TRY(await_tape_open(&s, &(struct recording_ask){.sid = sid}, true, 1800, &t));
 *     for (;;) {
 *         TRY(await_tape(&s, t, &pack));
 *         if (!pack) break;
 *         ...; pack_destroy(pack);
 *     }
 *
 * It is closed with the scope. Errors as voice/recording.h; ERR_UNPROCESSABLE: no WAV that we read.
 */
#pragma once
#include "ear.h"
#include "voice/recording.h"

bool tape_configure(void); /* false: RECORDING_STORE is wrong, told on stderr */

struct tape;
/* long_packs: see ear_create(); max_s: what comes after is not listened to. */
enum err await_tape_open(struct scope *s, const struct recording_ask *ask, bool long_packs,
                         unsigned max_s, struct tape **out) MUST_CHECK;
enum err await_tape(struct scope *s, struct tape *t, struct pack **yours) MUST_CHECK;
int tape_channels(const struct tape *t); /* known with the first pack, and at the end */
unsigned tape_ms(const struct tape *t);  /* heard so far */
