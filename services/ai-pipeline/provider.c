#include "provider.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/scope.h"
#include "io/httpc.h"
#include "loop/task.h"
#include "pipeline.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_AFTER   3     /* failures in a row */
#define PAUSE_MAX_MS 60000 /* up to which the pause before it is tried again doubles */
#define RECENTLY_MS  3000  /* the other one is asked before one that failed so recently */
#define BUSY_S       2     /* a server that loads its model, and does not say how long */
#define SPARE_MAX    5.0
#define SPARE_EACH   0.1 /* retries that a request earns */
#define PROBE_MS     10000
#define VOICE_MAX    64

static struct provider providers[ROLES][2]; /* the first, and the fallback */

/* ---- which one ---- */

static bool configured(const struct provider *p)
{
    return p->at.base_url && *p->at.base_url && *p->model;
}

static bool is_open(const struct provider *p)
{
    return p->open_until && clock_ms() < p->open_until;
}

bool provider_is_open(const struct provider *p)
{
    return is_open(p);
}

const struct provider *provider_at(enum role r, int i)
{
    return configured(&providers[r][i]) ? &providers[r][i] : NULL;
}

const char *provider_role_name(enum role r)
{
    static const char *const names[ROLES] = {"llm", "stt", "tts"};
    return names[r];
}

const char *provider_host(struct arena *a, const struct provider *p)
{
    const char *host = strstr(p->at.base_url, "://");
    host = host ? host + 3 : p->at.base_url;
    size_t n = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', n);
    const char *from = at ? at + 1 : host;
    return arena_strndup(a, from, n - (size_t)(from - host));
}

static bool shaky(const struct provider *p)
{
    return p->failures && clock_ms() - p->failed_at < RECENTLY_MS;
}

static struct provider *choose(enum role r)
{
    struct provider *first = &providers[r][0], *second = &providers[r][1];
    if (!configured(second) || is_open(second))
        return first;
    return is_open(first) || (shaky(first) && !shaky(second)) ? second : first;
}

const struct provider *provider_likely(enum role r)
{
    return choose(r);
}

struct provider *provider_for(enum role r)
{
    struct provider *p = choose(r);
    if (p->open_until && !is_open(p))
        p->open_until = clock_ms() + p->pause_ms; /* this request tries; the others wait for it */
    p->spare = p->spare + SPARE_EACH > SPARE_MAX ? SPARE_MAX : p->spare + SPARE_EACH;
    return p;
}

bool provider_open(enum role r)
{
    const struct provider *second = &providers[r][1];
    return is_open(&providers[r][0]) && (!configured(second) || is_open(second));
}

/* ---- how it went ---- */

static void show_breaker(const struct provider *p)
{
    char label[64];
    snprintf(label, sizeof label, "provider=\"%s\"", p->name);
    metric_set("va_provider_open", label, p->open_until != 0);
}

static void open_breaker(struct provider *p, const struct openai_end *end)
{
    uint64_t longer = p->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : p->pause_ms * 2;
    p->pause_ms = p->open_until ? longer : (uint64_t)cfg.provider_pause_ms;
    if (!p->open_until)
        log_error(NULL, "provider.down", "provider", p->name, "error", err_name(end->err), "code",
                  end->code);
    p->open_until = clock_ms() + p->pause_ms;
    show_breaker(p);
}

static void close_breaker(struct provider *p)
{
    if (p->open_until)
        log_info(NULL, "provider.back", "provider", p->name);
    p->failures = 0;
    p->open_until = p->pause_ms = 0;
    show_breaker(p);
}

/* Our own bad request says nothing about the server; a path or model it does not have does. */
static bool is_failure(const struct openai_end *end)
{
    return end->err && end->err != ERR_CLOSING && end->err != ERR_TOO_BIG &&
           (end->err != ERR_UNPROCESSABLE || end->status == 404);
}

static void count(const struct provider *p, const struct openai_end *end, uint64_t ms)
{
    char label[96];
    snprintf(label, sizeof label, "provider=\"%s\",result=\"%s\"", p->name,
             end->err ? err_code(end->err) : "ok");
    metric_add("va_provider_requests_total", label, 1);
    snprintf(label, sizeof label, "provider=\"%s\"", p->name);
    metric_time("va_provider_seconds", label, ms * 1000);
}

void provider_done(struct provider *p, const struct openai_end *end, uint64_t ms)
{
    count(p, end, ms);
    if (!is_failure(end)) {
        if (!end->err)
            close_breaker(p);
        return;
    }
    bool hopeless = end->err == ERR_FORBIDDEN;
    p->failed_at = clock_ms();
    p->failures++;
    log_warn(NULL, "provider.failed", "provider", p->name, "error", err_name(end->err), "code",
             end->code);
    if (hopeless || p->failures >= OPEN_AFTER)
        open_breaker(p, end);
}

bool provider_again(enum role r, const struct openai_end *end, unsigned *after_s)
{
    struct provider *first = &providers[r][0], *second = &providers[r][1];
    bool other = configured(second) && (!is_open(first) || !is_open(second)) &&
                 !(shaky(first) && shaky(second));
    bool hopeless = end->err == ERR_FORBIDDEN || end->err == ERR_UNPROCESSABLE ||
                    end->err == ERR_TOO_BIG || end->err == ERR_CLOSING;
    unsigned told = end->status == 503 && !end->retry_after_s ? BUSY_S : end->retry_after_s;
    *after_s = other ? 0 : told;
    if (!end->err || (hopeless && !other) || provider_open(r) || first->spare < 1)
        return false;
    first->spare -= 1;
    return true;
}

/* ---- what they can ---- */

static bool voice_named(const char *table, const char *key, char out[VOICE_MAX])
{
    size_t n = strlen(key);
    for (const char *p = table; *p; p += strcspn(p, ","), p += *p == ',') {
        p += strspn(p, " ");
        if (strncmp(p, key, n) != 0 || p[n] != '=')
            continue;
        snprintf(out, VOICE_MAX, "%.*s", (int)strcspn(p + n + 1, ", "), p + n + 1);
        return *out;
    }
    return false;
}

static bool voice_in(const char *table, bool male, const char *language, char out[VOICE_MAX])
{
    const char *gender = male ? "male" : "female";
    char key[48];
    snprintf(key, sizeof key, "%.20s.%s", language, gender);
    if (voice_named(table, key, out))
        return true;
    snprintf(key, sizeof key, "%.*s.%s", (int)strcspn(language, "-"), language, gender);
    return voice_named(table, key, out) || voice_named(table, gender, out);
}

const char *provider_voice(const struct provider *p, bool male, const char *language)
{
    static char voice[VOICE_MAX];
    if (!voice_in(p->voices, male, language, voice))
        voice_in(providers[ROLE_TTS][0].voices, male, language, voice);
    return voice;
}

bool provider_offers_tools(const struct provider *p)
{
    return !p->at.tool_choice || strcmp(p->at.tool_choice, "off") != 0;
}

bool provider_hears_times(const struct provider *p)
{
    if (*cfg.stt_format)
        return strcmp(cfg.stt_format, "verbose_json") == 0;
    return strncmp(p->model, "gpt-", 4) != 0; /* those know json only */
}

/* ---- start ---- */

/* A server that is down, or without the model, is worth a line long before the first caller. */
static void await_probe(void *arg)
{
    struct provider *p = arg;
    struct openai_end end;
    struct scope s;
    size_t known;
    scope_init(&s, PROBE_MS);
    enum err e = await_models(&s, &p->at, p->model, &known, &end);
    if (e)
        log_warn(NULL, "provider.probe", "provider", p->name, "model", p->model, "error",
                 err_name(e), "why", end.message);
    else
        log_info(NULL, "provider.probe", "provider", p->name, "model", p->model);
    char label[64];
    snprintf(label, sizeof label, "provider=\"%s\"", p->name);
    metric_set("va_provider_probe_ok", label, e == OK);
    scope_fini(&s);
}

static const char * or (const char *text, const char *otherwise)
{
    return *text ? text : otherwise;
}

static void set_first(enum role r, const char *name, const char *url, const char *key,
                      const char *model)
{
    providers[r][0] = (struct provider){
        .name = name,
        .at = { or (url, cfg.openai_url), or (key, cfg.openai_key)},
        .model = model,
        .voices = "",
    };
}

static void set_fallback(enum role r, const char *name, const char *url, const char *key,
                         const char *model)
{
    providers[r][1] = (struct provider){
        .name = name,
        .at = {url, key},
        .model = or (model, providers[r][0].model),
        .voices = "",
    };
}

static const char *first_voices(void)
{
    static char voices[1024];
    snprintf(voices, sizeof voices, "%s%sfemale=%s,male=%s", cfg.tts_voices,
             *cfg.tts_voices ? "," : "", cfg.tts_female, cfg.tts_male);
    return voices;
}

static void configure(void)
{
    set_first(ROLE_LLM, "llm", cfg.llm_url, cfg.llm_key, cfg.llm_model);
    set_first(ROLE_STT, "stt", cfg.stt_url, cfg.stt_key, cfg.stt_model);
    set_first(ROLE_TTS, "tts", cfg.tts_url, cfg.tts_key, cfg.tts_model);
    set_fallback(ROLE_LLM, "llm-fallback", cfg.llm_fallback_url, cfg.llm_fallback_key,
                 cfg.llm_fallback_model);
    set_fallback(ROLE_STT, "stt-fallback", cfg.stt_fallback_url, cfg.stt_fallback_key,
                 cfg.stt_fallback_model);
    set_fallback(ROLE_TTS, "tts-fallback", cfg.tts_fallback_url, cfg.tts_fallback_key,
                 cfg.tts_fallback_model);
    for (int i = 0; i < 2; i++) {
        struct openai *llm = &providers[ROLE_LLM][i].at;
        llm->max_tokens_field = i ? or (cfg.llm_fallback_max_tokens_field, cfg.llm_max_tokens_field)
                                  : cfg.llm_max_tokens_field;
        llm->tool_choice = i ? cfg.llm_fallback_tool_choice : cfg.llm_tool_choice;
    }
    providers[ROLE_TTS][0].voices = first_voices();
    providers[ROLE_TTS][1].voices = or (cfg.tts_fallback_voices, providers[ROLE_TTS][0].voices);
}

void providers_warm(void)
{
    const char *llm = choose(ROLE_LLM)->at.base_url, *tts = choose(ROLE_TTS)->at.base_url;
    http_warm(llm);
    if (strcmp(llm, tts) != 0)
        http_warm(tts);
}

void providers_open(void)
{
    configure();
    for (int r = 0; r < ROLES; r++) {
        for (int i = 0; i < 2; i++) {
            struct provider *p = &providers[r][i];
            p->spare = SPARE_MAX;
            if (!configured(p))
                continue;
            show_breaker(p);
            task_spawn("probe", await_probe, p);
        }
    }
}
