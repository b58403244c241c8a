#include "reply.h"
#include "base/buf.h"
#include "base/die.h"
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 7500 /* what a stored turn may have, with room for multi-byte characters */

bool reply_add(struct reply *r, const struct voice *v, const char *text, struct mailbox *mail,
               int event)
{
    if (r->n == REPLY_PIECES || r->complete)
        return false;
    r->pieces[r->n++] = (struct piece){
        .text = must(strdup(text)),
        .clip = v ? clip_create(v, text, mail, event) : NULL,
    };
    return true;
}

static void drop(struct reply *r, int from)
{
    for (int i = from; i < r->n; i++) {
        clip_destroy(r->pieces[i].clip);
        free(r->pieces[i].text);
    }
    r->n = from;
}

void reply_drop_ungiven(struct reply *r)
{
    drop(r, r->given);
}

void reply_clear(struct reply *r)
{
    drop(r, 0);
    *r = (struct reply){0};
}

enum clip_state piece_state(const struct piece *p)
{
    return p->aloud || !p->clip ? CLIP_FAILED : clip_state(p->clip);
}

void reply_heard(struct reply *r, bool caller_acted)
{
    for (int i = 0; i < r->n; i++) {
        struct piece *p = &r->pieces[i];
        p->heard |= i < r->given && (caller_acted || (p->clip && clip_fetched(p->clip)));
    }
}

bool reply_fetched(const struct reply *r)
{
    for (int i = 0; i < r->given; i++)
        if (piece_state(&r->pieces[i]) == CLIP_READY && !clip_fetched(r->pieces[i].clip))
            return false;
    return true;
}

const char *reply_text(struct arena *a, const struct reply *r, int from, int to, bool heard)
{
    struct buf b = buf_in(a, TEXT_MAX);
    for (int i = from; i < to; i++) {
        if (heard && !r->pieces[i].heard)
            continue;
        if (b.n)
            buf_putc(&b, ' ');
        buf_puts(&b, r->pieces[i].text);
    }
    return b.p;
}
