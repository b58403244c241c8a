/* va-dead: what becomes of dead letters is for a person to say. `./dev dead` calls it. */
#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "io/db.h"
#include "letter.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "voice/dead.h"
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USAGE_ERROR 64
#define CONNECT_MS  10000
#define LETTER_MS   15000 /* for one letter */
#define LETTER_MAX  (2u << 20)

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

typedef enum err act_fn(struct scope *s, const struct mq_letter *l);

static struct {
    const char *verb, *id; /* id NULL: all of them */
    act_fn *act;
    bool all, raw, yes;
    unsigned met; /* letters it was about */
    int status;   /* of this process */
} wish = {.status = 1};

/* ---- what can be done to a letter ---- */

static enum err list(struct scope *s, const struct mq_letter *l)
{
    if (!wish.met)
        letter_heading();
    letter_line(s, l);
    return OK;
}

static enum err show(struct scope *s, const struct mq_letter *l)
{
    letter_show(s, l, wish.raw);
    return OK;
}

static const char *operator_name(void)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(getuid());
    return sudo ? sudo : user ? user->pw_name : "unknown";
}

/* A database that is away keeps nobody from mending what is broken. */
static void await_note(struct scope *s, const struct mq_letter *l, const char *action)
{
    enum err e = *cfg.database_url ? await_db_ready(clock_ms() + CONNECT_MS) : ERR_MISSING;
    if (!e)
        e = await_dead_note(s, &(struct dead_actor){"operator", operator_name(), NULL}, action, l);
    if (e)
        fprintf(stderr, "va-dead: %s of %s is not audited: %s\n", wish.verb, l->id,
                *cfg.database_url ? err_name(e) : "no DATABASE_URL");
}

static enum err await_replay(struct scope *s, const struct mq_letter *l)
{
    const char *where;
    await_note(s, l, "dead.replay");
    TRY(await_dead_replay(s, l, cfg.amqp_prefix, &where));
    printf("%s replayed to %s\n", l->id, where);
    return OK;
}

static enum err await_drop(struct scope *s, const struct mq_letter *l)
{
    await_note(s, l, "dead.drop");
    letter_take(l);
    printf("%s dropped\n", l->id);
    return OK;
}

/* ---- the command line ---- */

static int usage(FILE *out)
{
    fputs("va-dead list\n"
          "va-dead show ID [--raw]         --raw: telephone numbers in full\n"
          "va-dead replay ID|--all         back to the queue it was in, with the same id\n"
          "va-dead drop ID --yes           for ever\n\n",
          out);
    if (out == stdout)
        cfg_help("va-dead", rows, sizeof rows / sizeof *rows);
    return out == stdout ? 0 : USAGE_ERROR;
}

static const struct verb {
    const char *name;
    act_fn *act;
    bool takes_id, takes_all;
} verbs[] = {
    {"list", list},
    {"show", show, .takes_id = true},
    {"replay", await_replay, .takes_id = true, .takes_all = true},
    {"drop", await_drop, .takes_id = true},
};

static int check(int rest)
{
    const struct verb *v = verbs, *end = verbs + sizeof verbs / sizeof *verbs;
    while (v < end && strcmp(v->name, wish.verb) != 0)
        v++;
    if (v == end || rest > 1 || (wish.all && (!v->takes_all || rest)) ||
        (!wish.all && v->takes_id != (rest == 1)))
        return usage(stderr);
    wish.act = v->act;
    if (v->act != await_drop || wish.yes)
        return 0;
    fputs("va-dead: what is dropped is gone; --yes says that you mean it\n", stderr);
    return USAGE_ERROR;
}

static int read_arguments(int argc, char **argv)
{
    static const struct option options[] = {
        {"all", no_argument, NULL, 'a'},
        {"raw", no_argument, NULL, 'r'},
        {"yes", no_argument, NULL, 'y'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return usage(stderr);
        *(option == 'a' ? &wish.all : option == 'r' ? &wish.raw : &wish.yes) = true;
    }
    if (optind == argc)
        return usage(stderr);
    wish.verb = argv[optind++];
    wish.id = optind < argc ? argv[optind] : NULL;
    return check(argc - optind);
}

/* ---- the work ---- */

/* The next letter; left is how many are behind it. */
static enum err await_letter(unsigned *left)
{
    struct mq_letter l;
    struct scope s;
    scope_init_sized(&s, LETTER_MS, LETTER_MAX);
    enum err e = await_get(&s, DEAD_QUEUE, &l);
    if (!e) {
        *left = l.left;
        if (!wish.id || strcmp(wish.id, l.id) == 0) {
            e = wish.act(&s, &l);
            wish.met++;
        }
    }
    if (e && e != ERR_MISSING)
        fprintf(stderr, "va-dead: %s\n", *s.fault.message ? s.fault.message : err_name(e));
    else if (e && *s.fault.message) { /* the queue it was in is not there */
        fprintf(stderr, "va-dead: %s\n", s.fault.message);
        e = ERR_CONFLICT;
    }
    scope_fini(&s);
    return e;
}

/* The broker does one thing after the other: once it has answered this, what was taken is taken. A connection
 * that ends sooner may take its last words with it. */
static enum err await_taken(void)
{
    struct mq_letter l;
    struct scope s;
    scope_init_sized(&s, LETTER_MS, LETTER_MAX);
    enum err e = await_get(&s, DEAD_QUEUE, &l);
    scope_fini(&s);
    return e == ERR_MISSING ? OK : e;
}

/* As many as there are now: what is replayed may be dead again before the end. */
static enum err await_all(void)
{
    unsigned left = 0;
    await_mq_look();
    enum err e = await_letter(&left);
    for (unsigned n = left; !e && n; n--)
        e = await_letter(&left);
    e = e && e != ERR_MISSING ? e : await_taken();
    mq_look_end();
    return e;
}

static void work(void *arg)
{
    (void)arg;
    uint64_t until = clock_ms() + CONNECT_MS;
    while (!mq_ready() && clock_left(until))
        await_sleep(20);
    if (!mq_ready())
        fputs("va-dead: the broker of AMQP_URL does not answer\n", stderr);
    else if (await_all() == OK)
        wish.status = wish.id && !wish.met;
    if (mq_ready() && wish.id && !wish.met)
        fprintf(stderr, "va-dead: there is no %s\n", wish.id);
    loop_stop();
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    int wrong = read_arguments(argc, argv);
    if (wrong || cfg_load(rows, sizeof rows / sizeof *rows, &cfg))
        return wrong ? wrong : USAGE_ERROR;
    log_open("va-dead", "error");
    loop_open();
    if (*cfg.database_url)
        db_open(&(struct db_config){.url = cfg.database_url,
                                    .role = "va_gateway",
                                    .connections = 1,
                                    .application = "va-dead"});
    mq_open(&(struct mq_config){
        .url = cfg.amqp_url, .prefix = cfg.amqp_prefix, .name = "va-dead", .get = true});
    task_spawn("dead", work, NULL);
    loop_run();
    mq_close();
    if (*cfg.database_url)
        db_close();
    loop_close();
    return wish.status;
}
