#include "io/password.h"
#include "base/list.h"
#include "io/crypto.h"
#include "loop/task.h"
#include <argon2.h>
#include <string.h>

#define PASSES      2
#define MEMORY_KIB  (19 * 1024)
#define LANES       1
#define SALT_SIZE   16
#define HASH_SIZE   32
#define AT_ONCE     4   /* each takes MEMORY_KIB; also the size of libuv's thread pool */
#define WAITING_MAX 100 /* some seconds of work */

struct turn {
    struct list link;
    struct wait wait;
};

struct job {
    const char *password, *hash; /* hash NULL: make one */
    char *out;
    bool ok;
};

static struct list waiting = {&waiting, &waiting};
static int working, n_waiting;

/* A place among the four, in order of arrival. The one who leaves hands its place to the next. */
static enum err await_place(struct scope *s)
{
    if (working < AT_ONCE) {
        working++;
        return OK;
    }
    if (n_waiting == WAITING_MAX)
        return fail(s, ERR_BUSY, NULL, NULL, "too many passwords at once; try again in a moment");
    struct turn t = {.wait = WAIT_HERE};
    list_append(&waiting, &t.link);
    n_waiting++;
    await_wait(&t.wait);
    return OK;
}

static void leave_place(void)
{
    struct turn *next = LIST_FIRST(&waiting, struct turn, link);
    if (!next) {
        working--;
        return;
    }
    list_remove(&next->link);
    n_waiting--;
    wait_settle(&next->wait);
}

/* On a worker thread: touches nothing but its job. */
static void on_work(void *arg)
{
    struct job *j = arg;
    if (j->hash) {
        j->ok = argon2id_verify(j->hash, j->password, strlen(j->password)) == ARGON2_OK;
        return;
    }
    unsigned char salt[SALT_SIZE];
    random_bytes(salt, sizeof salt);
    j->ok = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, j->password, strlen(j->password), salt,
                                  sizeof salt, HASH_SIZE, j->out, PASSWORD_HASH_TEXT) == ARGON2_OK;
}

static enum err await_job(struct scope *s, struct job *j)
{
    TRY(await_place(s));
    await_work(on_work, j);
    leave_place();
    return OK;
}

enum err await_password_hash(struct scope *s, const char *password, char out[PASSWORD_HASH_TEXT])
{
    struct job j = {.password = password, .out = out};
    TRY(await_job(s, &j));
    return j.ok ? OK : fail(s, ERR_BUSY, NULL, NULL, "no memory to hash a password");
}

enum err await_password_verify(struct scope *s, const char *password, const char *hash, bool *right)
{
    char dummy[PASSWORD_HASH_TEXT];
    struct job j = {.password = password, .hash = hash, .out = dummy};
    *right = false;
    TRY(await_job(s, &j));
    *right = hash && j.ok;
    return OK;
}
