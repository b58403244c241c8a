/*
 * Cuts a model's words, as they stream in, into pieces that can be spoken one after another:
 * sentences, and for the first piece already a clause, so that speaking can start early.
 *
 *     struct splitter s;
 *     splitter_init(&s, on_piece, self);
 *     splitter_feed(&s, text, n);            on_piece() as soon as a piece is surely complete
 *     splitter_end(&s);                      hands on what is left
 *     splitter_fini(&s);
 *
 * "Mr. Lee", "12 Oak St. in Austin", "No. 5", "e.g.", "J. F. Kay", "2.5" and "$1,250,000.50" are not
 * cut. Pieces are at most SPLITTER_PIECE_MAX bytes and never end inside a character; after
 * SPLITTER_TOTAL_MAX bytes the rest is dropped.
 */
#pragma once
#include "base/buf.h"
#include <stdbool.h>

#define SPLITTER_PIECE_MAX 400
#define SPLITTER_TOTAL_MAX 4000

typedef void splitter_piece(void *arg, const char *text,
                            size_t n); /* borrowed, not NUL-terminated */

struct splitter {
    struct buf text; /* not handed on yet */
    size_t total;
    bool begun; /* the first piece is out */
    splitter_piece *on_piece;
    void *arg;
};

void splitter_init(struct splitter *s, splitter_piece *on_piece, void *arg);
void splitter_feed(struct splitter *s, const char *text, size_t n);
void splitter_end(struct splitter *s);
void splitter_fini(struct splitter *s);
