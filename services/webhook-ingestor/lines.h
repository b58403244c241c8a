/*
 * How our lines speak, as far as their last answers told: for words that must be said without the
 * pipeline. A bounded memory; a line that is not in it speaks English.
 *
 *     lines_note(to, answer.language, answer.voice);
 *     struct line l = lines_find(to);              l.words->first
 */
#pragma once

struct waiting {
    const char *language; /* its first two letters */
    const char *disclosure, *first, *again;
};
struct line {
    const char *language,
        *voice; /* for <Say>; NULL: the network's default. Borrowed until the next note */
    const struct waiting *words;
};

void lines_note(const char *number, const char *language, const char *voice);
struct line lines_find(const char *number);
