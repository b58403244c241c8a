#include "rehearsal.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/log.h"
#include "conversation.h"
#include "io/crypto.h"
#include "pass.h"
#include "stream.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX (32u << 10)
#define NOBODY      "+12025550100" /* who rings is nobody: a number that is never given out */

/* ---- to the page ---- */

static void tell(struct conversation *c, const char *event, const char *const *members)
{
    struct buf b = BUF(MESSAGE_MAX);
    buf_printf(&b, "{\"event\":\"%s\"", event);
    for (; *members; members += 2) {
        buf_printf(&b, ",\"%s\":", members[0]);
        buf_put_json(&b, members[1]);
    }
    buf_putc(&b, '}');
    if (c->page && !b.over)
        media_send_text(c->page, b.p, b.n);
    buf_free(&b);
}

void rehearsal_said(struct conversation *c, const char *who, const char *text)
{
    if (c->rehearsal)
        tell(c, "said", (const char *const[]){"who", who, "text", text, NULL});
}

void rehearsal_tool(struct conversation *c, const char *name, const char *arguments,
                    const char *result)
{
    if (c->rehearsal)
        tell(c, "tool",
             (const char *const[]){"name", name, "arguments", arguments, "result", result, NULL});
}

void rehearsal_over(struct conversation *c, const char *why)
{
    if (c->over)
        return;
    tell(c, "end", (const char *const[]){"why", why, NULL});
    c->over = true;
    mailbox_post(&c->mail, EV_HUNG_UP, NULL, 0); /* or its task would wait on */
}

/* ---- the front of one in writing ---- */

static void on_taken(struct conversation *c)
{
    (void)c;
}

static void on_moved(struct conversation *c)
{
    struct reply *r = &c->reply;
    for (; r->given < r->n; r->given++)
        rehearsal_said(c, "agent", r->pieces[r->given].text);
    if (r->complete && r->then != THEN_LISTEN)
        rehearsal_over(c, r->then == THEN_TRANSFER ? "transfer" : "hang up");
}

static uint64_t on_wake(const struct conversation *c)
{
    (void)c;
    return UINT64_MAX;
}

/* Who reads has read it all. */
static void on_heard(struct conversation *c, bool acted)
{
    (void)acted;
    reply_heard(&c->reply, c->reply.given, 0);
}

static void on_stop(struct conversation *c)
{
    (void)c;
}

static bool on_played(const struct conversation *c)
{
    (void)c;
    return true;
}

static void on_ended(struct conversation *c)
{
    media_end(c->page);
}

static const struct front in_writing = {on_taken, on_moved,  on_wake, on_heard,
                                        on_stop,  on_played, on_ended};

void rehearsal_text(struct conversation *c, const char *text)
{
    size_t n = strlen(text) + 1, size = sizeof(struct heard) + n;
    struct heard *h = must(calloc(1, size));
    h->confidence = -1;
    memcpy(h->text, text, n);
    if (*text)
        mailbox_post(&c->mail, EV_HEARD, h, size);
    free(h);
}

void rehearsal_lost(struct conversation *c)
{
    c->page = NULL;
    rehearsal_over(c, "");
}

/* ---- its begin ---- */

struct conversation *rehearsal_begin(struct media *m, const char *token, struct stream **stream)
{
    struct invitation in;
    char sid[SID_TEXT];
    uint8_t random[15];
    if (conversation_leaving() || !pass_take_invitation(token, &in))
        return NULL;
    random_bytes(random, sizeof random);
    memcpy(sid, "TALK", 4);
    hex_encode(random, sizeof random, sid + 4);
    bool spoken = strcmp(in.mode, "voice") == 0;
    struct conversation *c = conversation_open(
        &(struct arrival){.sid = sid, .from = NOBODY, .to = ""}, &in_writing, NULL);
    if (!c)
        return NULL;
    c->rehearsal = must(strdup(in.tenant));
    c->in_writing = !spoken;
    c->page = m;
    *stream = spoken ? stream_rehearse(c, m) : NULL;
    log_info(NULL, "rehearsal.begun", "tenant", in.tenant, "mode", in.mode);
    mailbox_post(&c->mail, EV_ARRIVED, NULL, 0);
    return c;
}
