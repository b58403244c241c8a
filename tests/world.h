/*
 * The whole system as real processes: a database of its own (cloned from the migrated one), its own
 * names in the broker, the sandbox, and the five services on free ports.
 *
 *     TestSuite(calls, .init = world_up, .fini = world_down, .timeout = 60);
 *
 *     Test(calls, an_agent_reads_only_his_own)
 *     {
 *         struct answer a = ask("GET", API, login("agent@demo.test"), "/agent/calls", NULL);
 *         cr_assert_eq(a.status, 200, "%s", a.body);
 *         cr_expect_str_eq(field(a.body, "items.0.status"), "completed");
 *     }
 *
 * A test that harms the database or the broker brings its own: world_up_own_postgres(), ..._rabbitmq().
 * Everything here blocks and aborts with a clear line when the world itself fails. Strings live until
 * the test's process ends.
 */
#pragma once
#include "world_postgres.h"
#include "world_rabbitmq.h"
#include <stdbool.h>
#include <stddef.h>

enum process {
    SANDBOX,
    GATEWAY,
    INGESTOR,
    PIPELINE,
    DIALER,
    STATS,
    PROCESSES,
    DIALER_2 = PROCESSES, /* these a test starts itself */
    DIALER_3,
    DIALER_4,
    PIPELINE_2,
    ALL_PROCESSES
};
enum origin {
    API,
    HOOKS,
    TELEPHONE,
    OPS
}; /* gateway, ingestor, sandbox; OPS + process: its ops port */

#define ACCOUNT_SID "AC00000000000000000000000000000001"
#define AUTH_TOKEN  "0123456789abcdef0123456789abcdef"
#define LINK_SECRET "a secret that only tests know"

void world_up(void);
void world_up_own_postgres(void);
void world_up_own_rabbitmq(void); /* takes seconds to boot */
void world_up_empty(void);        /* ports and variables only: the test starts what it needs */
void world_down(void);            /* SIGTERM to all; each must drain and exit 0 */

struct postgres *world_postgres(void); /* its own one */
struct rabbitmq *world_rabbitmq(void);

/* Environment of what is started from now on; what is set before world_up() wins over its defaults. */
void world_set(const char *name, const char *value);
void world_start(enum process p); /* and wait until it is ready */
void world_kill(enum process p);  /* SIGKILL, and wait until it is gone */
void world_stop(enum process p);  /* SIGTERM, and wait for exit 0 */
void world_signal(enum process p, int signal);
void world_await_death(enum process p); /* by a fault point: it kills itself */
int world_pid(enum process p);
const char *world_name(enum process p);
bool world_ready(enum process p);
int world_port(enum process p);
const char *world_log(enum process p); /* path of its log file */
const char *world_database(void);      /* URL, as the database's owner */

struct answer {
    int status;       /* 0: no HTTP answer at all */
    const char *body; /* NUL-terminated */
    size_t n;
    const char *type;
    long ms;
    const char *head; /* the status line and headers, as they came */
};
/* body NULL: none; JSON otherwise. token NULL: none. path and body are printf'd by text(). */
struct answer ask(const char *method, int origin, const char *token, const char *path,
                  const char *body);
/* GET or HEAD from the gateway with these headers ("Name: value", NULL-terminated), without an account. */
struct answer ask_plainly(const char *method, const char *path, const char *const *headers);
const char *header(const struct answer *a, const char *name); /* NULL when absent */
/* A form, with further headers ("Name: value", NULL-terminated; may be NULL). */
struct answer post_form(int origin, const char *path, const char *form, const char *const *headers);
/* As Twilio would: the ingestor's path (and query), a form, the signature that belongs to them. */
struct answer post_signed(const char *path, const char *form);
const char *signature_header(const char *token, const char *path, const char *form);
const char *url_of(int origin, const char *path);
const char *text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *field(const char *json, const char *path); /* "items.0.status"; NULL when absent */
long number(const char *json, const char *path);       /* -1 when absent */
int length(const char *json, const char *path);        /* of an array */

/* The first value of the first row as text; "" for none. As the database's owner. */
const char *sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

const char *escaped(const char *value); /* for a query or a form */

const char *login(const char *email); /* token; password demo-password */
const char *
active_voice_agent(void); /* of agent@demo.test: asked for, approved, active; its number */
const char *streaming_voice_agent(void); /* the same, over the media socket */
const char *ring(const char *number,
                 const char *script); /* somebody calls: call SID. script: name or JSON */
const char *
call_over(const char *sid); /* waits for the sandbox's end of it: what the sandbox knows, JSON */
void callee(const char *number, const char *script); /* how somebody we call behaves */

/*
 * Closing the connection resets it: no port stays in TIME_WAIT. A test asks again and again, a connection
 * each time (so that a request is one, never resent), and would fill the machine with thousands of them.
 */
void leaves_no_trace(int fd);

/* Looks again until the condition holds, at most so many seconds; fails the test with what it waited for. */
#define EVENTUALLY(condition) EVENTUALLY_IN(20, condition)
#define EVENTUALLY_IN(seconds, condition)                                                          \
    do {                                                                                           \
        struct patience p_ = patience(seconds);                                                    \
        while (!(condition))                                                                       \
            if (!look_again(&p_))                                                                  \
                cr_assert_fail("not within %d s: %s", seconds, #condition);                        \
    } while (0)
struct patience {
    long long until_ms;
};
struct patience patience(int seconds);
bool look_again(struct patience *p);
