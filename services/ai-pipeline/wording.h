/*
 * Dates and prices as people say them, in the languages of phrases.tbl.h: what a tool finds is given to
 * the model with words to say, so that it neither works out weekdays nor reads digits aloud.
 *
 *     wording_when(a, "de-DE", "2026-03-31T15:30")     "Dienstag, 31. März, um 15 Uhr 30"
 *     wording_price(a, "en-US", 1290000, "USD")        "1 million 290 thousand dollars"
 *
 * An unknown language is worded as English.
 */
#pragma once
#include "base/arena.h"

const char *wording_when(struct arena *a, const char *language, const char *local);
const char *wording_price(struct arena *a, const char *language, double amount,
                          const char *currency);

/* The object or array and all in it: "when" beside each "starts_at", "price_in_words" beside "price". */
struct js;
struct scope;
struct js *wording_added(struct scope *s, const char *language, const struct js *found);
