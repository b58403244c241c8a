#include "brain.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "direct.h"
#include "io/js.h"
#include "loop/mailbox.h"
#include "pipeline.h"
#include "provider.h"
#include "splitter.h"
#include "spoken.h"
#include <stdlib.h>
#include <string.h>

#define BRAIN_MAGIC   0x62726169
#define SENTENCES_MAX 40

struct brain {
    uint32_t magic;
    unsigned serial;
    struct provider *provider;
    uint64_t began_ms;
    struct openai_stream *x;
    struct direct *direct; /* it answers instead */
    struct splitter splitter;
    struct mailbox *mail;
    bool begun;
    int sentences;
};

void brain_free(struct brain *b)
{
    splitter_fini(&b->splitter);
    OBJ_KILL(b, BRAIN_MAGIC);
    free(b);
}

void brain_cancel(struct brain *b)
{
    if (b->x)
        openai_cancel(b->x);
    if (b->direct)
        direct_stop(b->direct);
    brain_free(b);
}

static void on_piece(void *arg, const char *text, size_t n)
{
    struct brain *b = OBJ_CAST(struct brain, arg, BRAIN_MAGIC);
    struct arena *a = arena_create(8 * SPLITTER_PIECE_MAX);
    const char *words = spoken(a, text, n);
    size_t words_n = strlen(words) + 1, size = sizeof(struct brain_words) + words_n;
    struct brain_words *w = arena_alloc(a, size);
    w->serial = b->serial;
    memcpy(w->text, words, words_n);
    if (*words && b->sentences++ < SENTENCES_MAX)
        mailbox_post(b->mail, EV_SENTENCE, w, size);
    arena_destroy(a);
}

static void on_text(void *arg, const char *text, size_t n)
{
    struct brain *b = OBJ_CAST(struct brain, arg, BRAIN_MAGIC);
    if (!b->begun)
        mailbox_post(b->mail, EV_FIRST_TOKEN, &b->serial, sizeof b->serial);
    b->begun = true;
    splitter_feed(&b->splitter, text, n);
}

void brain_post_tool(struct mailbox *mail, unsigned serial, const char *id, const char *name,
                     const char *arguments)
{
    size_t id_n = strlen(id) + 1, name_n = strlen(name) + 1, arguments_n = strlen(arguments) + 1;
    size_t size = sizeof(struct brain_tool) + id_n + name_n + arguments_n;
    struct brain_tool *t = must(malloc(size));
    *t = (struct brain_tool){serial, (unsigned)id_n, (unsigned)(id_n + name_n)};
    memcpy(t->text, id, id_n);
    memcpy(t->text + t->name_at, name, name_n);
    memcpy(t->text + t->arguments_at, arguments, arguments_n);
    mailbox_post(mail, EV_TOOL_CALL, t, size);
    free(t);
}

static void on_tool(void *arg, const char *id, const char *name, const char *arguments)
{
    struct brain *b = OBJ_CAST(struct brain, arg, BRAIN_MAGIC);
    brain_post_tool(b->mail, b->serial, id, name, arguments);
}

static void on_end(void *arg, const struct openai_end *end)
{
    struct brain *b = OBJ_CAST(struct brain, arg, BRAIN_MAGIC);
    b->x = NULL;
    provider_done(b->provider, end, clock_ms() - b->began_ms);
    if (!end->err && (strcmp(end->finish, "length") != 0 || !b->sentences))
        splitter_end(&b->splitter); /* cut off by the limit, half a sentence is better not said */
    metric_add("va_llm_total", end->err ? "end=\"error\"" : "end=\"ok\"", 1);
    metric_add("va_llm_tokens_total", "kind=\"prompt\"", (double)end->prompt_tokens);
    metric_add("va_llm_tokens_total", "kind=\"completion\"", (double)end->completion_tokens);
    struct brain_end told = {.serial = b->serial, .err = end->err};
    told.again = provider_again(ROLE_LLM, end, &told.retry_after_s);
    mailbox_post(b->mail, EV_BRAIN_END, &told, sizeof told);
}

/* One that has not even begun is not asked again. */
static void stop_direct(struct brain *b)
{
    struct brain_end told = {.serial = b->serial};
    if (direct_begun(b->direct)) {
        direct_stop(b->direct);
        mailbox_post(b->mail, EV_BRAIN_END, &told, sizeof told);
    } else {
        direct_leave(b->direct);
    }
}

void brain_stop(struct brain *b)
{
    struct brain_end told = {.serial = b->serial, .err = b->begun ? OK : ERR_TIMEOUT};
    if (b->direct)
        stop_direct(b);
    if (!b->x)
        return; /* its end is in the mailbox */
    openai_cancel(b->x);
    b->x = NULL;
    if (!b->begun)
        provider_done(b->provider, &(struct openai_end){.err = ERR_TIMEOUT, .finish = ""},
                      clock_ms() - b->began_ms);
    splitter_end(&b->splitter);
    metric_add("va_llm_total", "end=\"stopped\"", 1);
    mailbox_post(b->mail, EV_BRAIN_END, &told, sizeof told);
}

struct brain *brain_ask(struct scope *s, const struct js *messages, const struct js *tools,
                        struct mailbox *mail, unsigned serial)
{
    static const struct chat_h handlers = {on_text, on_tool, on_end};
    struct brain *b = must(calloc(1, sizeof *b));
    *b = (struct brain){.magic = BRAIN_MAGIC, .serial = serial, .mail = mail};
    splitter_init(&b->splitter, on_piece, b);
    if (provider_open(ROLE_LLM)) { /* nobody waits for what is known to be down */
        struct brain_end down = {.serial = serial, .err = ERR_BUSY};
        mailbox_post(mail, EV_BRAIN_END, &down, sizeof down);
        return b;
    }
    b->provider = provider_for(ROLE_LLM);
    b->began_ms = clock_ms();
    b->x = openai_chat(s, &b->provider->at,
                       &(struct chat_ask){
                           .model = b->provider->model,
                           .messages = messages,
                           .tools = provider_offers_tools(b->provider) ? tools : NULL,
                           .temperature = *cfg.llm_temperature ? cfg.llm_temperature : NULL,
                           .max_tokens = (unsigned)cfg.llm_max_tokens,
                           .usage = true,
                           .total_ms = (unsigned)cfg.llm_total_ms,
                           .idle_ms = (unsigned)cfg.llm_first_ms,
                       },
                       &handlers, b);
    return b;
}

struct brain *brain_ask_direct(struct direct *d, struct mailbox *mail, unsigned serial)
{
    struct brain *b = must(calloc(1, sizeof *b));
    *b = (struct brain){.magic = BRAIN_MAGIC, .serial = serial, .mail = mail, .direct = d};
    splitter_init(&b->splitter, on_piece, b);
    direct_ask(d, serial);
    return b;
}
