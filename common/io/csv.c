#include "io/csv.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include <csv.h>
#include <string.h>

#define BOM "\xef\xbb\xbf"

struct csv {
    struct scope *scope;
    const char *at, *end;
    struct csv_parser parser;
    struct buf text; /* of the row's cells, each with its NUL */
    size_t starts[CSV_CELLS_MAX];
    const char *cells[CSV_CELLS_MAX];
    struct csv_row row;
    int line; /* as a spreadsheet counts */
    bool complete, finished;
};

static void destroy(void *arg)
{
    struct csv *c = arg;
    csv_free(&c->parser);
    buf_free(&c->text);
}

static enum err bad(struct csv *c, const char *why)
{
    return fail(c->scope, ERR_INVALID, "bad_csv", NULL, "row %d: %s", c->line, why);
}

/* ---- the parser's callbacks ---- */

static void on_cell(void *p, size_t n, void *arg)
{
    struct csv *c = arg;
    if (c->row.n < CSV_CELLS_MAX)
        c->starts[c->row.n] = c->text.n;
    c->row.n++;
    if (n)
        buf_put(&c->text, p, n);
    buf_putc(&c->text, 0);
}

static void on_row(int terminator, void *arg)
{
    (void)terminator;
    ((struct csv *)arg)->complete = true;
}

/* ---- one row ---- */

/* To the end of the line: the parser gets no more at once, so that it never completes two rows. */
static size_t line_length(const char *p, const char *end)
{
    size_t n = 0, most = (size_t)(end - p);
    while (n < most && p[n] != '\n' && p[n] != '\r')
        n++;
    n += n + 1 < most && p[n] == '\r' && p[n + 1] == '\n';
    return n + (n < most);
}

static enum err feed(struct csv *c)
{
    size_t n = line_length(c->at, c->end);
    bool begins = !c->parser.quoted; /* else a quoted cell goes on in this line */
    c->line += begins;
    if (memchr(c->at, 0, n))
        return bad(c, "there is a NUL in it");
    if (csv_parse(&c->parser, c->at, n, on_cell, on_row, c) != n)
        return bad(c, "a quote in the middle of a cell; inside quotes it is written twice");
    c->at += n;
    return OK;
}

/* The last line may lack its end. */
static enum err finish(struct csv *c)
{
    c->finished = true;
    if (csv_fini(&c->parser, on_cell, on_row, c))
        return bad(c, "a quoted cell does not end");
    return OK;
}

static bool is_utf8(const char *text)
{
    while (*text)
        if (utf8_next(&text) == UTF8_BAD)
            return false;
    return true;
}

static enum err take_row(struct csv *c, bool *blank)
{
    *blank = true;
    if (c->row.n > CSV_CELLS_MAX)
        return bad(c, "too many cells");
    for (size_t i = 0; i < c->row.n; i++) {
        c->cells[i] = c->text.p + c->starts[i];
        if (!is_utf8(c->cells[i]))
            return bad(c, "is not UTF-8; save the file as CSV UTF-8");
        *blank &= !*c->cells[i];
    }
    return OK;
}

static enum err read_row(struct csv *c)
{
    c->row.n = 0;
    c->complete = false;
    buf_reset(&c->text);
    while (c->at < c->end && !c->complete)
        TRY(feed(c));
    return c->complete || c->finished ? OK : finish(c);
}

/* ---- public ---- */

static unsigned char separator(const char *text, const char *end)
{
    static const char candidates[] = ",;\t";
    size_t counts[sizeof candidates] = {0}, best = 0;
    const char *line_end = text + line_length(text, end);
    bool quoted = false;
    for (const char *p = text; p < line_end; p++) {
        const char *hit = *p ? strchr(candidates, *p) : NULL;
        quoted ^= *p == '"';
        if (hit && !quoted)
            counts[hit - candidates]++;
    }
    for (size_t i = 1; candidates[i]; i++)
        if (counts[i] > counts[best])
            best = i;
    return (unsigned char)candidates[best];
}

/* A tab is a space to the parser; where it separates it must not be. */
static int is_blank(unsigned char c)
{
    return c == ' ';
}

struct csv *csv_open(struct scope *s, const char *text, size_t n)
{
    struct csv *c = arena_alloc(s->arena, sizeof *c);
    size_t bom = strlen(BOM);
    CHECK(csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI) == 0);
    arena_defer(s->arena, destroy, c);
    c->scope = s;
    c->end = text + n;
    c->at = n >= bom && !memcmp(text, BOM, bom) ? text + bom : text;
    /* A cell takes its bytes and a NUL; a separator stood there, or the end. */
    c->text = BUF(2 * n + 2);
    c->row.cells = c->cells;
    csv_set_delim(&c->parser, separator(c->at, c->end));
    csv_set_space_func(&c->parser, is_blank);
    return c;
}

enum err csv_next(struct csv *c, const struct csv_row **row)
{
    bool blank;
    *row = NULL;
    do {
        TRY(read_row(c));
        if (!c->complete)
            return OK;
        c->row.number = c->line;
        TRY(take_row(c, &blank));
    } while (blank);
    *row = &c->row;
    return OK;
}
