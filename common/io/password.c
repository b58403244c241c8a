#include "io/password.h"
#include "base/list.h"
#include "io/crypto.h"
#include "loop/task.h"
#include <argon2.h>
#include <string.h>

#define PASSES     2
#define MEMORY_KIB (19 * 1024)
#define LANES      1
#define SALT_SIZE  16
#define HASH_SIZE  32
#define AT_ONCE    4 /* each takes MEMORY_KIB; also the size of libuv's thread pool */

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
static int working;

/* A place among the four, in order of arrival. The one who leaves hands its place to the next. */
static void await_place(void)
{
    if (working < AT_ONCE) {
        working++;
        return;
    }
    struct turn t = {.wait = WAIT_HERE};
    list_append(&waiting, &t.link);
    await_wait(&t.wait);
}

static void leave_place(void)
{
    struct turn *next = LIST_FIRST(&waiting, struct turn, link);
    if (!next) {
        working--;
        return;
    }
    list_remove(&next->link);
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

static bool await_job(struct job *j)
{
    await_place();
    await_work(on_work, j);
    leave_place();
    return j->ok;
}

bool await_password_hash(const char *password, char out[PASSWORD_HASH_TEXT])
{
    return await_job(&(struct job){.password = password, .out = out});
}

bool await_password_verify(const char *password, const char *hash)
{
    char dummy[PASSWORD_HASH_TEXT];
    if (hash)
        return await_job(&(struct job){.password = password, .hash = hash});
    (void)!await_password_hash(password, dummy);
    return false;
}
