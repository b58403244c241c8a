#include "hearing.h"
#include "base/die.h"
#include "base/log.h"
#include "base/scope.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "provider.h"
#include "transcribe.h"
#include <stdlib.h>
#include <string.h>

#define HEAR_MS  7000
#define TEXT_MAX 4000 /* as of the network's own recognition */

struct hearing {
    unsigned serial;
    struct scope scope;
    const char *sid, *language, *hints;
    bool running, dropped;
    struct mailbox *mail;
    int event;
};

static void destroy(struct hearing *h)
{
    scope_fini(&h->scope);
    free(h);
}

void hearing_drop(struct hearing *h)
{
    if (!h)
        return;
    h->dropped = true;
    if (!h->running)
        destroy(h);
}

/* ---- its steps ---- */

static enum err await_words(struct hearing *h, const char **words)
{
    return await_transcribe_turn(&h->scope, h->sid, h->language, h->hints, words);
}

static void tell(struct hearing *h, const char *words)
{
    size_t n = words ? strnlen(words, TEXT_MAX) : 0;
    while (n == TEXT_MAX && n && ((unsigned char)words[n] & 0xc0) == 0x80)
        n--;
    struct understood *u = arena_alloc(h->scope.arena, sizeof *u + n + 1);
    u->serial = h->serial;
    u->failed = words == NULL;
    memcpy(u->text, words ? words : "", n);
    u->text[n] = 0;
    mailbox_post(h->mail, h->event, u, sizeof *u + n + 1);
}

static void await_hearing(void *arg)
{
    struct hearing *h = arg;
    const char *words = NULL;
    enum err e = await_words(h, &words);
    h->running = false;
    if (e)
        log_warn(&h->scope, "turn.not_transcribed", "error", err_name(e), "why",
                 h->scope.fault.message);
    if (h->dropped)
        destroy(h);
    else
        tell(h, e ? NULL : words);
}

/* ---- public ---- */

unsigned hearing_serial(const struct hearing *h)
{
    return h->serial;
}

bool hearing_possible(void)
{
    return !provider_open(ROLE_STT);
}

struct hearing *hearing_start(const char *recording_sid, const char *language, const char *hints,
                              struct mailbox *mail, int event)
{
    static unsigned serial;
    struct hearing *h = must(calloc(1, sizeof *h));
    h->serial = ++serial;
    scope_init(&h->scope, HEAR_MS);
    h->sid = arena_strdup(h->scope.arena, recording_sid);
    h->language = arena_strdup(h->scope.arena, language);
    h->hints = arena_strdup(h->scope.arena, hints);
    h->mail = mail;
    h->event = event;
    h->running = true;
    task_spawn("hearing", await_hearing, h);
    return h;
}
