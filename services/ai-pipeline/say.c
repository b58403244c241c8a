#include "say.h"
#include "agent.h"
#include "base/buf.h"
#include "base/die.h"
#include "conversation.h"
#include "splitter.h"
#include "spoken.h"
#include <stdlib.h>
#include <string.h>

#define TEXT_ARENA  (64u << 10)
#define WHISPER_MAX 2900 /* the message's bound, with some room */

void say(struct conversation *c, const char *text)
{
    reply_add(&c->reply, conversation_voice(c), text, &c->mail, EV_SOUND);
}

void say_phrase(struct conversation *c, enum phrase p)
{
    struct arena *a = arena_create(TEXT_ARENA);
    struct names who = conversation_names(c);
    say(c, phrase(a, p, conversation_language(c), &who));
    arena_destroy(a);
}

void say_then(struct conversation *c, enum then what)
{
    c->reply.complete = true;
    c->reply.then = what;
}

void say_and_listen(struct conversation *c, enum phrase p)
{
    say_phrase(c, p);
    say_then(c, THEN_LISTEN);
}

void say_goodbye(struct conversation *c, enum phrase p)
{
    say_phrase(c, p);
    say_then(c, THEN_HANG_UP);
}

static void add_piece(void *arg, const char *text, size_t n)
{
    char *piece = must(strndup(text, n));
    say(arg, piece);
    free(piece);
}

void say_pieces(struct conversation *c, const char *text)
{
    struct splitter s;
    splitter_init(&s, add_piece, c);
    splitter_feed(&s, text, strlen(text));
    splitter_end(&s);
    splitter_fini(&s);
}

void say_message_offer(struct conversation *c, enum phrase p)
{
    c->wants_message = true; /* if the model is down, it is taken for one */
    say_and_listen(c, p);
}

void say_put_through(struct conversation *c, const char *about)
{
    free(c->about);
    c->about = about ? must(strdup(about)) : NULL;
    if (!c->agent->transfer_to) {
        say_message_offer(c, PHRASE_NO_TRANSFER);
        return;
    }
    if (c->reply.n == 0)
        say_phrase(c, PHRASE_CONNECTING);
    say_then(c, THEN_TRANSFER);
}

/* A number is read digit by digit. */
static const char *digits(struct arena *a, const char *number)
{
    struct buf b = buf_in(a, 128);
    for (; *number && b.n < 100; number++)
        if (*number >= '0' && *number <= '9')
            buf_printf(&b, "%s%c", b.n ? " " : "", *number);
    return b.n ? b.p : "?";
}

const char *say_whisper(struct arena *a, const struct conversation *c)
{
    struct names who = conversation_names(c);
    const char *language = conversation_language(c);
    if (!who.contact || !*who.contact)
        who.contact = digits(a, conversation_far(c));
    struct buf b = buf_in(a, WHISPER_MAX);
    buf_puts(&b, phrase(a, PHRASE_WHISPER, language, &who));
    if (c->about)
        buf_printf(&b, " %s %s", phrase(a, PHRASE_WHISPER_ABOUT, language, &who),
                   spoken(a, c->about, strlen(c->about)));
    if (c->agent->transfer_confirm)
        buf_printf(&b, " %s", phrase(a, PHRASE_WHISPER_KEY, language, &who));
    return b.p;
}
