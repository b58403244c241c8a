/*
 * How our lines speak, as far as their last answers told: for words that must be said without the
 * pipeline. A bounded memory; a line that is not in it speaks English.
 *
 *     lines_note(to, &answer);
 *     struct line l = lines_find(to);              l.words->first
 */
#pragma once

struct waiting {
    const char *language; /* its first two letters */
    const char *disclosure, *first, *again;
};
struct line {
    /* for <Say>; NULL: the network's default. Borrowed until the next note */
    const char *language, *voice, *rate;
    const struct waiting *words;
};

struct turn_answer;
void lines_note(const char *number, const struct turn_answer *a);
struct line lines_find(const char *number);
