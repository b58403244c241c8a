#include "phrases.h"
#include <string.h>

enum language { EN, DE, FR, ES, IT, NL, LANGUAGES };
static const char *const codes[LANGUAGES] = {"en", "de", "fr", "es", "it", "nl"};

static const char *const phrases[PHRASE_COUNT][LANGUAGES] = {
#define PHRASE(name, ...) {__VA_ARGS__},
#include "phrases.tbl.h"
#undef PHRASE
};

const char *phrase(struct arena *a, enum phrase p, const char *language, const struct names *who)
{
    enum language l = EN;
    for (int i = 0; i < LANGUAGES; i++)
        if (strncmp(language, codes[i], 2) == 0)
            l = i;
    return names_fill(a, phrases[p][l], who);
}
