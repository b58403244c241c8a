#include "backchannel.h"
#include "base/arena.h"
#include "words.h"
#include <string.h>

#define ARENA       (16u << 10)
#define TEXT_MAX    80 /* who says more wants to speak */
#define PHRASES_MAX 4

struct entry {
    const char *language, *phrases;
};
static const struct entry nods[] = {
#define BACKCHANNEL(language, phrases) {language, phrases},
#define GREETING(language, phrases)
#include "backchannel.tbl.h"
#undef BACKCHANNEL
#undef GREETING
    {0}};
static const struct entry greetings[] = {
#define BACKCHANNEL(language, phrases)
#define GREETING(language, phrases) {language, phrases},
#include "backchannel.tbl.h"
#undef BACKCHANNEL
#undef GREETING
    {0}};

/* Bytes of the longest phrase that `words` begins with; 0: none. */
static size_t begins(const struct entry *e, const char *language, const char *words)
{
    size_t longest = 0;
    for (; e->phrases; e++) {
        if (*e->language && strncmp(e->language, language, 2) != 0)
            continue;
        for (const char *p = e->phrases; *p; p += *p == '|') {
            size_t n = strcspn(p, "|");
            bool fits = strncmp(words, p, n) == 0 && (!words[n] || words[n] == ' ');
            longest = fits && n > longest ? n : longest;
            p += n;
        }
    }
    return longest;
}

/* It consists of phrases of the lists. */
static bool only(const char *text, const char *language, bool greetings_too)
{
    struct arena *a = arena_create(ARENA);
    const char *p = strlen(text) <= TEXT_MAX ? words_plain(a, text) : "";
    bool all = *p;
    for (int i = 0; *p && all; i++) {
        size_t nod = begins(nods, language, p),
               greeting = greetings_too ? begins(greetings, language, p) : 0,
               n = nod > greeting ? nod : greeting;
        all = n && i < PHRASES_MAX;
        p += n + (p[n] == ' ');
    }
    arena_destroy(a);
    return all;
}

bool backchannel_heard(const char *text, const char *language)
{
    return only(text, language, false);
}

bool backchannel_greeting(const char *text, const char *language)
{
    return only(text, language, true);
}
