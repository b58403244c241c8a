/* The synthesiser (espeak-ng): real, audible speech. Blocking and one at a time: see speech.h. */
#pragma once
#include "clip.h"

bool espeak_open(void);
void espeak_close(void);
/* Where a word of the text begins, in its sound and in the text's bytes. */
struct word {
    unsigned at_ms;
    size_t at;
};
struct words {
    struct word *list; /* heap */
    size_t n;
};
/* On a worker thread. A new clip at the library's own rate (22,050 Hz); never NULL, maybe empty. */
struct clip *espeak_say(const char *voice, double speed, const char *text, struct words *out);
