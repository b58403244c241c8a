/* What ./dev backup has saved, ./dev restore brings back: to the row, to the byte of a recording, and able to work. */
#include "truth.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const enum process services[] = {GATEWAY, INGESTOR, PIPELINE, DIALER, STATS};
static char folder[64]; /* of the recordings and the backup */

static void up(void)
{
    snprintf(folder, sizeof folder, "/tmp/va-backup.XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(mkdir(text("%s/recordings", folder), 0700), 0);
    world_set("RECORDING_STORE", text("dir:%s/recordings", folder));
    world_set("RECORDING_DELETE_AT_TWILIO", "1");
    world_up();
}

static void down(void)
{
    world_down();
    cr_expect_eq(system(text("rm -rf '%s'", folder)), 0);
}

/* ./dev on the world's database and store, with everything given, so that nothing of this machine's stack is meant. */
static int dev(const char *command)
{
    int status = system(text("DATABASE_URL='%s' AMQP_URL=amqp://unused "
                             "TWILIO_API_URL=http://unused OPENAI_BASE_URL=http://unused "
                             "TWILIO_AUTH_TOKEN=%s LINK_SECRET='given, so not ours to keep' "
                             "RECORDING_STORE='dir:%s/recordings' "
                             "'%s/dev' %s >'%s/said' 2>&1",
                             world_database(), AUTH_TOKEN, folder, VA_ROOT, command, folder));
    return WEXITSTATUS(status);
}

static const char *said(void)
{
    static char told[4096];
    FILE *f = fopen(text("%s/said", folder), "r");
    told[f ? fread(told, 1, sizeof told - 1, f) : 0] = 0;
    if (f)
        fclose(f);
    return told;
}

/* Every row of every table, as one hash. */
static const char *everything(void)
{
    return sql("select md5(string_agg(query_to_xml(format('select md5(t::text) from %%I t order by "
               "1', tablename), "
               "false, false, '')::text, ',' order by tablename)) from pg_tables where schemaname "
               "= 'public'");
}

static const char *rights(void)
{
    return sql("select md5(string_agg(oid::regprocedure || proowner::regrole::text || "
               "coalesce(proacl::text, ''), ',' "
               "order by oid::regprocedure::text)) || "
               "(select md5(string_agg(relname || relowner::regrole::text || "
               "coalesce(relacl::text, '') || "
               "relforcerowsecurity, ',' order by relname)) from pg_class "
               "where relnamespace = 'public'::regnamespace) "
               "from pg_proc where pronamespace = 'public'::regnamespace");
}

static struct answer recording_of(const char *call)
{
    struct answer a =
        ask("GET", API, login("agent@demo.test"), text("/agent/calls/%s/recording", call), NULL);
    const char *link = field(a.body, "recording_url");
    cr_assert_not_null(link, "%s", a.body);
    return ask_plainly("GET", strstr(link, "/media/"), (const char *const[]){NULL});
}

static void stop_all(void)
{
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        world_stop(services[i]);
}

Test(backup, brings_everything_back, .init = up, .fini = down, .timeout = 300)
{
    const char *line = active_voice_agent(), *sid = ring(line, "curious");
    call_over(sid);
    const char *call = call_id(sid);
    EVENTUALLY_IN(60, *sql("select 1 from recordings where not at_provider and due_at is null"));
    size_t heard = recording_of(call).n;
    stop_all();
    const char *before = everything(), *allowed = rights();

    cr_assert_eq(dev(text("backup '%s/kept'", folder)), 0, "%s", said());
    cr_expect_neq(dev(text("restore '%s/kept'", folder)), 0, "not over what is there");
    cr_expect(strstr(said(), "--replace"), "%s", said());
    sql("update contacts set name = 'Nobody'; delete from viewings");
    sql("create schema others; create table others.kept (n int)"); /* nobody's business of ours */
    cr_assert_eq(system(text("rm -rf '%s/recordings'", folder)), 0);

    cr_assert_eq(dev(text("restore '%s/kept' --replace", folder)), 0, "%s", said());
    cr_expect_str_eq(everything(), before);
    cr_expect_str_eq(rights(), allowed);
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        world_start(services[i]);
    cr_expect_eq(recording_of(call).n, heard);
    expect_true_transcript(sid);
    const char *again = ring(line, "curious");
    call_over(again);
    expect_true_call(again);
}

Test(backup, that_is_damaged_changes_nothing, .init = up, .fini = down, .timeout = 120)
{
    stop_all();
    cr_assert_eq(dev(text("backup '%s/kept'", folder)), 0, "%s", said());
    cr_assert_eq(system(text("printf x >>'%s/kept/voice.dump'", folder)), 0);
    const char *before = everything();
    cr_expect_neq(dev(text("restore '%s/kept' --replace", folder)), 0);
    cr_expect(strstr(said(), "damaged"), "%s", said());
    cr_expect_str_eq(everything(), before);
}

Test(backup, is_not_restored_while_somebody_works, .init = up, .fini = down, .timeout = 120)
{
    cr_assert_eq(dev(text("backup '%s/kept'", folder)), 0, "%s", said());
    cr_expect_neq(dev(text("restore '%s/kept' --replace", folder)), 0);
    cr_expect(strstr(said(), "connected"), "%s", said());
}
