#include "diagnose.h"
#include "api.h"
#include "auth.h"
#include "base/clock.h"
#include "io/js.h"
#include "loop/task.h"
#include "routes.h"
#include <stdarg.h>
#include <stdlib.h>

#define CHECK_MS   12000
#define CHECKS_MAX 16
#define SKEW_MS    3000 /* what is told in whole seconds included */

struct checks {
    struct check list[CHECKS_MAX];
    check_fn *const *fns; /* NULL-terminated */
    int n, left;
    struct wait over;
};

static bool running; /* one at a time: it costs money, and others' patience */

void found(struct check *c, const char *name, enum state state, const char *remedy, const char *fmt,
           ...)
{
    va_list ap;
    if (c->n == FINDINGS_MAX)
        return;
    va_start(ap, fmt);
    c->findings[c->n++] =
        (struct finding){name, state, arena_vprintf(c->scope.arena, fmt, ap), remedy};
    va_end(ap);
}

void found_clock(struct check *c, const char *name, uint64_t theirs)
{
    long long skew = (long long)(theirs - clock_wall_ms());
    double seconds = (double)llabs(skew) / 1000;
    if (llabs(skew) <= SKEW_MS)
        found(c, name, GOOD, NULL, "within %.1f s of ours", seconds);
    else
        found(c, name, FAIL, "set the clocks by NTP: signatures, links and deadlines rely on them",
              "%.1f s %s ours", seconds, skew > 0 ? "ahead of" : "behind");
}

static void await_run(void *arg)
{
    struct check *c = arg;
    uint64_t began = clock_ms();
    c->all->fns[c - c->all->list](c);
    c->ms = clock_ms() - began;
    if (--c->all->left == 0)
        wait_settle(&c->all->over);
}

static void await_all(struct req *r, struct checks *all)
{
    for (; all->fns[all->n]; all->n++) {
        struct check *c = &all->list[all->n];
        *c = (struct check){.all = all};
        scope_init(&c->scope, CHECK_MS);
        c->scope.db_role = r->scope.db_role;
        c->scope.tenant = r->scope.tenant;
        c->agent = r->scope.tenant;
    }
    all->left = all->n;
    all->over = WAIT_HERE;
    for (int i = 0; i < all->n; i++)
        task_spawn("check", await_run, &all->list[i]);
    await_wait(&all->over); /* each has its deadline */
}

static const char *report(struct req *r, const struct checks *all)
{
    static const char *const words[] = {"ok", "warn", "fail"};
    struct js *j = js_object(&r->scope), *items = js_array(&r->scope);
    for (int i = 0; i < all->n; i++)
        for (int k = 0; k < all->list[i].n; k++) {
            const struct finding *f = &all->list[i].findings[k];
            struct js *item = js_object(&r->scope);
            js_set_text(item, "name", f->name);
            js_set_text(item, "state", words[f->state]);
            js_set_text(item, "found", f->text);
            js_set_text(item, "remedy", f->remedy);
            js_set_int(item, "ms", (long long)all->list[i].ms);
            js_push(items, item);
        }
    js_set(j, "items", items);
    return js_dump(&r->scope, j);
}

static enum err await_diagnosis(struct req *r, check_fn *const *fns)
{
    struct checks *all = arena_alloc(r->scope.arena, sizeof *all);
    TRY(await_auth_prove(r));
    if (running) {
        req_set_header(r, "Retry-After", "5");
        return fail(&r->scope, ERR_LIMITED, NULL, NULL, "a diagnosis is under way");
    }
    running = true;
    all->fns = fns;
    await_all(r, all);
    running = false;
    const char *text = report(r, all);
    for (int i = 0; i < all->n; i++)
        scope_fini(&all->list[i].scope);
    return api_reply(r, 200, text);
}

enum err diagnose_all(struct req *r)
{
    static check_fn *const fns[] = {await_check_public_url, await_check_twilio,
                                    await_check_numbers,    await_check_media,
                                    await_check_ai,         await_check_database,
                                    await_check_broker,     await_check_services,
                                    await_check_dialing,    NULL};
    return await_diagnosis(r, fns);
}

/* What an agent can do something about, and whether it is worth calling us. */
enum err diagnose_agent(struct req *r)
{
    static check_fn *const fns[] = {await_check_agent, await_check_numbers, await_check_assistant,
                                    NULL};
    return await_diagnosis(r, fns);
}
