#include "reply.h"
#include "base/buf.h"
#include "base/die.h"
#include <stdlib.h>
#include <string.h>

#define CHARACTER_MS 90
#define TEXT_MAX     7500 /* what a stored turn may have, with room for multi-byte characters */

static const char *const thens[] = {[THEN_LISTEN] = "listen",
                                    [THEN_HANG_UP] = "hangup",
                                    [THEN_TRANSFER] = "transfer",
                                    [THEN_REJECT] = "reject"};

const char *then_word(enum then then)
{
    return thens[then];
}

enum then then_of(const char *word)
{
    enum then t = THEN_REJECT;
    while (t > THEN_LISTEN && strcmp(thens[t], word) != 0)
        t--;
    return t;
}

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

void reply_add_clip(struct reply *r, struct clip *yours)
{
    if (r->n == REPLY_PIECES || r->complete) {
        clip_destroy(yours);
        return;
    }
    r->direct = true;
    r->pieces[r->n++] = (struct piece){.text = must(strdup("")), .clip = yours};
}

void reply_add_words(struct reply *r, const char *text)
{
    struct piece *p = r->n ? &r->pieces[r->n - 1] : NULL;
    size_t had = p ? strlen(p->text) : 0, n = strlen(text);
    if (!p || had + n > TEXT_MAX)
        return;
    p->text = must(realloc(p->text, had + n + 1));
    memcpy(p->text + had, text, n + 1);
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
    *r = (struct reply){.serial = r->serial + 1};
}

enum clip_state piece_state(const struct piece *p)
{
    return p->aloud || !p->clip ? CLIP_FAILED : clip_state(p->clip);
}

/* Whole words of the part that ms of the piece's sound are. How long a sound gets that is still being made
 * nobody knows: people say a character in less. */
static size_t words_in(const struct piece *p, unsigned ms)
{
    size_t n = strlen(p->text);
    unsigned whole = piece_state(p) == CLIP_READY    ? clip_ms(p->clip)
                     : piece_state(p) == CLIP_MAKING ? (unsigned)n * CHARACTER_MS
                                                     : 0;
    size_t at = whole && ms < whole ? n * ms / whole : whole ? n : 0;
    while (at && at < n && p->text[at] != ' ')
        at--;
    return at;
}

void reply_heard(struct reply *r, int pieces, unsigned ms)
{
    for (int i = 0; i < r->given && i <= pieces; i++) {
        struct piece *p = &r->pieces[i];
        size_t n = i < pieces ? strlen(p->text) : words_in(p, ms);
        p->heard_n = n > p->heard_n ? n : p->heard_n;
    }
}

bool reply_may_be_cut(const struct reply *r, int pieces)
{
    for (int i = pieces; i < r->n; i++)
        if (r->pieces[i].disclosure)
            return false;
    return r->n && (!r->complete || r->then == THEN_LISTEN);
}

void reply_cut(struct reply *r)
{
    r->complete = true;
    r->then = THEN_LISTEN;
    r->cut = true;
}

const char *reply_text(struct arena *a, const struct reply *r, int from, int to, bool heard)
{
    struct buf b = buf_in(a, TEXT_MAX);
    for (int i = from; i < to; i++) {
        const struct piece *p = &r->pieces[i];
        size_t n = heard ? p->heard_n : strlen(p->text);
        if (b.n && n)
            buf_putc(&b, ' ');
        buf_put(&b, p->text, n);
    }
    return b.p;
}
