#include "base/env.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
    const char *word, *secret;
    int number, flag;
};

static const struct cfg_row rows[] = {
    {"T_WORD", CFG_TEXT, "none", "a word", offsetof(struct config, word)},
    {"T_SECRET", CFG_SECRET, NULL, "a secret", offsetof(struct config, secret)},
    {"T_NUMBER", CFG_INT, "7", "a number", offsetof(struct config, number)},
    {"T_FLAG", CFG_FLAG, "0", "a flag", offsetof(struct config, flag)},
};

static struct config c;

static int load(void)
{
    return cfg_load(rows, sizeof rows / sizeof *rows, &c);
}

static void silent(void)
{
    (void)!freopen("/dev/null", "w", stderr);
}

TestSuite(env, .init = silent, .timeout = 10);

Test(env, what_is_not_set_has_its_default_and_what_must_be_set_is_missed)
{
    cr_expect_eq(load(), 1);
    setenv("T_SECRET", "s", 1);
    cr_expect_eq(load(), 0);
    cr_expect_str_eq(c.word, "none");
    cr_expect_str_eq(c.secret, "s");
    cr_expect_eq(c.number, 7);
}

Test(env, every_problem_counts)
{
    setenv("T_NUMBER", "-1", 1);
    setenv("T_FLAG", "2", 1);
    cr_expect_eq(load(), 3);
    setenv("T_NUMBER", "12 ", 1);
    cr_expect_eq(load(), 3);
    setenv("T_NUMBER", "99999999999", 1);
    cr_expect_eq(load(), 3);
}

/* What the secret is that comes from a file with these bytes; NULL: a problem. */
static const char *from_file(const char *bytes, size_t n)
{
    static char secret[64];
    char path[] = "/tmp/va-env-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
    close(fd);
    setenv("T_SECRET_FILE", path, 1);
    int problems = load();
    unlink(path);
    if (problems)
        return NULL;
    snprintf(secret, sizeof secret, "%s", c.secret);
    free((void *)c.secret); /* a process keeps it to its end; a test that loads twice would leak */
    return secret;
}

Test(env, a_secret_may_come_from_a_file_but_not_from_an_empty_or_endless_one)
{
    static char endless[5000];
    memset(endless, 'x', sizeof endless);
    cr_expect_str_eq(from_file("abc", 3), "abc");
    cr_expect_str_eq(from_file("abc\r\n", 5), "abc");
    cr_expect_null(from_file("", 0));
    cr_expect_null(from_file("\n", 1));
    cr_expect_null(from_file(endless, sizeof endless));
    setenv("T_SECRET_FILE", "/tmp", 1);
    cr_expect_eq(load(), 1);
    setenv("T_SECRET", "first", 1);
    cr_expect_eq(load(), 0);
    cr_expect_str_eq(c.secret, "first");
}
