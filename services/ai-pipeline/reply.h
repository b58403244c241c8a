/*
 * What the caller is to hear in answer to one event: pieces in order, each with its clip, then what
 * follows. It grows while it is being given; it is whole once `complete`.
 */
#pragma once
#include "speech.h"
#include "base/arena.h"
#include <stdbool.h>

#define REPLY_PIECES 48

enum then { THEN_LISTEN, THEN_HANG_UP, THEN_TRANSFER, THEN_REJECT };

struct piece {
    char *text;
    struct clip *clip; /* NULL: to be said by other means */
    bool disclosure;   /* not to be talked over, and recording begins after it */
    bool aloud;        /* do not wait for the clip: say it by other means */
    size_t heard_n;    /* bytes of the text that were surely heard */
};

struct reply {
    struct piece pieces[REPLY_PIECES];
    int n, given;       /* pieces; so many have been taken by the front */
    int told;           /* so many are in the history already, said before a tool was used */
    unsigned serial;    /* another number for each reply */
    bool complete, cut; /* cut: the caller has talked over it */
    bool direct;        /* said by the model that speaks itself */
    enum then then;
};

/* In messages. */
const char *then_word(enum then then);
enum then then_of(const char *word);

/* voice NULL: without clips. False when it is full; mail gets `event` when a clip is ready. */
bool reply_add(struct reply *r, const struct voice *v, const char *text, struct mailbox *mail,
               int event);
/* What is said by itself already: its sound, with words that come along. */
void reply_add_clip(struct reply *r, struct clip *yours);
void reply_add_words(struct reply *r, const char *text);
void reply_drop_ungiven(struct reply *r);
void reply_clear(struct reply *r);
enum clip_state piece_state(const struct piece *p);
/* The first pieces were heard, and so many ms of the next one: cut at a word. */
void reply_heard(struct reply *r, int pieces, unsigned ms);
bool reply_may_be_cut(const struct reply *r,
                      int pieces); /* no disclosure, no last words behind them */
void reply_cut(struct reply *r);   /* interrupted: says no more, listens */
/* The pieces of from..to as one text; heard: only what was. */
const char *reply_text(struct arena *a, const struct reply *r, int from, int to, bool heard);
