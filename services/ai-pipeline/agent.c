#include "agent.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "io/db.h"
#include "io/js.h"
#include "pipeline.h"
#include <stdlib.h>
#include <string.h>

#define AGENT_ARENA    (128u << 10) /* a prompt of 8,000 characters is the largest part */
#define REMEMBERED_MAX 5000
#define STALE_MS       (15 * 60 * 1000)
#define HINTS_MAX      1900 /* bytes; the message's bound, with some room */
#define SILENCE_S      5
#define STOCK_GREETING "Hello! How can I help you today?" /* of request_approve.sql */

struct memory {
    struct list link; /* oldest first */
    uint64_t at;
    char line[32];
    struct agent *agent;
};
static struct list memories = {&memories, &memories};
static size_t n_memories;

static void forget(struct memory *m)
{
    list_remove(&m->link);
    n_memories--;
    agent_drop(m->agent);
    free(m);
}

static struct agent *ref(struct agent *a)
{
    a->refs++;
    return a;
}

void agent_drop(struct agent *a)
{
    if (a && --a->refs == 0)
        arena_destroy(a->arena); /* it lies in there itself */
}

static void remember(const char *line, struct agent *a)
{
    struct memory *m;
    LIST_EACH(m, &memories, struct memory, link)
        if (strcmp(m->line, line) == 0)
            forget(m);
    if (strlen(line) >= sizeof m->line)
        return;
    if (n_memories == REMEMBERED_MAX)
        forget(LIST_FIRST(&memories, struct memory, link));
    m = must(calloc(1, sizeof *m));
    memcpy(m->line, line, strlen(line) + 1);
    m->at = clock_ms();
    m->agent = ref(a);
    list_append(&memories, &m->link);
    n_memories++;
}

static const char *own(struct arena *a, const struct js *j, const char *key)
{
    const char *text = js_text(js_get(j, key));
    return text && *text ? arena_strdup(a, text) : NULL;
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

/* Amazon's voices by way of Twilio, nearest to ours. */
static const char *say_voice(const char *language, bool male)
{
    static const char *const voices[][3] = {
        {"en-US", "Polly.Joanna", "Polly.Matthew"},   {"en-GB", "Polly.Amy", "Polly.Brian"},
        {"de-DE", "Polly.Vicki", "Polly.Hans"},       {"fr-FR", "Polly.Celine", "Polly.Mathieu"},
        {"es-ES", "Polly.Conchita", "Polly.Enrique"}, {"es-US", "Polly.Penelope", "Polly.Miguel"},
        {"it-IT", "Polly.Carla", "Polly.Giorgio"},    {"nl-NL", "Polly.Lotte", "Polly.Ruben"},
    };
    for (size_t i = 0; i < sizeof voices / sizeof *voices; i++)
        if (strcmp(voices[i][0], language) == 0)
            return voices[i][1 + male];
    return NULL;
}

double agent_speed(const char *speed)
{
    return strcmp(speed, "slow") == 0 ? 0.85 : strcmp(speed, "fast") == 0 ? 1.15 : 1.0;
}

const char *agent_greeting(const char *configured, const char *language)
{
    bool stock = configured && strcmp(configured, STOCK_GREETING) == 0;
    return stock && strncmp(language, "en", 2) != 0 ? NULL : configured;
}

static bool flag(const struct js *settings, const char *key, bool otherwise)
{
    const struct js *j = js_get(settings, key);
    return js_type(j) == JS_BOOL ? js_true(j) : otherwise;
}

static int seconds(const struct js *settings, const char *key, int max, int otherwise)
{
    const struct js *j = js_get(settings, key);
    bool fits = js_type(j) == JS_INT && js_int(j) >= 0 && js_int(j) <= max;
    return fits ? (int)js_int(j) : otherwise;
}

static struct listening read_listening(struct arena *a, const struct js *settings)
{
    const char *model = own(a, settings, "speech_model"), *stt = own(a, settings, "stt");
    int silence = seconds(settings, "silence_timeout_seconds", 60, SILENCE_S);
    return (struct listening){
        .barge_in = flag(settings, "barge_in", true),
        .whisper = stt && strcmp(stt, "whisper") == 0,
        .speech_model = model && strcmp(model, "default") != 0 ? model : NULL,
        .speech_timeout_s = seconds(settings, "speech_timeout_seconds", 10, 0),
        .silence_timeout_s = silence ? silence : SILENCE_S,
    };
}

/* Whole entries, as many as a message has room for. */
static const char *hints_of(struct arena *a, const struct js *config)
{
    const char *all = own(a, config, "hints");
    if (!all || !flag(js_get(config, "settings"), "speech_hints", true))
        return NULL;
    size_t n = strlen(all);
    while (n > HINTS_MAX) {
        const char *comma = memrchr(all, ',', n);
        n = comma ? (size_t)(comma - all) : 0;
    }
    return n ? arena_strndup(a, all, n) : NULL;
}

static void read_settings(struct agent *a, const struct js *settings)
{
    const char *gender = text_or(js_text(js_get(settings, "voice_gender")), "female");
    const char *speed = text_or(js_text(js_get(settings, "voice_speed")), "normal");
    a->language = text_or(own(a->arena, settings, "language"), "en-US");
    bool male = strcmp(gender, "male") == 0;
    a->say_voice = say_voice(a->language, male);
    a->voice = (struct voice){
        .male = male,
        .speed = agent_speed(speed),
        .language = a->language,
    };
    if (a->voice.speed != 1)
        a->say_rate = arena_printf(a->arena, "%.0f%%", a->voice.speed * 100);
    a->greeting = agent_greeting(own(a->arena, settings, "greeting_message"), a->language);
    const char *mode = js_text(js_get(settings, "mode"));
    a->streams = mode && strcmp(mode, "stream") == 0;
    a->recorded = flag(settings, "recording_enabled", true);
    a->transfer_confirm = flag(settings, "transfer_confirm", true);
    a->listening = read_listening(a->arena, settings);
    a->custom =
        custom_read(a->arena, js_get(settings, "custom_commands"), &a->customs, &a->commands);
}

static void read_prompt(struct agent *a, const struct js *config)
{
    if (!js_true(js_get(config, "use_default_prompt")))
        a->prompt = own(a->arena, config, "system_prompt");
    a->template = own(a->arena, js_get(config, "settings"), "prompt_template");
}

enum err agent_read(struct scope *s, const char *line, const struct rows *call, struct agent **out)
{
    struct js *config;
    TRY(js_parse(s, row(call, 0, "config"), 0, &config));
    struct arena *arena = arena_create(AGENT_ARENA);
    struct agent *a = arena_alloc(arena, sizeof *a);
    *a = (struct agent){.refs = 1, .arena = arena};
    a->tenant = arena_strdup(arena, row(call, 0, "real_estate_agent_id"));
    a->active = strcmp(row(call, 0, "agent_status"), "active") == 0;
    a->who.voice_agent = text_or(own(arena, config, "voice_agent"), "the assistant");
    a->who.agent = text_or(own(arena, config, "agent_name"), "the agent");
    a->who.company = text_or(own(arena, config, "company_name"), a->who.agent);
    a->transfer_to = own(arena, config, "transfer_to");
    a->hints = hints_of(arena, config);
    a->utc_offset_s = (int)js_int(js_get(config, "utc_offset_s"));
    read_settings(a, js_get(config, "settings"));
    read_prompt(a, config);
    remember(line, a);
    *out = a;
    return OK;
}

struct agent *agent_remembered(const char *line)
{
    struct memory *m;
    LIST_EACH(m, &memories, struct memory, link)
        if (strcmp(m->line, line) == 0)
            return clock_ms() - m->at < STALE_MS ? ref(m->agent) : NULL;
    return NULL;
}

void agent_forget(const char *tenant)
{
    struct memory *m;
    LIST_EACH(m, &memories, struct memory, link)
        if (strcmp(m->agent->tenant, tenant) == 0)
            forget(m);
}

void agent_close(void)
{
    for (struct memory *m; (m = LIST_FIRST(&memories, struct memory, link));)
        forget(m);
}
