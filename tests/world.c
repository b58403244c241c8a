#include "world.h"
#include "world_bash.h"
#include "base/clock.h"
#include "base/die.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_S       60 /* six sanitizer builds may start at once on a machine that is busy */
#define EXIT_S        40
#define LOOK_MS       20
#define VARIABLES_MAX 64

static const char *const names[ALL_PROCESSES] = {
    [SANDBOX] = "sandbox",        [GATEWAY] = "api-gateway",  [INGESTOR] = "webhook-ingestor",
    [PIPELINE] = "ai-pipeline",   [DIALER] = "call-dialer",   [STATS] = "stats-aggregator",
    [DIALER_2] = "call-dialer",   [DIALER_3] = "call-dialer", [DIALER_4] = "call-dialer",
    [PIPELINE_2] = "ai-pipeline",
};

static struct {
    pid_t pids[ALL_PROCESSES];
    int ports[2 * ALL_PROCESSES]; /* public, then ops */
    char dir[256], database[64];
    const char *server; /* URL of the PostgreSQL up to the database's name */
    const char *variables[VARIABLES_MAX][2];
    int n_variables;
    bool own_postgres, own_rabbitmq;
    struct postgres postgres;
    struct rabbitmq rabbitmq;
} world;

/* ---- patience ---- */

struct patience patience(int seconds)
{
    return (struct patience){(long long)clock_ms() + seconds * 1000LL};
}

bool look_again(struct patience *p)
{
    usleep(LOOK_MS * 1000);
    return (long long)clock_ms() < p->until_ms;
}

/* ---- connections ---- */

void leaves_no_trace(int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
}

/* ---- database ---- */

static const char *query(const char *url, const char *statement)
{
    PGconn *c = PQconnectdb(url);
    if (PQstatus(c) != CONNECTION_OK)
        die("world: %s", PQerrorMessage(c));
    leaves_no_trace(PQsocket(c));
    PGresult *r = PQexec(c, statement);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        die("world: %s: %s", statement, PQerrorMessage(c));
    const char *value = text("%s", PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    PQfinish(c);
    return value;
}

const char *world_database(void)
{
    return text("%s/%s", world.server, world.database);
}

const char *sql(const char *fmt, ...)
{
    char *statement;
    va_list ap;
    va_start(ap, fmt);
    CHECK(vasprintf(&statement, fmt, ap) >= 0);
    va_end(ap);
    const char *value = query(world_database(), statement);
    free(statement);
    return value;
}

static const char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f)
        die("world: %s: %s", path, strerror(errno));
    static char content[1 << 18];
    size_t n = fread(content, 1, sizeof content - 1, f);
    content[n] = 0;
    fclose(f);
    return content;
}

static void make_database(const char *url)
{
    world.server = text("%.*s", (int)(strrchr(url, '/') - url), url);
    snprintf(world.database, sizeof world.database, "world_%d", getpid());
    query(text("%s/postgres", world.server),
          text("create database %s template voice", world.database));
    sql("%s", read_file(VA_ROOT "/services/api-gateway/demo_data.sql"));
}

/* ---- processes ---- */

/*
 * Below the kernel's ephemeral range: no outgoing connection can take it. The socket stays bound, so
 * that no other test gets the port; SO_REUSEADDR on both sides lets our service listen beside it.
 */
static int take_port(void)
{
    for (;;) {
        int port = 20000 + rand() % 12000, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in sa = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons((uint16_t)port)};
        if (bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0) {
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
            return port;
        }
        close(fd);
    }
}

int world_port(enum process p)
{
    return world.ports[p];
}

const char *world_name(enum process p)
{
    return names[p];
}

const char *world_log(enum process p)
{
    return text("%s/%s.log", world.dir, names[p]);
}

static int variable(const char *name)
{
    for (int i = 0; i < world.n_variables; i++)
        if (strcmp(world.variables[i][0], name) == 0)
            return i;
    return -1;
}

void world_set(const char *name, const char *value)
{
    int i = variable(name);
    if (i >= 0) {
        world.variables[i][1] = value;
        return;
    }
    CHECK(world.n_variables < VARIABLES_MAX);
    world.variables[world.n_variables][0] = name;
    world.variables[world.n_variables++][1] = value;
}

/* What a test has set before the world came up stays. */
static void otherwise(const char *name, const char *value)
{
    if (variable(name) < 0)
        world_set(name, value);
}

static void set_telephone_variables(void)
{
    otherwise("TWILIO_ACCOUNT_SID", ACCOUNT_SID);
    otherwise("TWILIO_AUTH_TOKEN", AUTH_TOKEN);
    otherwise("SANDBOX_STATE", ""); /* nothing is kept from one test to the next */
    otherwise("SANDBOX_SPEED", "20");
    otherwise("SANDBOX_CPS", "20");
    otherwise("SANDBOX_SCRIPTS", VA_ROOT "/tests/scripts");
}

static void set_variables(const char *amqp_url)
{
    set_telephone_variables();
    const char *telephone = url_of(TELEPHONE, "");
    otherwise("DATABASE_URL", text("%s/%s", world.server, world.database));
    otherwise("AMQP_URL", amqp_url);
    otherwise("AMQP_PREFIX", text("world%d.", getpid()));
    otherwise("API_URL", url_of(API, ""));
    otherwise("PUBLIC_URL", url_of(HOOKS, ""));
    otherwise("TWILIO_API_URL", telephone);
    otherwise("OPENAI_BASE_URL", text("%s/v1", telephone));
    otherwise("OPENAI_API_KEY", "sk-of-the-tests");
    otherwise("LINK_SECRET", LINK_SECRET);
    otherwise("MEDIA_URL", text("ws://127.0.0.1:%d/media", world.ports[PIPELINE]));
    otherwise("DIAL_CPS", "20");
    otherwise("RATE_PER_ACCOUNT", "0"); /* all the tests' requests come from one address */
    otherwise("RATE_PER_ADDRESS", "0");
    otherwise("RECONCILE_MS", "300");
    otherwise("RECONCILE_AFTER_S", "3");
}

static void become(enum process p)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is killed leaves nobody behind */
    for (int i = 0; i < world.n_variables; i++)
        setenv(world.variables[i][0], world.variables[i][1], 1);
    setenv("PORT", text("%d", world.ports[p]), 1);
    setenv("OPS_PORT", text("%d", world.ports[ALL_PROCESSES + p]), 1);
    int log = open(world_log(p), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(log, 1);
    dup2(log, 2);
    const char *path = text(VA_BIN "/%s", names[p]);
    execl(path, names[p], (char *)NULL);
    die("world: %s: %s", path, strerror(errno));
}

bool world_ready(enum process p)
{
    return ask("GET", OPS + (int)p, NULL, "/readyz", NULL).status == 200;
}

static void spawn(enum process p)
{
    world.pids[p] = fork();
    if (world.pids[p] == 0)
        become(p);
}

/* What a test leaves to the runner, by files beside its logs. */
#define BEQUEST                                                                                    \
    "bequest"         /* a line of bash that stops its servers, should it crash or take too long */
#define WRONG "wrong" /* what its teardown has found: Criterion does not count that */

static void leave(const char *name, const char *line)
{
    FILE *f = must(fopen(text("%s/%s", world.dir, name), "w"));
    fputs(line, f);
    fclose(f);
}

static void stop_servers(void)
{
    if (world.own_rabbitmq)
        rabbitmq_down(&world.rabbitmq);
    if (world.own_postgres)
        postgres_down(&world.postgres);
    else if (world.server)
        query(text("%s/postgres", world.server),
              text("drop database %s with (force)", world.database));
    unlink(text("%s/" BEQUEST, world.dir));
}

static bool is_gone(enum process p)
{
    return waitpid(world.pids[p], NULL, WNOHANG) == world.pids[p];
}

static void await_ready(enum process p)
{
    bool gone = false, ready = false;
    struct patience patient = patience(READY_S);
    while (!gone && !ready && look_again(&patient)) {
        ready = world_ready(p);
        gone = is_gone(p); /* then it was a stranger who answered */
    }
    if (!gone && ready)
        return;
    stop_servers(); /* a test that dies in its setup has no teardown */
    die("world: %s is not ready%s: %s", names[p], gone ? ", it has ended" : "",
        read_file(world_log(p)));
}

void world_start(enum process p)
{
    spawn(p);
    await_ready(p);
}

int world_pid(enum process p)
{
    return world.pids[p];
}

void world_signal(enum process p, int signal)
{
    if (world.pids[p])
        kill(world.pids[p], signal);
}

void world_kill(enum process p)
{
    world_signal(p, SIGKILL);
    waitpid(world.pids[p], NULL, 0);
    world.pids[p] = 0;
}

void world_await_death(enum process p)
{
    int status;
    struct patience patient = patience(EXIT_S);
    while (waitpid(world.pids[p], &status, WNOHANG) == 0)
        if (!look_again(&patient))
            cr_assert_fail("%s lives on; its log: %s", names[p], world_log(p));
    world.pids[p] = 0;
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
              "%s ended with status %#x; its log: %s", names[p], status, world_log(p));
}

/* What is wrong with its end; NULL: nothing. */
static const char *await_exit(enum process p)
{
    int status;
    struct patience patient = patience(EXIT_S);
    while (waitpid(world.pids[p], &status, WNOHANG) == 0)
        if (!look_again(&patient)) {
            world_kill(p);
            return text("%s does not stop on SIGTERM; its log: %s", names[p], world_log(p));
        }
    world.pids[p] = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    return text("%s ended with status %#x; its log: %s", names[p], status, world_log(p));
}

void world_stop(enum process p)
{
    world_signal(p, SIGTERM);
    const char *wrong = await_exit(p);
    cr_assert(!wrong, "%s", wrong);
}

/* ---- the world ---- */

/* People are made twenty times as fast as in life (SANDBOX_SPEED); so is the model. */
static void hurry(void)
{
    struct answer a = ask("PUT", TELEPHONE, NULL, "/sandbox/latency",
                          "{\"first_token_ms\":20,\"token_ms\":1,\"speech_first_byte_ms\":10,"
                          "\"speech_ms_per_second\":2,\"transcription_ms\":20}");
    cr_assert_eq(a.status, 200, "latency: %d %s", a.status, a.body);
}

static void logs_of(char *dir, size_t room, pid_t runner, const struct criterion_test *test)
{
    snprintf(dir, room, "/tmp/va-world.%d.%s.%s", runner, test->category, test->name);
}

static void make_room(void)
{
    srand((unsigned)getpid());
    logs_of(world.dir, sizeof world.dir, getppid(), criterion_current_test);
    mkdir(world.dir, 0755);
    for (int i = 0; i < 2 * ALL_PROCESSES; i++)
        world.ports[i] = take_port();
}

static void begin(const char *database_url, const char *amqp_url)
{
    make_database(database_url);
    set_variables(amqp_url);
    for (int p = 0; p < PROCESSES; p++)
        spawn((enum process)p);
    for (int p = 0; p < PROCESSES; p++)
        await_ready((enum process)p);
    hurry();
}

static const char *given(const char *name)
{
    const char *value = getenv(name);
    if (!value)
        die("world: %s is not set: run the tests by ./dev test, or by ./dev with", name);
    return value;
}

void world_up(void)
{
    make_room();
    begin(given("TEST_DATABASE_URL"), given("TEST_AMQP_URL"));
}

void world_up_empty(void)
{
    make_room();
    set_telephone_variables();
}

void world_up_own_postgres(void)
{
    make_room();
    world.own_postgres = true;
    postgres_up(&world.postgres);
    leave(BEQUEST, text("pg_stop %s; rm -rf %s", world.postgres.dir, world.postgres.dir));
    postgres_migrate(&world.postgres);
    begin(world.postgres.url, given("TEST_AMQP_URL"));
}

void world_up_own_rabbitmq(void)
{
    make_room();
    world.own_rabbitmq = true;
    rabbitmq_up(&world.rabbitmq);
    leave(BEQUEST, text("mq_stop %s; rm -rf %s", world.rabbitmq.dir, world.rabbitmq.dir));
    begin(given("TEST_DATABASE_URL"), world.rabbitmq.url);
}

void world_down(void)
{
    const char *wrong = NULL;
    for (int p = 0; p < ALL_PROCESSES; p++)
        world_signal((enum process)p, SIGTERM);
    for (int p = 0; p < ALL_PROCESSES; p++)
        if (world.pids[p]) {
            const char *end = await_exit((enum process)p);
            wrong = wrong ? wrong : end;
        }
    stop_servers();
    if (wrong)
        leave(WRONG, wrong);
}

/* ---- the runner, whose child the test was ---- */

static bool left(const char *dir, const char *name, char *line, size_t room)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    bool read = fgets(line, (int)room, f) != NULL;
    fclose(f);
    return read;
}

static void fail_all_in_all(void)
{
    fflush(NULL);
    _exit(1);
}

static void tidy_up(const struct criterion_test_stats *stats)
{
    char dir[256], line[400], ignored[64];
    logs_of(dir, sizeof dir, getpid(), stats->test);
    if (access(dir, F_OK) != 0)
        return;
    if (left(dir, BEQUEST, line, sizeof line))
        world_bash(line, ignored, sizeof ignored);
    bool wrong = left(dir, WRONG, line, sizeof line);
    if (wrong) {
        fprintf(stderr, "teardown of %s::%s: %s\n", stats->test->category, stats->test->name, line);
        atexit(fail_all_in_all);
    }
    if (wrong || stats->test_status != CR_STATUS_PASSED || stats->timed_out || stats->crashed) {
        fprintf(stderr, "logs of that test: %s\n", dir);
        return;
    }
    snprintf(line, sizeof line, "rm -rf '%s'", dir);
    if (system(line) != 0)
        die("world: cannot remove %s", dir);
}

ReportHook(POST_FINI)(struct criterion_test_stats *stats)
{
    tidy_up(stats);
}

ReportHook(TEST_CRASH)(struct criterion_test_stats *stats)
{
    stats->crashed = true;
    tidy_up(stats);
}

struct postgres *world_postgres(void)
{
    return &world.postgres;
}

struct rabbitmq *world_rabbitmq(void)
{
    return &world.rabbitmq;
}

/* ---- people ---- */

/* Once per account: passwords are slow by intention, and logins are throttled. */
const char *login(const char *email)
{
    static const char *known[8][2];
    size_t i = 0;
    while (known[i][0] && strcmp(known[i][0], email) != 0)
        CHECK(++i < sizeof known / sizeof *known);
    if (known[i][0])
        return known[i][1];
    struct answer a = ask("POST", API, NULL, "/auth/login",
                          text("{\"email\":\"%s\",\"password\":\"demo-password\"}", email));
    cr_assert_eq(a.status, 200, "login: %d %s", a.status, a.body);
    known[i][0] = email;
    return known[i][1] = field(a.body, "token");
}

const char *active_voice_agent(void)
{
    const char *agent = login("agent@demo.test"), *admin = login("admin@demo.test");
    struct answer a = ask("POST", API, agent, "/agent/voice-agent/request", "{}");
    cr_assert_eq(a.status, 201, "request: %d %s", a.status, a.body);
    const char *id = field(a.body, "request_id");
    a = ask("POST", API, admin, text("/admin/voice-agent-requests/%s/approve", id), "{}");
    cr_assert(a.status == 200 || a.status == 202, "approve: %d %s", a.status, a.body);
    EVENTUALLY(strcmp(sql("select status from voice_agents"), "active") == 0);
    /* Most tests are about turns; streaming_voice_agent() is the other one. */
    sql("update voice_agents set settings = settings || '{\"mode\": \"turn\"}'");
    return sql("select phone_number from phone_numbers join voice_agents v on v.phone_number_id = "
               "phone_numbers.id");
}

const char *streaming_voice_agent(void)
{
    const char *number = active_voice_agent();
    sql("update voice_agents set settings = settings || '{\"mode\": \"stream\"}'");
    return number;
}

/* A script by its name, or written out. */
static const char *script_json(const char *script)
{
    return *script == '{' ? script : text("\"%s\"", script);
}

const char *ring(const char *number, const char *script)
{
    struct answer a = ask("POST", TELEPHONE, NULL, "/sandbox/calls",
                          text("{\"to\":\"%s\",\"from\":\"+14155550177\",\"script\":%s}", number,
                               script_json(script)));
    cr_assert_lt(a.status, 300, "ring: %d %s", a.status, a.body);
    return field(a.body, "call_sid");
}

const char *call_over(const char *sid)
{
    struct answer a =
        ask("GET", TELEPHONE, NULL, text("/sandbox/calls/%s?wait_ms=25000", sid), NULL);
    cr_assert_eq(a.status, 200, "the sandbox does not know %s", sid);
    return a.body;
}

void callee(const char *number, const char *script)
{
    struct answer a = ask("PUT", TELEPHONE, NULL, text("/sandbox/callees/%%2B%s", number + 1),
                          script_json(script));
    cr_assert_lt(a.status, 300, "callee: %d %s", a.status, a.body);
}
