#include "io/csv.h"
#include "base/scope.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct scope s;
static struct csv *file;
static const struct csv_row *line;

static void up(void)
{
    scope_init(&s, 1000);
}

static void down(void)
{
    scope_fini(&s);
}

TestSuite(csv, .init = up, .fini = down, .timeout = 10);

static void take(const char *text)
{
    file = csv_open(&s, text, strlen(text));
}

/* The next row's cells, joined by |, with its number in front; "end" behind the last one. */
static const char *next(void)
{
    enum err e = csv_next(file, &line);
    if (e)
        return s.fault.message;
    if (!line)
        return "end";
    const char *all = arena_printf(s.arena, "%d", line->number);
    for (size_t i = 0; i < line->n; i++)
        all = arena_printf(s.arena, "%s|%s", all, line->cells[i]);
    return all;
}

Test(csv, reads_rows_whatever_ends_them)
{
    take("a,b\r\nc,d\ne,f\rg,h");
    cr_expect_str_eq(next(), "1|a|b");
    cr_expect_str_eq(next(), "2|c|d");
    cr_expect_str_eq(next(), "3|e|f");
    cr_expect_str_eq(next(), "4|g|h");
    cr_expect_str_eq(next(), "end");
    cr_expect_str_eq(next(), "end", "and it stays at the end");
}

Test(csv, quotes_keep_separators_line_ends_quotes_and_spaces)
{
    take("\"a,b\",\" c \",\"say \"\"hi\"\"\"\n\"two\nlines\r\nand three\",x\nlast,y\n");
    cr_expect_str_eq(next(), "1|a,b| c |say \"hi\"");
    cr_expect_str_eq(next(), "2|two\nlines\r\nand three|x");
    cr_expect_str_eq(next(), "3|last|y", "a cell of several lines is one row");
    cr_expect_str_eq(next(), "end");
}

Test(csv, the_first_line_tells_the_separator)
{
    take("\"name, first\";phone\nMüller, Jan;1\n");
    cr_expect_str_eq(next(), "1|name, first|phone");
    cr_expect_str_eq(next(), "2|Müller, Jan|1");
    take("a\tb\tc, or d\n\t\tx\n");
    cr_expect_str_eq(next(), "1|a|b|c, or d");
    cr_expect_str_eq(next(), "2|||x", "empty cells in front keep their place");
    take("alone\nx\n");
    cr_expect_str_eq(next(), "1|alone");
    cr_expect_str_eq(next(), "2|x");
}

Test(csv, drops_the_byte_order_mark_and_spaces_around_cells)
{
    take("\xef\xbb\xbfname , phone\n  a  b ,\tc\n");
    cr_expect_str_eq(next(), "1|name|phone");
    cr_expect_str_eq(next(), "2|a  b|\tc");
}

Test(csv, empty_rows_are_passed_over_but_counted)
{
    take("\na,b\r\n\r\n,\n  \nc,d\n\n\n");
    cr_expect_str_eq(next(), "2|a|b");
    cr_expect_str_eq(next(), "6|c|d");
    cr_expect_str_eq(next(), "end");
    take("");
    cr_expect_str_eq(next(), "end");
    take("\xef\xbb\xbf");
    cr_expect_str_eq(next(), "end");
}

static void expect_bad(const char *text, size_t n, const char *why)
{
    scope_fini(&s);
    scope_init(&s, 1000);
    file = csv_open(&s, text, n);
    enum err e;
    do {
        e = csv_next(file, &line);
    } while (!e && line);
    cr_expect_eq(e, ERR_INVALID, "%s", text);
    cr_expect_str_eq(s.fault.code, "bad_csv");
    cr_expect_not_null(strstr(s.fault.message, why), "%s", s.fault.message);
}

Test(csv, says_in_which_row_it_is_broken)
{
    expect_bad("a\nb\"c\n", 6, "row 2: a quote");
    expect_bad("a\n\"b\"c\n", 7, "row 2: a quote");
    expect_bad("a\nb\n\"c\nd\n", 9, "row 3: a quoted cell does not end");
    expect_bad("a\nM\xfcller\n", 9, "row 2: is not UTF-8");
    expect_bad("a\nb\0c\n", 6, "row 2: there is a NUL");
}

Test(csv, a_row_has_a_hundred_cells_at_most)
{
    char text[2 * CSV_CELLS_MAX + 8];
    memset(text, ',', sizeof text);
    for (size_t i = 0; i < CSV_CELLS_MAX; i++)
        text[2 * i] = 'x';
    text[2 * CSV_CELLS_MAX - 1] = 0;
    take(text);
    next();
    cr_expect_eq(line->n, CSV_CELLS_MAX);
    memset(text, ',', CSV_CELLS_MAX);
    expect_bad(text, CSV_CELLS_MAX, "too many cells");
}

/* The parser is fed what it has never seen; what counts is that it ends and touches nothing else. */
Test(csv, survives_any_bytes)
{
    static const char bytes[] = "\",;\n\r\t a\xc3\xa9\xff";
    srand(7);
    for (int run = 0; run < 3000; run++) {
        size_t n = (size_t)rand() % 64;
        char *text = malloc(n + 1);
        for (size_t i = 0; i < n; i++)
            text[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
        struct scope one;
        scope_init(&one, 1000);
        struct csv *c = csv_open(&one, text, n);
        enum err e;
        int rows = 0, number = 0;
        do {
            e = csv_next(c, &line);
            if (!e && line) {
                cr_assert_gt(line->number, number);
                number = line->number;
                rows++;
            }
        } while (!e && line);
        cr_assert_leq(rows, (int)n);
        scope_fini(&one);
        free(text);
    }
}
