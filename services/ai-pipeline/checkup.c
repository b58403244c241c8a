#include "checkup.h"
#include "base/clock.h"
#include "io/js.h"
#include "loop/task.h"
#include "provider.h"
#include "voice/wav.h"
#include <stdio.h>
#include <string.h>

#define SERVERS    (ROLES * 2)
#define ONE_MS     9000
#define STT_RATE   16000u
#define STT_BYTES  STT_RATE /* half a second of silence */
#define LLM_TOKENS 16
#define HTTP_OK    200

/* One server at work; its texts are the asker's, its memory its own. */
struct trial {
    const struct provider *provider;
    enum role role;
    struct trials *all;
    bool ok, listed;
    struct openai_end end;
    uint64_t ms;
};
struct trials {
    struct trial list[SERVERS];
    size_t n, left;
    struct wait over;
};

/* ---- one small request of each kind ---- */

static void await_think(struct scope *s, struct trial *t)
{
    struct js *messages = js_array(s), *m = js_object(s);
    const char *text;
    js_set_text(m, "role", "user");
    js_set_text(m, "content", "Say yes.");
    js_push(messages, m);
    enum err e =
        await_chat(s, &t->provider->at,
                   &(struct chat_ask){
                       .model = t->provider->model, .messages = messages, .max_tokens = LLM_TOKENS},
                   &text, &t->end);
    t->ok =
        e == OK || t->end.status == HTTP_OK; /* who thinks first may have no room left for words */
}

static void await_hear(struct scope *s, struct trial *t)
{
    static const struct wav_format format = {WAV_PCM, STT_RATE, 1, 16};
    struct transcript heard;
    char *wav = arena_alloc(s->arena, WAV_HEADER_SIZE + STT_BYTES);
    wav_header(&format, STT_BYTES, (uint8_t *)wav);
    t->ok = await_transcribe(s, &t->provider->at,
                             &(struct transcribe_ask){.model = t->provider->model,
                                                      .wav = wav,
                                                      .wav_n = WAV_HEADER_SIZE + STT_BYTES,
                                                      .verbose = provider_hears_times(t->provider)},
                             &heard, &t->end) == OK;
}

struct utterance {
    struct wait over;
    struct openai_end end;
};

static void on_format(void *arg, const struct wav_format *f)
{
    (void)arg, (void)f;
}

static void on_audio(void *arg, const char *data, size_t n)
{
    (void)arg, (void)data, (void)n;
}

static void on_end(void *arg, const struct openai_end *end)
{
    struct utterance *u = arg;
    u->end = *end;
    u->end.finish = "";
    wait_settle(&u->over);
}

static void await_speak(struct scope *s, struct trial *t)
{
    static const struct speech_h handlers = {on_format, on_audio, on_end};
    struct utterance u = {.over = WAIT_HERE};
    openai_speech(s, &t->provider->at,
                  &(struct speech_ask){.model = t->provider->model,
                                       .voice = provider_voice(t->provider, false, "en-US"),
                                       .input = "Yes.",
                                       .total_ms = ONE_MS,
                                       .idle_ms = ONE_MS},
                  &handlers, &u);
    await_wait(&u.over);
    t->end = u.end;
    t->ok = !u.end.err;
}

/* ---- all of them, side by side ---- */

static void await_trial(void *arg)
{
    static void (*const does[ROLES])(struct scope *, struct trial *) = {
        [ROLE_LLM] = await_think, [ROLE_STT] = await_hear, [ROLE_TTS] = await_speak};
    struct trial *t = arg;
    struct openai_end listing;
    struct scope s;
    size_t known;
    uint64_t began = clock_ms();
    scope_init(&s, ONE_MS);
    does[t->role](&s, t);
    t->ms = clock_ms() - began;
    t->listed = await_models(&s, &t->provider->at, t->provider->model, &known, &listing) == OK;
    scope_fini(&s);
    if (--t->all->left == 0)
        wait_settle(&t->all->over);
}

static void gather(struct trials *all)
{
    for (int r = 0; r < ROLES; r++)
        for (int i = 0; i < 2; i++) {
            const struct provider *p = provider_at(r, i);
            if (p)
                all->list[all->n++] = (struct trial){.provider = p, .role = r, .all = all};
        }
    all->left = all->n;
}

static struct ai_checked_item report(struct scope *s, const struct trial *t)
{
    return (struct ai_checked_item){
        .name = t->provider->name,
        .role = provider_role_name(t->role),
        .model = t->provider->model,
        .host = provider_host(s->arena, t->provider),
        .ok = t->ok,
        .listed = t->listed,
        .ms = (long long)t->ms,
        .error = t->ok ? NULL : err_code(t->end.err ? t->end.err : ERR_UPSTREAM),
        .status = t->end.status,
        .has_status = true,
        .code = *t->end.code ? arena_strdup(s->arena, t->end.code) : NULL,
    };
}

enum err checkup(struct msg *m)
{
    struct trials all = {.over = WAIT_HERE};
    struct ai_checked_item items[SERVERS];
    gather(&all);
    for (size_t i = 0; i < all.n; i++)
        task_spawn("checkup", await_trial, &all.list[i]);
    if (all.n)
        await_wait(&all.over);
    for (size_t i = 0; i < all.n; i++)
        items[i] = report(&m->scope, &all.list[i]);
    const char *text =
        ai_checked_encode(&m->scope, &(struct ai_checked){.items = items, .items_n = all.n});
    msg_answer(m, text, strlen(text), true);
    return OK;
}

/* ---- what we hold of them ---- */

void checkup_tell(struct scope *s, struct system_state *out)
{
    struct system_state_provider *list = arena_alloc(s->arena, SERVERS * sizeof *list);
    size_t n = 0;
    for (int r = 0; r < ROLES; r++)
        for (int i = 0; i < 2; i++) {
            const struct provider *p = provider_at(r, i);
            if (p)
                list[n++] = (struct system_state_provider){
                    .name = p->name,
                    .role = provider_role_name(r),
                    .model = p->model,
                    .host = provider_host(s->arena, p),
                    .open = provider_is_open(p),
                    .failures = p->failures,
                };
        }
    out->providers = list;
    out->providers_n = n;
}
