/*
 * Texts compared by their words: lower case, without punctuation, as people say them.
 *
 *     words_plain(a, "It's 3, Elm St.")              "its 3 elm st"
 *     words_in("elm st", "its 3 elm st")             whole words, in a row
 *     words_shared("elm road", "its 3 elm st")       0.5: how many of the first are in the second
 */
#pragma once
#include "base/arena.h"
#include <stdbool.h>

const char *words_plain(struct arena *a, const char *text);
bool words_in(const char *few, const char *many);
double words_shared(const char *few, const char *many);
