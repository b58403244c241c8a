/* va-user: makes accounts and sets passwords, for who runs the installation. `./dev user` calls it. */
#include "ask.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "io/db.h"
#include "io/format.h"
#include "io/password.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "sql.h"
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE_ERROR 64
#define CONNECT_MS  10000
#define WORK_MS     10000
#define NAME_BYTES  100

static struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
} cfg;

static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "config.tbl.h"
#undef CFG
};

static struct {
    const char *verb, *kind, *email, *name, *company;
    char password[ASK_ROOM];
    int status; /* of this process */
} wish = {.company = "", .status = 1};

/* ---- the command line ---- */

static int usage(FILE *out)
{
    fputs("va-user add --admin|--agent --email E --name N [--company C]\n"
          "va-user password --email E\n\n"
          "The password is asked for on a terminal, else it is the first line of stdin: 10 to 1024 "
          "bytes.\n\n",
          out);
    if (out == stdout)
        cfg_help("va-user", rows, sizeof rows / sizeof *rows);
    return out == stdout ? 0 : USAGE_ERROR;
}

static int complain(const char *what)
{
    fprintf(stderr, "va-user: %s\n", what);
    return USAGE_ERROR;
}

static bool read_option(int option)
{
    switch (option) {
    case 'A':
    case 'G':
        wish.kind = option == 'A' ? "admin" : "agent";
        return true;
    case 'e':
        wish.email = optarg;
        return true;
    case 'n':
        wish.name = optarg;
        return true;
    case 'c':
        wish.company = optarg;
        return true;
    }
    return false;
}

static int check(void)
{
    bool add = strcmp(wish.verb, "add") == 0;
    if (!add && strcmp(wish.verb, "password") != 0)
        return usage(stderr);
    if (!wish.email || format_check(FORMAT_EMAIL, wish.email))
        return complain("--email must be an e-mail address");
    if (add && !wish.kind)
        return complain("--admin or --agent");
    if (add && (!wish.name || !wish.name[strspn(wish.name, " ")] || strlen(wish.name) > NAME_BYTES))
        return complain("--name must not be empty, and not longer than 100 bytes");
    return strlen(wish.company) > NAME_BYTES ? complain("--company is too long") : 0;
}

static int read_arguments(int argc, char **argv)
{
    static const struct option options[] = {
        {"admin", no_argument, NULL, 'A'},         {"agent", no_argument, NULL, 'G'},
        {"email", required_argument, NULL, 'e'},   {"name", required_argument, NULL, 'n'},
        {"company", required_argument, NULL, 'c'}, {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!read_option(option))
            return usage(stderr);
    if (optind != argc - 1)
        return usage(stderr);
    wish.verb = argv[optind];
    return check();
}

/* ---- the work ---- */

static const char *operator_name(void)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(getuid());
    return sudo ? sudo : user ? user->pw_name : "unknown";
}

static enum err await_write(struct scope *s, struct rows **done)
{
    char hash[PASSWORD_HASH_TEXT];
    TRY(await_password_hash(s, wish.password, hash));
    if (strcmp(wish.verb, "add") == 0)
        return await_db(s, &SQL_user_add, done, wish.kind, wish.email, wish.name, wish.company,
                        hash, operator_name());
    return await_db(s, &SQL_user_password, done, wish.email, hash, operator_name());
}

static void tell(struct scope *s, enum err e, const struct rows *done)
{
    bool add = strcmp(wish.verb, "add") == 0;
    if (e)
        fprintf(stderr, "va-user: %s\n", *s->fault.message ? s->fault.message : err_name(e));
    else if (!done->n)
        fprintf(stderr, "va-user: %s %s\n", wish.email,
                add ? "has an account already" : "has no account");
    else
        printf("%s %s\n", row(done, 0, "id"), wish.email);
    wish.status = e || !done->n;
}

static void work(void *arg)
{
    struct scope s;
    struct rows *done = NULL;
    (void)arg;
    enum err e = await_db_ready(clock_ms() + CONNECT_MS);
    scope_init(&s, WORK_MS);
    e = e ? fail(&s, e, NULL, NULL, "the database of DATABASE_URL does not answer")
          : await_write(&s, &done);
    tell(&s, e, done);
    scope_fini(&s);
    loop_stop();
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    int wrong = read_arguments(argc, argv);
    if (wrong || cfg_load(rows, sizeof rows / sizeof *rows, &cfg))
        return wrong ? wrong : USAGE_ERROR;
    const char *why = ask_password(wish.password);
    if (why)
        return complain(why);
    log_open("va-user", "error");
    loop_open();
    db_open(&(struct db_config){
        .url = cfg.database_url, .role = "va_gateway", .connections = 1, .application = "va-user"});
    task_spawn("user", work, NULL);
    loop_run();
    db_close();
    loop_close();
    explicit_bzero(wish.password, sizeof wish.password);
    return wish.status;
}
