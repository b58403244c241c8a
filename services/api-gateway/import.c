#include "import.h"
#include "api.h"
#include "base/buf.h"
#include "io/csv.h"
#include "loop/task.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX     10000
#define ROWS_BYTES   (32u << 20) /* as JSON, every name in every row */
#define ERRORS_SHOWN 500
#define ROWS_AT_ONCE 100 /* between two looks at the loop: a few ms */

struct importing {
    struct req *r;
    const struct import *what;
    const void *basis;
    const struct import_column *columns[CSV_CELLS_MAX]; /* of the file's cells; NULL: passed over */
    size_t n_columns;
    struct buf rows; /* what the statement gets */
    struct js *errors;
    int n_rows, n_errors;
    bool dry_run, skip_errors;
};

static void free_rows(void *arg)
{
    buf_free(&((struct importing *)arg)->rows);
}

/* ---- the first row ---- */

/* "E-Mail Address" -> "e_mail_address" */
static void normalise(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        if (isalnum((unsigned char)*text))
            out[n++] = (char)tolower((unsigned char)*text);
        else if (n && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n && out[n - 1] == '_')
        n--;
    out[n] = 0;
}

static bool among(const char *names, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = names; *p; p += strcspn(p, " "), p += *p == ' ')
        if (n && strcspn(p, " ") == n && !strncmp(p, name, n))
            return true;
    return false;
}

static const struct import_column *column_of(const struct import *what, const char *cell)
{
    char name[64];
    normalise(cell, name, sizeof name);
    for (const struct import_column *c = what->columns; c->field; c++)
        if (among(c->names, name))
            return c;
    return NULL;
}

static bool has_column(const struct importing *im, const struct import_column *column)
{
    for (size_t i = 0; i < im->n_columns; i++)
        if (im->columns[i] == column)
            return true;
    return false;
}

static enum err read_header(struct importing *im, struct csv *csv)
{
    const struct csv_row *header;
    TRY(csv_next(csv, &header));
    if (!header)
        return fail(&im->r->scope, ERR_INVALID, "bad_csv", NULL, "the file is empty");
    im->n_columns = header->n;
    for (size_t i = 0; i < header->n; i++)
        im->columns[i] = column_of(im->what, header->cells[i]);
    for (const struct import_column *c = im->what->columns; c->field; c++)
        if (c->required && !has_column(im, c))
            return fail(&im->r->scope, ERR_UNPROCESSABLE, "missing_column", c->field,
                        "the first row must name the columns; this one is not there");
    return OK;
}

/* ---- cells ---- */

static enum err put_yes_no(struct scope *s, struct js *j, const char *field, const char *text)
{
    char word[16];
    normalise(text, word, sizeof word);
    bool yes = among("yes y true t 1 x", word);
    if (!yes && !among("no n false f 0", word))
        return fail(s, ERR_UNPROCESSABLE, NULL, field, "must be yes or no");
    js_set_bool(j, field, yes);
    return OK;
}

/* Digits, with or without commas between thousands, and decimals behind a point. */
static bool is_number(const char *text)
{
    size_t whole = strspn(text, "0123456789");
    const char *p = text + whole;
    bool fits = whole > 0 && (*p != ',' || whole <= 3);
    for (; fits && *p == ','; p += 4)
        fits = strspn(p + 1, "0123456789") == 3;
    if (fits && *p == '.')
        p += 1 + strspn(p + 1, "0123456789");
    return fits && !*p && p - text <= 20;
}

static enum err put_number(struct scope *s, struct js *j, const char *field, const char *text)
{
    char digits[24];
    size_t n = 0;
    if (!is_number(text))
        return fail(s, ERR_UNPROCESSABLE, NULL, field,
                    "must be a number such as 865000 or 865000.50");
    for (; *text; text++)
        if (*text != ',')
            digits[n++] = *text;
    digits[n] = 0;
    if (strchr(digits, '.') || n > 18)
        js_set_real(j, field, strtod(digits, NULL));
    else
        js_set_int(j, field, strtoll(digits, NULL, 10));
    return OK;
}

static enum err put_cell(struct scope *s, struct js *j, const struct import_column *c,
                         const char *text)
{
    switch (c->kind) {
    case IMPORT_NUMBER:
        return put_number(s, j, c->field, text);
    case IMPORT_YES_NO:
        return put_yes_no(s, j, c->field, text);
    case IMPORT_WORD: {
        char *word = arena_strdup(s->arena, text);
        for (char *p = word; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        js_set_text(j, c->field, word);
        return OK;
    }
    case IMPORT_TEXT:
        js_set_text(j, c->field, text);
    }
    return OK;
}

/* ---- rows ---- */

/* Of several columns that mean the same, the first with something in it counts. */
static enum err check_row(struct importing *im, struct scope *s, const struct csv_row *row)
{
    struct js *j = js_object(s);
    for (size_t i = 0; i < row->n && i < im->n_columns; i++) {
        const struct import_column *c = im->columns[i];
        if (c && *row->cells[i] && !js_get(j, c->field))
            TRY(put_cell(s, j, c, row->cells[i]));
    }
    TRY(im->what->check(s, im->basis, j));
    buf_puts(&im->rows, im->rows.n > 1 ? "," : "");
    buf_puts(&im->rows, js_dump(s, j));
    return OK;
}

static void note_error(struct importing *im, int row, enum err e, const struct fault *f)
{
    if (im->n_errors++ >= ERRORS_SHOWN)
        return;
    struct js *j = js_object(&im->r->scope);
    js_set_int(j, "row", row);
    js_set_text(j, "field", f->field[0] ? f->field : NULL);
    js_set_text(j, "code", f->code[0] ? f->code : err_code(e));
    js_set_text(j, "message", f->message);
    js_push(im->errors, j);
}

static enum err await_rows(struct importing *im, struct csv *csv)
{
    const struct csv_row *row;
    for (;;) {
        TRY(csv_next(csv, &row));
        if (!row)
            return OK;
        if (++im->n_rows > ROWS_MAX)
            return fail(&im->r->scope, ERR_TOO_BIG, "too_many_rows", NULL,
                        "at most %d rows at once", ROWS_MAX);
        struct scope s; /* a row's own: what it needs and why it is wrong */
        scope_init(&s, 0);
        enum err e = check_row(im, &s, row);
        if (e)
            note_error(im, row->number, e, &s.fault);
        scope_fini(&s);
        if (im->n_rows % ROWS_AT_ONCE == 0)
            await_sleep(0);
    }
}

/* ---- the whole ---- */

static enum err read_options(struct importing *im)
{
    static const char *const words[] = {"0", "1", NULL};
    struct form q;
    const char *dry, *skip;
    TRY(req_query(im->r, &q));
    TRY(api_word(im->r, &q, "dry_run", words, &dry));
    TRY(api_word(im->r, &q, "skip_errors", words, &skip));
    im->dry_run = dry && *dry == '1';
    im->skip_errors = skip && *skip == '1';
    return OK;
}

static enum err report(struct importing *im, bool stopped, long long fresh, long long imported,
                       const char *id)
{
    struct js *j = js_object(&im->r->scope), *error = js_object(&im->r->scope);
    if (stopped) {
        js_set_text(error, "code", "import_errors");
        js_set_text(error, "message", "nothing was imported: some rows have errors");
        js_set(j, "error", error);
    }
    js_set_bool(j, "dry_run", im->dry_run);
    js_set_int(j, "rows", im->n_rows);
    js_set_int(j, "imported", imported);
    js_set_text(j, "import_id", id);
    js_set_int(j, "importable", fresh);
    js_set_int(j, "duplicates", im->n_rows - im->n_errors - fresh);
    js_set_int(j, "errors_total", im->n_errors);
    js_set(j, "errors", im->errors);
    return api_reply(im->r, stopped ? 422 : 200, js_dump(&im->r->scope, j));
}

enum err await_import(struct req *r, const struct import *what, const void *basis)
{
    struct importing *im = arena_alloc(r->scope.arena, sizeof *im);
    struct rows *done;
    *im = (struct importing){.r = r, .what = what, .basis = basis, .rows = BUF(ROWS_BYTES)};
    arena_defer(r->scope.arena, free_rows, im);
    im->errors = js_array(&r->scope);
    TRY(read_options(im));
    struct csv *csv = csv_open(&r->scope, r->body, r->body_n);
    TRY(read_header(im, csv));
    buf_putc(&im->rows, '[');
    TRY(await_rows(im, csv));
    buf_putc(&im->rows, ']');
    if (im->rows.over)
        return fail(&r->scope, ERR_TOO_BIG, NULL, NULL, "the rows hold too much");
    bool stopped = im->n_errors && !im->skip_errors && !im->dry_run;
    TRY(await_db(&r->scope, what->statement, &done, api_who(r)->id, im->rows.p,
                 im->dry_run || stopped ? "false" : "true", r->client));
    return report(im, stopped, row_int(done, 0, "fresh"), row_int(done, 0, "imported"),
                  row(done, 0, "import_id"));
}
