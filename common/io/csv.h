/*
 * CSV (libcsv), as spreadsheets write it: commas, semicolons or tabs, quoted cells, any line ends, UTF-8
 * with or without a byte order mark.
 *
 *     struct csv *c = csv_open(s, r->body, r->body_n);
 *     const struct csv_row *row;
 *     for (;;) {
 *         TRY(csv_next(c, &row));
 *         if (!row)
 *             break;
 *         ... row->cells[0] ...               good until the next csv_next()
 *     }
 *
 * The first line tells the separator: whichever is in it most often. Spaces around a cell are dropped, and
 * rows with nothing in them are passed over. What is not CSV or not UTF-8 is ERR_INVALID, code bad_csv, and
 * the message tells the row. Only the row at hand is in memory.
 */
#pragma once
#include "base/scope.h"
#include <stddef.h>

#define CSV_CELLS_MAX 100 /* in one row */

struct csv;
struct csv_row {
    int number; /* as a spreadsheet counts: the first line is 1, empty rows count */
    size_t n;
    const char *const *cells; /* never NULL */
};

/* The arena's; text is borrowed. */
struct csv *csv_open(struct scope *s, const char *text, size_t n);
/* *row is NULL behind the last one. */
enum err csv_next(struct csv *c, const struct csv_row **row) MUST_CHECK;
