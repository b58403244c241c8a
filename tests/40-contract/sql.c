/* Every .sql file of the tree against the migrated schema: a drifted column fails here, not at
 * night. */
#include "base/clock.h"
#include "io/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checked;

static void check_one(const char *owner, const struct sql *q)
{
    struct scope s;
    scope_init(&s, 5000);
    enum err e = await_db_check(&s, q);
    cr_expect_eq(e, OK, "%s/sql/%s.sql: %s %s", owner, q->name, s.fault.code, s.fault.message);
    scope_fini(&s);
    checked++;
}

static void check_all_of(const char *owner)
{
    char path[512];
    snprintf(path, sizeof path, "%s/sql-%s.so", VA_BIN, owner);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        cr_expect(false, "%s", dlerror());
        return;
    }
    const struct sql *const *all = dlsym(module, "SQL_ALL");
    const int *n = dlsym(module, "SQL_ALL_N");
    for (int i = 0; i < *n; i++)
        check_one(owner, all[i]);
    dlclose(module);
}

static void check_all(void *arg)
{
    (void)arg;
    char owners[] = VA_SQL, *rest = owners;
    cr_expect_eq(await_db_ready(clock_ms() + 10000), OK);
    for (char *owner; (owner = strtok_r(rest, " ", &rest));)
        check_all_of(owner);
    loop_stop();
}

Test(sql, every_statement_fits_the_migrated_schema, .timeout = 60)
{
    const char *url = getenv("TEST_DATABASE_URL");
    if (!url)
        cr_skip_test("TEST_DATABASE_URL is not set: run by ./dev with");
    loop_open();
    db_open(&(struct db_config){.url = url, .connections = 1});
    task_spawn("check", check_all, NULL);
    loop_run();
    db_close();
    loop_close();
    fprintf(stderr, "%d statements prepared\n", checked);
}
