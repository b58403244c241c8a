/*
 * When things happened in the answer to the caller's last event; clock_ms(), 0 = not. They end up in the
 * turn's latency and in va_turn_seconds.
 */
#pragma once
#include <stdint.h>

struct stamps {
    uint64_t asked, taken, llm, token, sentence, answered, served;
    uint64_t ingest_ms;   /* from the network's request to `asked` */
    uint64_t stt_ms;      /* our own transcription of what was said: so long it was waited for */
    uint64_t endpoint_ms; /* from the end of the caller's speech to when we were sure of it */
    uint64_t ended;       /* that end, when we hear it ourselves */
    uint64_t byte_ms,
        sound_ms; /* of the first speech that was waited for: its first byte, all of it */
};

struct conversation;
void stamps_answered(struct conversation *c); /* the answer, or the first sound of it, leaves now */
void stamps_served(struct conversation *c);   /* has the network fetched that first sound? */
