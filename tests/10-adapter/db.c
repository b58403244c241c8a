#include "io/db.h"
#include "base/clock.h"
#include "base/die.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "world_postgres.h"
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each test is a task beside an open database. They share a server, so each has its own schema. */

#define S(name_, params_, text_) static const struct sql name_ = {#name_, text_, params_}

static char schema[32], url[256];
static task_fn *body;

S(schema_create, 0,
  "do $$ begin execute format('create schema %I', current_setting('search_path')); end $$");
S(schema_remove, 0,
  "do $$ begin execute format('drop schema if exists %I cascade',"
  " current_setting('search_path')); end $$");

static struct scope scope_of(uint64_t budget_ms)
{
    struct scope s;
    scope_init(&s, budget_ms);
    return s;
}

/* One statement without parameters, for preparation and inspection. */
static enum err await_sql(const struct sql *q)
{
    struct scope s = scope_of(5000);
    enum err e = await_db(&s, q, NULL);
    scope_fini(&s);
    return e;
}

static long long await_number(const struct sql *q)
{
    struct scope s = scope_of(5000);
    struct rows *r;
    long long n = -1;
    if (await_db(&s, q, &r) == OK && r->n == 1)
        n = row_int(r, 0, "n");
    scope_fini(&s);
    return n;
}

static void run_body(void *arg)
{
    cr_expect_eq(await_db_ready(clock_ms() + 10000), OK);
    cr_expect_eq(await_sql(&schema_create), OK);
    body(arg);
    cr_expect_eq(await_sql(&schema_remove), OK);
    loop_stop();
}

static void only_body(void *arg)
{
    body(arg);
    loop_stop();
}

static void with_url(const char *base, int connections, task_fn *first, task_fn *fn)
{
    snprintf(schema, sizeof schema, "db_test_%d", (int)getpid());
    snprintf(url, sizeof url, "%s%soptions=-csearch_path%%3D%s", base,
             strchr(base, '?') ? "&" : "?", schema);
    body = fn;
    loop_open();
    db_open(&(struct db_config){.url = url, .connections = connections, .application = "db_test"});
    task_spawn("test", first, NULL);
    loop_run();
    db_close();
    loop_close();
}

static void with_db(int connections, task_fn *fn)
{
    const char *base = getenv("TEST_DATABASE_URL");
    if (!base)
        cr_skip_test("TEST_DATABASE_URL is not set: run by ./dev with");
    with_url(base, connections, run_body, fn);
}

/* Many tasks at once; join() waits for all of them. */
static int running;
static void join(void)
{
    while (running)
        await_sleep(1);
}

static void spawn(task_fn *fn, void *arg)
{
    running++;
    task_spawn("worker", fn, arg);
}

TestSuite(db, .timeout = 60);

/* ---- answers ---- */

S(types, 2, "select $1::int + 1 as sum, $2::text as nothing, true as yes, 'a' || chr(228) as word");

static void answers(void *arg)
{
    (void)arg;
    struct scope s = scope_of(5000);
    struct rows *r;
    cr_expect_eq(await_db(&s, &types, &r, "41", NULL), OK);
    cr_expect_eq(r->n, 1);
    cr_expect_eq(row_int(r, 0, "sum"), 42);
    cr_expect_null(row(r, 0, "nothing"));
    cr_expect_eq(row_int(r, 0, "nothing"), 0);
    cr_expect(row_true(r, 0, "yes"));
    cr_expect_str_eq(row(r, 0, "word"), "a\xc3\xa4");
    scope_fini(&s);
}

Test(db, a_statement_answers_with_its_rows)
{
    with_db(0, answers);
}

static void asks_for_a_wrong_column(void *arg)
{
    (void)arg;
    struct scope s = scope_of(5000);
    struct rows *r;
    if (await_db(&s, &types, &r, "1", NULL) == OK)
        row(r, 0, "no_such_column");
    scope_fini(&s);
}

Test(db, an_unknown_column_dies, .signal = SIGABRT)
{
    if (!getenv("TEST_DATABASE_URL"))
        abort();
    with_db(1, asks_for_a_wrong_column);
}

static enum err sizes[3]; /* of the answers to 15, 17 and 15 MB */
S(megabytes, 1, "select repeat('x', $1::int * 1024 * 1024) as text");

static void asks_for_megabytes(void *arg)
{
    struct scope s = scope_of(5000);
    struct rows *r;
    *(enum err *)arg = await_db(&s, &megabytes, &r, arg == &sizes[1] ? "17" : "15");
    cr_expect_eq(r != NULL, arg != &sizes[1]);
    scope_fini(&s);
    running--;
}

static void asks_for_too_much(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++)
        spawn(asks_for_megabytes, &sizes[i]);
    join();
    cr_expect_eq(sizes[0], OK);
    cr_expect_eq(sizes[1], ERR_TOO_BIG);
    cr_expect_eq(sizes[2], OK);
}

Test(db, rows_beyond_the_bound_are_refused_and_their_neighbours_are_not)
{
    with_db(1, asks_for_too_much);
}

S(settings, 0,
  "select (current_setting('statement_timeout') = '3s' and current_setting('lock_timeout') = '2s'"
  " and current_setting('idle_in_transaction_session_timeout') = '10s'"
  " and current_setting('application_name') = 'db_test'"
  " and current_setting('client_encoding') = 'UTF8'"
  " and current_setting('TimeZone') = 'UTC')::int as n");

static void looks_at_settings(void *arg)
{
    (void)arg;
    cr_expect_eq(await_number(&settings), 1);
}

Test(db, a_connection_has_the_server_side_limits)
{
    with_db(1, looks_at_settings);
}

S(counter_create, 0, "create table counter(n int)");
S(counter_add, 1, "insert into counter values ($1::int)");
S(counter_count, 0, "select count(*) as n from counter");
static int good, bad;

static void adds_one(void *arg)
{
    struct scope s = scope_of(5000);
    *(await_db(&s, &counter_add, NULL, (const char *)arg) == OK ? &good : &bad) += 1;
    scope_fini(&s);
    running--;
}

/* A connection that is still being made takes nothing yet, and the others have their bound. */
static void adds_one_in_the_end(void *arg)
{
    struct scope s = scope_of(20000);
    enum err e;
    while ((e = await_db(&s, &counter_add, NULL, (const char *)arg)) == ERR_BUSY &&
           clock_left(s.deadline))
        await_sleep(1);
    good += e == OK;
    scope_fini(&s);
    running--;
}

static void adds_a_thousand(void *arg)
{
    (void)arg;
    cr_expect_eq(await_sql(&counter_create), OK);
    for (int i = 0; i < 1000; i++)
        spawn(adds_one_in_the_end, "1");
    join();
    cr_expect_eq(good, 1000);
    cr_expect_eq(await_number(&counter_count), 1000);
}

Test(db, a_thousand_statements_from_a_thousand_tasks)
{
    with_db(4, adds_a_thousand);
}

static void adds_too_many(void *arg)
{
    (void)arg;
    cr_expect_eq(await_sql(&counter_create), OK);
    for (int i = 0; i < 300; i++)
        spawn(adds_one, "1");
    join();
    cr_expect_eq(good, 256);
    cr_expect_eq(bad, 44);
    cr_expect_eq(await_number(&counter_count), 256);
}

Test(db, a_full_queue_refuses_at_once)
{
    with_db(1, adds_too_many);
}

/* ---- errors ---- */

S(e_schema, 0,
  "create table parent(id int primary key, email text constraint parent_email_key unique,"
  " age int constraint parent_age_check check (age > 0), late int unique deferrable initially "
  "deferred,"
  " mother int constraint parent_mother_fkey references parent)");
S(e_insert, 5, "insert into parent values ($1::int, $2, $3::int, $4::int, $5::int)");
S(e_uuid, 1, "select $1::uuid");
S(e_raise, 0,
  "do $$ begin raise exception 'dialing_stopped' using detail = 'By the owner.', column = "
  "'agent_id'; end $$");
S(e_sleep, 0, "select pg_sleep(20)");
S(e_table, 0, "select from no_such_table");

static void expect_error(const struct sql *q, enum err expected, const char *code,
                         const char *field, const char *message, int n, const char *const *params)
{
    struct scope s = scope_of(5000);
    enum err e = await_db_params(&s, q, NULL, n, params);
    cr_expect_eq(e, expected, "%s: %s", q->name, err_name(e));
    cr_expect_str_eq(s.fault.code, code);
    cr_expect_str_eq(s.fault.field, field);
    if (message)
        cr_expect_str_eq(s.fault.message, message);
    scope_fini(&s);
}
#define EXPECT_ERROR(q, err, code, field, message, ...)                                            \
    expect_error(q, err, code, field, message,                                                     \
                 (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)),               \
                 (const char *const[]){__VA_ARGS__})

static void makes_errors(void *arg)
{
    (void)arg;
    cr_expect_eq(await_sql(&e_schema), OK);
    EXPECT_ERROR(&e_insert, OK, "", "", "", "1", "a@b", "1", "1", NULL);
    EXPECT_ERROR(&e_insert, ERR_CONFLICT, "", "email", "already exists", "2", "a@b", "1", "2",
                 NULL);
    EXPECT_ERROR(&e_insert, ERR_MISSING, "", "mother", NULL, "2", "b@b", "1", "2", "99");
    EXPECT_ERROR(&e_insert, ERR_UNPROCESSABLE, "", "age", NULL, "2", "b@b", "-1", "2", NULL);
    EXPECT_ERROR(&e_uuid, ERR_UNPROCESSABLE, "", "", NULL, "not a uuid");
    EXPECT_ERROR(&e_raise, ERR_CONFLICT, "dialing_stopped", "agent_id", "By the owner.");
    EXPECT_ERROR(&e_sleep, ERR_TIMEOUT, "", "", "the database took too long");
    EXPECT_ERROR(&e_table, ERR_BUG, "", "", NULL);
}

Test(db, errors_map_by_sqlstate)
{
    with_db(1, makes_errors);
}

static void violates_at_commit(void *arg)
{
    (void)arg;
    cr_expect_eq(await_sql(&e_schema), OK);
    EXPECT_ERROR(&e_insert, OK, "", "", "", "1", NULL, "1", "1", NULL);
    EXPECT_ERROR(&e_insert, ERR_CONFLICT, "", "late", NULL, "2", NULL, "1", "1", NULL);
    EXPECT_ERROR(&e_insert, OK, "", "", "", "2", NULL, "1", "2", NULL);
}

Test(db, an_error_at_commit_is_the_statements_error)
{
    with_db(1, violates_at_commit);
}

static void adds_among_failures(void *arg)
{
    (void)arg;
    cr_expect_eq(await_sql(&counter_create), OK);
    for (int i = 0; i < 200; i++)
        spawn(adds_one, i % 3 ? "1" : "not a number");
    join();
    cr_expect_eq(bad, 67);
    cr_expect_eq(good, 133);
    cr_expect_eq(await_number(&counter_count), 133);
}

Test(db, a_failing_statement_does_not_disturb_its_neighbours_in_the_pipeline)
{
    with_db(1, adds_among_failures);
}

static void uses_a_table_before_it_exists(void *arg)
{
    (void)arg;
    for (int i = 0; i < 20; i++)
        spawn(adds_one, "1");
    join();
    cr_expect_eq(bad, 20);
    cr_expect_eq(await_sql(&counter_create), OK);
    for (int i = 0; i < 20; i++)
        spawn(adds_one, "1");
    join();
    cr_expect_eq(good, 20);
}

Test(db, a_statement_that_could_not_be_prepared_is_prepared_later)
{
    with_db(1, uses_a_table_before_it_exists);
}

S(star_create, 0, "create table star as select 1 as n");
S(star_alter, 0, "alter table star add column m int default 2");
S(star, 0, "select * from star");

static void changes_a_table_in_use(void *arg)
{
    (void)arg;
    struct scope s = scope_of(5000);
    struct rows *r;
    cr_expect_eq(await_sql(&star_create), OK);
    for (int i = 0; i < 8; i++)
        cr_expect_eq(await_sql(&star), OK);
    cr_expect_eq(await_sql(&star_alter), OK);
    enum err e = await_db(&s, &star, &r);
    for (; e == ERR_BUSY; e = await_db(&s, &star, &r))
        cr_expect_eq(await_db_ready(s.deadline), OK);
    cr_expect_eq(e, OK);
    if (!e)
        cr_expect_eq(row_int(r, 0, "m"), 2);
    scope_fini(&s);
}

Test(db, a_table_may_change_under_a_prepared_statement)
{
    with_db(1, changes_a_table_in_use);
}

S(c_good, 1, "select $1::int + 1");
S(c_column, 0, "select no_such_column from pg_class");
S(c_params, 2, "select $1::int");

static void checks(void *arg)
{
    (void)arg;
    struct scope s = scope_of(5000);
    cr_expect_eq(await_db_check(&s, &c_good), OK);
    cr_expect_eq(await_db_check(&s, &c_column), ERR_BUG);
    cr_expect_str_eq(s.fault.field, "c_column");
    cr_expect_str_eq(s.fault.code, "42703");
    s.fault.message[0] = 0;
    cr_expect_eq(await_db_check(&s, &c_params), ERR_BUG);
    cr_expect_str_eq(s.fault.message, "takes 1 parameters, not 2");
    scope_fini(&s);
}

Test(db, a_text_the_server_would_refuse_is_found_without_running_it)
{
    with_db(1, checks);
}

/* ---- role and tenant ---- */

S(role_create, 0, "do $$ begin execute 'create role ' || current_setting('search_path'); end $$");
S(role_remove, 0, "do $$ begin execute 'drop role ' || current_setting('search_path'); end $$");
S(who, 0,
  "select current_user as role, coalesce(current_setting('app.tenant', true), '') as tenant");

struct expected {
    const char *role, *tenant, *sees_role, *sees_tenant;
};

static void expect_who(const struct expected *x)
{
    struct scope s = scope_of(5000);
    struct rows *r;
    s.db_role = x->role;
    s.tenant = x->tenant;
    cr_expect_eq(await_db(&s, &who, &r), OK);
    cr_expect_str_eq(row(r, 0, "role"), x->sees_role);
    cr_expect_str_eq(row(r, 0, "tenant"), x->sees_tenant);
    scope_fini(&s);
}

static void asks_who(void *arg)
{
    expect_who(arg);
    running--;
}

static void changes_roles(void *arg)
{
    (void)arg;
    cr_expect_eq(await_sql(&role_create), OK);
    struct expected plain = {NULL, NULL, "voice", ""}, both = {schema, "t1", schema, "t1"},
                    tenant = {NULL, "t2", "voice", "t2"}, role = {schema, NULL, schema, ""};
    struct expected *all[] = {&plain, &both,   &plain, &tenant, &plain,
                              &role,  &tenant, &both,  &plain};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        expect_who(all[i]);
    for (int i = 0; i < 90; i++) /* and again, pipelined */
        spawn(asks_who, all[i % 9]);
    join();
    cr_expect_eq(await_sql(&role_remove), OK);
}

Test(db, role_and_tenant_end_with_their_statement)
{
    with_db(1, changes_roles);
}

static void asks_as_nobody(void *arg)
{
    (void)arg;
    struct scope s = scope_of(5000);
    s.db_role = "no_such_role";
    *(await_db(&s, &who, NULL) == OK ? &good : &bad) += 1;
    scope_fini(&s);
    running--;
}

static void fails_before_its_first_statement(void *arg)
{
    (void)arg;
    struct expected plain = {NULL, NULL, "voice", ""};
    for (int i = 0; i < 10; i++) {
        spawn(asks_as_nobody, NULL);
        spawn(asks_who, &plain);
    }
    join();
    cr_expect_eq(bad, 10);
}

Test(db, a_role_that_cannot_be_taken_fails_only_its_own_statement)
{
    with_db(1, fails_before_its_first_statement);
}

/* ---- deadlines and lost servers ---- */

static void leaves_early(void *arg)
{
    (void)arg;
    struct scope s = scope_of(100);
    cr_expect_eq(await_db(&s, &e_sleep, NULL), ERR_TIMEOUT);
    scope_fini(&s);
    cr_expect_eq(await_number(&settings), 1); /* behind the one that is still running */
}

Test(db, a_task_is_free_at_its_deadline_and_the_late_answer_is_dropped)
{
    with_db(1, leaves_early);
}

S(readonly_begin, 0, "select set_config('default_transaction_read_only', 'on', false)");

static void meets_a_read_only_server(void *arg)
{
    (void)arg;
    cr_expect_eq(await_sql(&counter_create), OK);
    cr_expect_eq(await_sql(&readonly_begin), OK);
    struct scope s = scope_of(5000);
    cr_expect_eq(await_db(&s, &counter_add, NULL, "1"), ERR_BUSY);
    await_sleep(0);
    cr_expect_eq(await_db_ready(s.deadline), OK);
    cr_expect_eq(await_db(&s, &counter_add, NULL, "1"), OK);
    scope_fini(&s);
}

Test(db, a_read_only_server_is_left)
{
    with_db(1, meets_a_read_only_server);
}

S(pids, 0,
  "select string_agg(pid::text, ' ') as pids from pg_stat_activity where application_name = "
  "'db_test'"
  " and datname = current_database()");

static struct postgres own;

/* SIGSTOP or SIGCONT to every backend of ours. */
static void signal_all(const char *all, int number)
{
    for (char *end; *all; all = *end ? end + 1 : end)
        kill((pid_t)strtol(all, &end, 10), number);
}

static void freezes_the_server(void *arg)
{
    (void)arg;
    struct scope s = scope_of(30000), brief = scope_of(30000);
    struct rows *r;
    cr_expect_eq(await_db_ready(s.deadline), OK);
    cr_expect_eq(await_db(&s, &pids, &r), OK);
    signal_all(row(r, 0, "pids"), SIGSTOP);
    brief.deadline = clock_ms() + 300;
    cr_expect_eq(await_db(&brief, &who, NULL), ERR_TIMEOUT);
    signal_all(row(r, 0, "pids"), SIGCONT);
    cr_expect_eq(await_db(&s, &who, NULL), OK);
    scope_fini(&brief);
    scope_fini(&s);
}

static void freezes_it_for_long(void *arg)
{
    (void)arg;
    struct scope s = scope_of(50000);
    struct rows *r;
    cr_expect_eq(await_db_ready(s.deadline), OK);
    cr_expect_eq(await_db(&s, &pids, &r), OK);
    signal_all(row(r, 0, "pids"), SIGSTOP);
    cr_expect_eq(await_db(&s, &who, NULL), ERR_TIMEOUT);
    while (db_ready()) /* until the silence is noticed */
        await_sleep(20);
    cr_expect_eq(await_db_ready(s.deadline), OK); /* new connections, from a postmaster that runs */
    cr_expect_eq(await_db(&s, &who, NULL), OK);
    signal_all(row(r, 0, "pids"), SIGCONT);
    scope_fini(&s);
}

static void on_own_server(int connections, task_fn *fn)
{
    postgres_up(&own);
    with_url(own.url, connections, only_body, fn);
    postgres_down(&own);
}

Test(db, a_stopped_server_frees_the_task_at_its_deadline_and_answers_others_later)
{
    on_own_server(2, freezes_the_server);
}

Test(db, a_server_that_stays_silent_is_left)
{
    on_own_server(1, freezes_it_for_long);
}

static void sleeps_in_the_server(void *arg)
{
    struct scope s = scope_of(5000);
    *(enum err *)arg = await_db(&s, &e_sleep, NULL);
    scope_fini(&s);
    running--;
}

static void kill_server(void *arg)
{
    (void)arg;
    postgres_kill(&own);
}

static void start_server(void *arg)
{
    (void)arg;
    postgres_start(&own);
}

static void restarts_the_server(void *arg)
{
    (void)arg;
    struct scope s = scope_of(30000);
    enum err waiting[6] = {0};
    cr_expect_eq(await_db_ready(s.deadline), OK);
    cr_expect_eq(await_db(&s, &who, NULL), OK);
    for (int i = 0; i < 6; i++)
        spawn(sleeps_in_the_server, &waiting[i]);
    await_work(kill_server, NULL);
    join();
    for (int i = 0; i < 6; i++)
        cr_expect_eq(waiting[i], ERR_BUSY, "%s", err_name(waiting[i]));
    cr_expect_eq(await_db(&s, &who, NULL), ERR_BUSY);
    await_work(start_server, NULL);
    cr_expect_eq(await_db_ready(s.deadline), OK);
    cr_expect_eq(await_db(&s, &who, NULL), OK);
    scope_fini(&s);
}

Test(db, a_killed_server_costs_what_was_waiting_and_nothing_after_its_return)
{
    on_own_server(4, restarts_the_server);
}

/* ---- connecting ---- */

static void waits_in_vain(void *arg)
{
    (void)arg;
    cr_expect_eq(await_db_ready(clock_ms() + 700), ERR_TIMEOUT);
    struct scope s = scope_of(1000);
    cr_expect_eq(await_db(&s, &who, NULL), ERR_BUSY);
    scope_fini(&s);
}

Test(db, a_database_that_is_not_there_is_told_once)
{
    const char *base = getenv("TEST_DATABASE_URL");
    if (!base)
        cr_skip_test("TEST_DATABASE_URL is not set: run by ./dev with");
    char other[200], log[8192] = "";
    snprintf(other, sizeof other, "%.*s/no_such_database", (int)(strrchr(base, '/') - base), base);
    FILE *f = tmpfile();
    int err = dup(2);
    dup2(fileno(f), 2);
    with_url(other, 4, only_body, waits_in_vain);
    dup2(err, 2);
    rewind(f);
    log[fread(log, 1, sizeof log - 1, f)] = 0;
    char *first = strstr(log, "no_such_database");
    cr_expect_not_null(first);
    cr_expect_null(strstr(strchr(first, '\n'), "no_such_database"), "%s", log);
}

Test(db, a_host_is_found_by_its_name)
{
    const char *base = getenv("TEST_DATABASE_URL");
    if (!base)
        cr_skip_test("TEST_DATABASE_URL is not set: run by ./dev with");
    const char *host = strstr(base, "127.0.0.1");
    cr_assert_not_null(host);
    char named[200];
    snprintf(named, sizeof named, "%.*slocalhost%s", (int)(host - base), base,
             host + strlen("127.0.0.1"));
    with_url(named, 1, run_body, answers);
}

Test(db, an_unknown_host_is_an_absent_database)
{
    with_url("postgres://voice@no-such-host.invalid/voice", 2, only_body, waits_in_vain);
}

static void waits_for_close(void *arg)
{
    struct scope s = scope_of(5000);
    *(enum err *)arg = await_db(&s, &e_sleep, NULL);
    scope_fini(&s);
}

static enum err at_close;

static void closes(void *arg)
{
    (void)arg;
    cr_expect_eq(await_db_ready(clock_ms() + 5000), OK);
    task_spawn("waiter", waits_for_close, &at_close);
    await_sleep(20);
    db_close();
    await_sleep(1);
}

Test(db, closing_frees_who_waits)
{
    const char *base = getenv("TEST_DATABASE_URL");
    if (!base)
        cr_skip_test("TEST_DATABASE_URL is not set: run by ./dev with");
    with_url(base, 1, only_body, closes);
    cr_expect_eq(at_close, ERR_CLOSING);
}
