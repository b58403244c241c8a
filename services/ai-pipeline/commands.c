#include "commands.h"
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define HEARD_MAX 200 /* longer is more than a command */

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

/* Words by language, a space at both ends. */
static const struct words {
    const char *language;
    const char *no;    /* begins a refusal */
    const char * not ; /* turns its clause round */
    const char *polite;
} words[] = {
    {"en", " no nope nah dont not stop wait never cancel ",
     " not dont never without doesnt didnt wont ",
     " hello hi hey can could may i id please just now want would like to a an the with you yes "
     "well "
     "okay ok so me and no hm um uh sorry thanks thank "},
    {"de", " nein nee ne nicht noch stop stopp halt moment niemals ",
     " nicht nie niemals kein keine keinen keinem ohne ",
     " hallo guten tag bitte ich kann konnte konnen sie mochte will wurde gern gerne mal jetzt ja "
     "also "
     "mich das und nein danke ok okay entschuldigung "},
    {"fr", " non pas nan attendez jamais ", " ne n pas jamais sans ",
     " bonjour allo je puis peux pourrais voudrais veux vous pouvez pourriez sil te plait svp oui "
     "alors "
     "maintenant me cela ca et non merci bien "},
    {"es", " no nunca espere ", " no nunca jamas sin tampoco ",
     " hola buenos dias por favor yo quiero quisiera puedo podria me gustaria ahora si pues y lo "
     "eso "
     "gracias "},
    {"it", " no non mai aspetti ", " non mai senza ",
     " buongiorno pronto salve per favore posso vorrei voglio potrei potrebbe ora adesso si allora "
     "lo "
     "mi e no grazie "},
    {"nl", " nee neen niet nooit wacht ", " niet nooit geen zonder ",
     " hallo goedemorgen goedemiddag graag ik wil kan kunt zou willen u alstublieft aub nu ja dus "
     "dat "
     "het en nee bedankt "},
};

static const struct words *words_of(const char *language)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(language, words[i].language, 2) == 0)
            return &words[i];
    return &words[0];
}

/* ---- what was heard, made plain ---- */

/* Words with single spaces between, a space at both ends; clause[i]: a new clause begins at i. */
struct plain {
    char text[HEARD_MAX];
    bool clause[HEARD_MAX];
    size_t n;
};

static void put(struct plain *p, char c)
{
    if (c != ' ' || p->text[p->n - 1] != ' ')
        p->text[p->n++] = c;
}

/* A letter of the Latin-1 block without its accent, lower case; 0: it is none. */
static char unaccented(unsigned char second)
{
    static const char letters[] =
        "aaaaaaaceeeeiiiidnooooo ouuuuypsaaaaaaaceeeeiiiidnooooo ouuuuypy";
    return second >= 0x80 && second < 0xc0 ? letters[second - 0x80] : 0;
}

/* False: too long for a command. Apostrophes go, also the typographic one; other punctuation parts words. */
static bool make_plain(const char *text, struct plain *p)
{
    *p = (struct plain){.text = " ", .clause = {true}, .n = 1};
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (p->n + 2 >= HEARD_MAX)
            return false;
        if (strncmp(text, "\xe2\x80\x99", 3) == 0) {
            text += 2;
        } else if (c == 0xc3 && unaccented((unsigned char)text[1])) {
            put(p, unaccented((unsigned char)*++text));
        } else if (c == 0xc2 && text[1]) {
            text++;
            put(p, ' ');
        } else if (isalnum(c) || c >= 0x80) {
            put(p, (char)tolower(c));
        } else if (c != '\'') {
            put(p, ' ');
            p->clause[p->n - 1] |= strchr(",.;:!?", c) != NULL;
        }
    }
    put(p, ' ');
    p->text[p->n] = 0;
    return true;
}

/* ---- words in it ---- */

/* Whether the word of n bytes is in a list that has a space at both ends. */
static bool listed(const char *list, const char *word, size_t n)
{
    char padded[40];
    if (n + 3 > sizeof padded)
        return false;
    snprintf(padded, sizeof padded, " %.*s ", (int)n, word);
    return strstr(list, padded) != NULL;
}

/* Words from..to that are not in the list (or, `in`, that are). */
static int count(const struct plain *p, size_t from, size_t to, const char *list, bool in)
{
    int found = 0;
    for (size_t i = from; i < to;) {
        size_t n = strcspn(p->text + i, " ");
        found += n && i + n <= to && listed(list, p->text + i, n) == in;
        i += n + 1;
    }
    return found;
}

/* The phrase, as whole words; NULL when it is not said. */
static const char *find(const struct plain *p, const char *phrase)
{
    size_t n = strlen(phrase);
    for (const char *at = strstr(p->text, phrase); at; at = strstr(at + 1, phrase))
        if (at > p->text && at[-1] == ' ' && at[n] == ' ')
            return at;
    return NULL;
}

/* "don't stop calling" and "verbinden Sie mich nicht" want the opposite; "no, stop calling" does not. */
static bool negated(const struct plain *p, size_t from, size_t to, const struct words *w)
{
    size_t begin = from, end = to;
    while (begin && !p->clause[begin - 1])
        begin--;
    while (end < p->n && !p->clause[end])
        end++;
    return count(p, begin, from, w->not, true) + count(p, to, end, w->not, true) > 0;
}

static bool said(const struct plain *p, const struct words *w, const char *phrase, int beyond)
{
    const char *at = find(p, phrase);
    if (!at)
        return false;
    size_t from = (size_t)(at - p->text), to = from + strlen(phrase);
    int more = count(p, 0, from, w->polite, false) + count(p, to, p->n, w->polite, false);
    return more <= beyond && !negated(p, from, to, w);
}

/* ---- public ---- */

enum command command_heard(const char *text, const char *language)
{
    struct plain p;
    if (!make_plain(text, &p))
        return COMMAND_NONE;
    const struct words *w = words_of(language);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(w->language, commands[i].language) == 0 &&
            said(&p, w, commands[i].phrase, commands[i].beyond))
            return commands[i].command;
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

bool command_is_no(const char *text, const char *language)
{
    struct plain p;
    char start[HEARD_MAX];
    snprintf(start, sizeof start, "%.60s",
             text); /* of a longer one, too, only the first word counts */
    return make_plain(start, &p) &&
           listed(words_of(language)->no, p.text + 1, strcspn(p.text + 1, " "));
}

bool command_said(const char *text, const char *language, const char *phrase, int beyond)
{
    struct plain p, wanted;
    if (!make_plain(text, &p) || !make_plain(phrase, &wanted) || wanted.n < 3)
        return false;
    wanted.text[wanted.n - 1] = 0;
    return said(&p, words_of(language), wanted.text + 1, beyond);
}
