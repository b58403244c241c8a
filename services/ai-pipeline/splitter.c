#include "splitter.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define CLAUSE_MIN 24 /* bytes of the first piece before a comma may end it */
#define PIECE_MIN  16 /* shorter sentences travel with the next one */

enum verdict { GO_ON, CUT, NEED_MORE };

/* Always followed by the rest of a name or a number. */
static const char *const never_last[] = {
    "mr",   "mrs",  "ms",   "dr",    "prof", "vs",   "e.g",  "i.e",   "approx",
    "apt",  "z.b",  "d.h",  "u.a",   "nr",   "bzw",  "ca",   "ggf",   "evtl",
    "inkl", "zzgl", "bspw", "vgl",   "mme",  "mlle", "env",  "bd",    "boul",
    "ee",   "sr",   "sra",  "srta",  "ud",   "uds",  "avda", "aprox", "n\xc3\xbam",
    "sig",  "dott", "ing",  "geom",  "hr",   "hrn",  "fr",   "v.le",  "p.zza",
    "dhr",  "mevr", "bijv", "d.w.z", "ong",  NULL};
/* May end a sentence: a capital letter alone behind them does not tell. */
static const char *const maybe_last[] = {"st",  "ave", "blvd", "rd",  "ln",  "hwy", "pl",
                                         "ct",  "etc", "inc",  "ltd", "co",  "jr",  "a.m",
                                         "p.m", "u.s", "sq",   "ft",  "usw", "str", NULL};
/* Words that begin a sentence much more often than a name. */
static const char *const openers[] = {
    "it",    "it's",   "the",   "there", "there's", "this",  "that",   "these", "i",
    "i'm",   "i'll",   "i've",  "i'd",   "we",      "we'll", "we're",  "you",   "your",
    "would", "is",     "are",   "do",    "does",    "shall", "should", "can",   "could",
    "and",   "but",    "so",    "a",     "an",      "they",  "he",     "she",   "what",
    "when",  "where",  "which", "who",   "how",     "if",    "let",    "for",   "please",
    "thank", "thanks", "is",    "our",   "both",    "also",  "all",    "es",    "sie",
    "ich",   "wir",    "das",   "die",   "der",     "le",    "la",     "les",   "il",
    "elle",  "nous",   "vous",  "je",    "c'est",   "el",    "los",    "las",   "hay",
    "lo",    "gli",    "ha",    "het",   "een",     "de",    "dat",    "wij",   NULL};

static bool listed(const char *const *list, const char *word, size_t n)
{
    for (; *list; list++)
        if (strlen(*list) == n && strncasecmp(*list, word, n) == 0)
            return true;
    return false;
}

static bool blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '\'' || c == '.' || (unsigned char)c >= 0x80;
}

/* The word that ends before position i, its inner full stops included: "p.m" of "3 p.m." */
static const char *word_before(const char *text, size_t i, size_t *n)
{
    size_t from = i;
    while (from && in_word(text[from - 1]))
        from--;
    *n = i - from;
    return text + from;
}

static bool initial(const char *word, size_t n)
{
    return isupper((unsigned char)word[n - 1]) && (n == 1 || word[n - 2] == '.') &&
           !(n == 1 && *word == 'I');
}

static bool number(const char *word, size_t n)
{
    return n && strspn(word, "0123456789") >= n;
}

/* What a full stop at i means, given what stands at `next` behind the blanks. */
static enum verdict judge_stop(const char *text, size_t i, const char *next, bool whole)
{
    size_t n, len = strcspn(next, " \n\t\r,.!?;:");
    const char *word = word_before(text, i, &n);
    bool known = whole || next[len]; /* the next word is all there */
    if (n && word[n - 1] == '.')     /* an ellipsis: what follows tells */
        return islower((unsigned char)*next) ? GO_ON : CUT;
    if (n == 0)
        return CUT;
    if (n == 1 && islower((unsigned char)*word)) /* "z. B.", "u. a." */
        return GO_ON;
    if (n == 2 && strncasecmp(word, "no", 2) == 0)
        return isdigit((unsigned char)*next) ? GO_ON : CUT;
    if (number(word, n) && word == text) /* "1. The house" */
        return GO_ON;
    if (listed(never_last, word, n))
        return GO_ON;
    bool ordinal = number(word, n) && n <= 2; /* "am 3. Mai" */
    if (!ordinal && !initial(word, n) && !listed(maybe_last, word, n))
        return CUT;
    if (!isupper((unsigned char)*next))
        return GO_ON;
    if (!known)
        return NEED_MORE;
    return listed(openers, next, len) ? CUT : GO_ON;
}

static size_t closers(const char *p)
{
    return strspn(p, "\"')]!?.");
}

/* Does the mark at i end a piece? *end is behind the marks that belong to it. */
static enum verdict judge(const struct splitter *s, size_t i, bool whole, size_t *end)
{
    const char *text = s->text.p;
    char c = text[i];
    *end = i + 1;
    if (c == '\n')
        return CUT;
    bool clause = (c == ',' || c == ';' || c == ':') && !s->begun && i >= CLAUSE_MIN;
    if (!clause && c != '.' && c != '!' && c != '?')
        return GO_ON;
    if (!clause)
        *end += closers(text + *end);
    if (!text[*end])
        return whole ? CUT : NEED_MORE;
    if (!blank(text[*end]))
        return GO_ON;
    size_t next = *end + strspn(text + *end, " \n\t\r");
    if (!text[next])
        return whole ? CUT : NEED_MORE;
    if (clause || memchr(text + i, '!', *end - i) || memchr(text + i, '?', *end - i))
        return CUT;
    return judge_stop(text, *end - 1, text + next, whole);
}

static void hand_on(struct splitter *s, size_t n)
{
    size_t from = strspn(s->text.p, " \n\t\r"), to = n;
    while (to > from && blank(s->text.p[to - 1]))
        to--;
    if (to > from) {
        s->begun = true;
        s->on_piece(s->arg, s->text.p + from, to - from);
    }
    buf_skip(&s->text, n);
}

/* No mark for too long: at the last comma, else the last blank, else the last whole character. */
static size_t forced_end(const char *text)
{
    size_t at = 0;
    for (size_t i = 1; i < SPLITTER_PIECE_MAX; i++)
        if (blank(text[i]) && (!at || strchr(",;:", text[i - 1]) || !strchr(",;:", text[at - 1])))
            at = i;
    if (at)
        return at;
    for (at = SPLITTER_PIECE_MAX; at && ((unsigned char)text[at] & 0xc0) == 0x80;)
        at--;
    return at ? at : SPLITTER_PIECE_MAX;
}

/* Where the first piece ends; 0: not known yet. */
static size_t piece_end(const struct splitter *s, bool whole)
{
    size_t end;
    for (size_t i = 0; i < s->text.n && i < SPLITTER_PIECE_MAX; i++) {
        enum verdict v = judge(s, i, whole, &end);
        if (v == NEED_MORE)
            break;
        if (v == CUT && (end >= PIECE_MIN || s->text.p[i] == '\n' || !s->begun))
            return end < SPLITTER_PIECE_MAX ? end : forced_end(s->text.p);
        if (v == CUT)
            i = end - 1;
    }
    return s->text.n > SPLITTER_PIECE_MAX ? forced_end(s->text.p) : 0;
}

static void cut(struct splitter *s, bool whole)
{
    for (size_t end; s->text.n && (end = piece_end(s, whole)) != 0;)
        hand_on(s, end);
}

void splitter_init(struct splitter *s, splitter_piece *on_piece, void *arg)
{
    *s = (struct splitter){.text = BUF(SPLITTER_TOTAL_MAX + 1), .on_piece = on_piece, .arg = arg};
}

void splitter_feed(struct splitter *s, const char *text, size_t n)
{
    if (n > SPLITTER_TOTAL_MAX - s->total)
        n = SPLITTER_TOTAL_MAX - s->total;
    s->total += n;
    buf_put(&s->text, text, n);
    cut(s, false);
}

void splitter_end(struct splitter *s)
{
    cut(s, true);
    if (s->text.n)
        hand_on(s, s->text.n);
}

void splitter_fini(struct splitter *s)
{
    buf_free(&s->text);
}
