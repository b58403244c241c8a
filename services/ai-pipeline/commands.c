#include "commands.h"
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define HEARD_MAX 160 /* longer is more than a command */

static const struct {
    enum command command;
    const char *language;
    int beyond;
    const char *phrase;
} commands[] = {
#define COMMAND(c, language, beyond, phrase) {COMMAND_##c, language, beyond, phrase},
#include "commands.tbl.h"
#undef COMMAND
};

/*
 * Lower case, single spaces, a space at both ends; punctuation and apostrophes gone, also the typographic
 * one. Capital letters beyond ASCII stay: speech recognition does not begin a word inside with one.
 */
static bool simplify(const char *text, char out[HEARD_MAX])
{
    size_t n = 0;
    out[n++] = ' ';
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (n + 2 >= HEARD_MAX)
            return false;
        if (strncmp(text, "\xe2\x80\x99", 3) == 0)
            text += 2;
        else if (isalnum(c) || c >= 0x80)
            out[n++] = (char)tolower(c);
        else if (c != '\'' && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    if (out[n - 1] != ' ')
        out[n++] = ' ';
    out[n] = 0;
    return true;
}

/* Words that say nothing: "Hello, can I please ..." */
static bool polite(const char *word, size_t n)
{
    static const char list[] =
        " hello hi hey can could may i id please just now want would like to a an the with you "
        "yes well okay ok so me hallo bitte ich kann möchte gern bonjour je puis peux voudrais "
        "vous plaît hola por favor quiero puedo buongiorno posso vorrei graag wil alstublieft ";
    char padded[32];
    if (n + 3 > sizeof padded)
        return false;
    snprintf(padded, sizeof padded, " %.*s ", (int)n, word);
    return strstr(list, padded) != NULL;
}

/* Words that mean something, of n bytes. */
static int weight(const char *p, size_t n)
{
    int found = 0;
    for (const char *end = p + n; p < end;) {
        size_t word = strcspn(p, " ");
        word = p + word > end ? (size_t)(end - p) : word;
        found += word && !polite(p, word);
        p += word + 1;
    }
    return found;
}

/* "don't stop calling" wants the opposite. */
static bool negated(const char *heard, const char *at)
{
    static const char *const words_before[] = {" dont", " not", " never"};
    for (size_t i = 0; i < sizeof words_before / sizeof *words_before; i++) {
        size_t n = strlen(words_before[i]);
        if ((size_t)(at - heard) >= n && memcmp(at - n, words_before[i], n) == 0)
            return true;
    }
    return false;
}

/* The phrase as whole words; NULL when it is not said. */
static const char *find(const char *heard, const char *phrase)
{
    size_t n = strlen(phrase);
    for (const char *at = strstr(heard, phrase); at; at = strstr(at + 1, phrase))
        if (at[-1] == ' ' && at[n] == ' ')
            return at - 1;
    return NULL;
}

static int beyond(const char *heard, const char *at, const char *phrase)
{
    const char *behind = at + 1 + strlen(phrase);
    return weight(heard, (size_t)(at - heard)) + weight(behind, strlen(behind));
}

enum command command_heard(const char *text, const char *language)
{
    char heard[HEARD_MAX];
    if (!simplify(text, heard))
        return COMMAND_NONE;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strncmp(language, commands[i].language, 2) != 0)
            continue;
        const char *at = find(heard, commands[i].phrase);
        if (at && beyond(heard, at, commands[i].phrase) <= commands[i].beyond &&
            !negated(heard, at))
            return commands[i].command;
    }
    return COMMAND_NONE;
}

enum command command_pressed(char key)
{
    switch (key) {
    case '0':
        return COMMAND_PERSON;
    case '9':
        return COMMAND_OPT_OUT;
    case '*':
        return COMMAND_REPEAT;
    }
    return COMMAND_NONE;
}
