#include "commands.h"
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
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

static int words(const char *p)
{
    int n = 0;
    for (; *p; p++)
        n += *p == ' ';
    return n;
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

enum command command_heard(const char *text, const char *language)
{
    char heard[HEARD_MAX];
    if (!simplify(text, heard))
        return COMMAND_NONE;
    int said = words(heard) - 1;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strncmp(language, commands[i].language, 2) != 0)
            continue;
        const char *at = find(heard, commands[i].phrase);
        int own = words(commands[i].phrase) + 1;
        if (at && said - own <= commands[i].beyond && !negated(heard, at))
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
