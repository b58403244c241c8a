#include "voice/presence.h"
#include "voice/service.h"
#include <string.h>
#include <unistd.h>

#define STATE_ARENA (256u << 10)

static presence_fill *detail;

void presence_detail(presence_fill *fill)
{
    detail = fill;
}

static const char *instance(struct arena *a)
{
    char host[65] = "?";
    gethostname(host, sizeof host - 1);
    return arena_printf(a, "%s:%d", host, getpid());
}

enum err presence_answer(struct msg *m)
{
    struct system_state mine = {
        .service = service_name(),
        .instance = instance(m->scope.arena),
        .version = VA_VERSION,
        .started_at = (long long)service_since(),
        .ready = service_ready(),
    };
    if (detail)
        detail(&m->scope, &mine);
    const char *text = system_state_encode(&m->scope, &mine);
    msg_answer(m, text, strlen(text), true);
    return OK;
}

struct look {
    presence_seen *seen;
    void *arg;
};

/* An answer that is none of ours says nothing. */
static bool on_told(void *arg, const char *body, size_t n)
{
    struct look *l = arg;
    struct scope s;
    struct system_state state;
    scope_init_sized(&s, 0, STATE_ARENA);
    if (system_state_decode(&s, body, n, &state) == OK)
        l->seen(l->arg, &state);
    scope_fini(&s);
    return false;
}

enum err await_presence(struct scope *s, presence_seen *seen, void *arg)
{
    struct look l = {seen, arg};
    return await_rpc_all(s,
                         &(struct mq_out){.exchange = MQ_EVT,
                                          .key = SYSTEM_LOOK,
                                          .type = SYSTEM_LOOK,
                                          .body = "{}",
                                          .transient = true},
                         PRESENCE_MS, on_told, &l);
}
