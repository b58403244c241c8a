#include "lines.h"
#include "messages.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SLOTS 4096u /* a line that is hashed to another's place takes it */

static const struct waiting waiting[] = {
#define WAITING(...) {__VA_ARGS__},
#include "waiting.tbl.h"
#undef WAITING
};
#define LANGUAGES (sizeof waiting / sizeof *waiting)

static struct slot {
    char number[20], language[12], voice[40], rate[8];
} slots[SLOTS];

static struct slot *slot_of(const char *number)
{
    uint32_t h = 2166136261u;
    for (; *number; number++)
        h = (h ^ (uint8_t)*number) * 16777619u;
    return &slots[h % SLOTS];
}

static const struct waiting *words_in(const char *language)
{
    for (size_t i = 0; i < LANGUAGES; i++)
        if (strncmp(waiting[i].language, language, 2) == 0)
            return &waiting[i];
    return &waiting[0];
}

void lines_note(const char *number, const struct turn_answer *a)
{
    if (!number || !a->language || strlen(number) >= sizeof slots->number)
        return;
    struct slot *s = slot_of(number);
    snprintf(s->number, sizeof s->number, "%s", number);
    snprintf(s->language, sizeof s->language, "%s", a->language);
    snprintf(s->voice, sizeof s->voice, "%s", a->voice ? a->voice : "");
    snprintf(s->rate, sizeof s->rate, "%s", a->rate ? a->rate : "");
}

static const char *some(const char *text)
{
    return *text ? text : NULL;
}

struct line lines_find(const char *number)
{
    const struct slot *s = number ? slot_of(number) : NULL;
    if (!s || strcmp(s->number, number) != 0)
        return (struct line){.words = &waiting[0]};
    return (struct line){s->language, some(s->voice), some(s->rate), words_in(s->language)};
}
