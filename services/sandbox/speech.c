#include "speech.h"
#include "base/die.h"
#include "base/list.h"
#include "espeak.h"
#include "loop/task.h"
#include "memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_BYTES (64u << 20)
#define RATE        24000

struct spoken {
    struct list link; /* most recently used first */
    char *key;
    struct clip *clip;
};
struct turn {
    struct list link;
    struct wait wait;
};
struct job {
    const char *voice, *text;
    double speed;
    struct clip *clip;
    struct words words;
};

static struct list cache = {&cache, &cache}, waiting = {&waiting, &waiting};
static size_t cached_bytes;
static bool busy;

/* OpenAI's names, the people's, and TwiML's; each is heard as its own espeak variant. */
static const struct voice {
    const char *name, *espeak;
} voices[] = {
    {"nova", "en-us+f3"},  {"shimmer", "en-us+f4"},      {"coral", "en-us+f2"},
    {"sage", "en-us+f1"},  {"marin", "en-us+f5"},        {"alloy", "en-us+f3"},
    {"onyx", "en-us+m3"},  {"echo", "en-us+m2"},         {"ash", "en-us+m1"},
    {"cedar", "en-us+m4"}, {"ballad", "en-us+m5"},       {"verse", "en-us+m7"},
    {"fable", "en-gb+m2"}, {"woman", "en-us+f2"},        {"alice", "en-us+f2"},
    {"man", "en-us+m1"},   {"caller-woman", "en-gb+f4"}, {"caller-man", "en-gb+m3"},
};

static const char *espeak_voice(const char *name)
{
    for (size_t i = 0; i < sizeof voices / sizeof *voices; i++)
        if (strcmp(voices[i].name, name) == 0)
            return voices[i].espeak;
    return "en-us+f3";
}

static void evict(struct spoken *s)
{
    list_remove(&s->link);
    cached_bytes -= s->clip->n * 2;
    clip_drop(s->clip);
    free(s->key);
    free(s);
}

void speech_close(void)
{
    struct spoken *s;
    while ((s = LIST_FIRST(&cache, struct spoken, link)))
        evict(s);
}

static struct clip *find(const char *key)
{
    struct spoken *s;
    LIST_EACH(s, &cache, struct spoken, link)
        if (strcmp(s->key, key) == 0) {
            list_remove(&s->link);
            list_prepend(&cache, &s->link);
            return clip_ref(s->clip);
        }
    return NULL;
}

static void keep(const char *key, struct clip *c)
{
    struct spoken *s = must(calloc(1, sizeof *s));
    s->key = must(strdup(key));
    s->clip = clip_ref(c);
    list_prepend(&cache, &s->link);
    cached_bytes += c->n * 2;
    while (cached_bytes > CACHE_BYTES)
        evict(LIST_OF(cache.prev, struct spoken, link));
}

static void work(void *arg)
{
    struct job *j = arg;
    struct clip *raw = espeak_say(espeak_voice(j->voice), j->speed, j->text, &j->words);
    j->clip = clip_resample(raw, RATE);
    clip_drop(raw);
}

static void await_turn(void)
{
    if (!busy) {
        busy = true;
        return;
    }
    struct turn t = {.wait = WAIT_HERE};
    list_append(&waiting, &t.link);
    await_wait(&t.wait); /* busy is handed over as it is */
}

static void end_turn(void)
{
    struct turn *next = LIST_FIRST(&waiting, struct turn, link);
    busy = next != NULL;
    if (!next)
        return;
    list_remove(&next->link);
    wait_settle(&next->wait);
}

struct clip *await_speech(const char *voice, double speed, const char *text)
{
    char key[4300];
    snprintf(key, sizeof key, "%s %.2f %.4200s", espeak_voice(voice), speed, text);
    struct clip *c = find(key);
    if (c)
        return c;
    await_turn();
    c = find(key);
    if (!c) {
        struct job j = {voice, key + strlen(espeak_voice(voice)) + 6, speed, NULL, {0}};
        await_work(work, &j);
        c = j.clip;
        keep(key, c);
        memory_learn(c, j.text, &j.words);
        free(j.words.list);
    }
    end_turn();
    return c;
}
