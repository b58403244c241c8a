/*
 * Import of a CSV file: every row is checked by the same rules as a single POST, then one statement stores
 * them all. With any error nothing is stored, unless ?skip_errors=1; with ?dry_run=1 nothing is anyway.
 *
 *     static const struct import import = {COLUMNS, check_row, &SQL_contacts_import};
 *     return await_import(r, &import, &basis);
 *
 * The report: {rows, imported, importable, duplicates, errors_total, errors: [{row, field, code, message}]},
 * with status 422 and an `error` when errors stopped it. Rows are numbered as a spreadsheet does.
 */
#pragma once
#include "io/db.h"
#include "io/httpd.h"
#include "io/js.h"

struct import_column {
    const char *field;
    enum import_kind {
        IMPORT_TEXT,
        IMPORT_WORD,   /* in lower case */
        IMPORT_NUMBER, /* 1250, 1250.5, 1,250.50 */
        IMPORT_YES_NO,
    } kind;
    /* In the file's first row: lower case, _ for all that is no letter or digit. */
    const char *names;
    bool required; /* the column; the check says which values are */
};

struct import {
    const struct import_column *columns; /* ends with an empty one */
    /* Says what is wrong with a row, and makes it what the statement wants. */
    enum err (*check)(struct scope *s, const void *basis, struct js *row);
    const struct sql *statement; /* agent, rows, whether to import, address -> fresh, imported */
};

enum err await_import(struct req *r, const struct import *what, const void *basis) MUST_CHECK;
