#include "watch.h"
#include "base/clock.h"
#include "messages.h"
#include <string.h>

#define LOOK_AGAIN_MS 1000

static struct list watches = {&watches, &watches};

void watch_begin(struct watch *w, const char *id)
{
    w->id = id;
    mailbox_init(&w->box, 1);
    list_append(&watches, &w->link);
}

bool await_watch(struct watch *w, uint64_t deadline)
{
    uint64_t until = clock_ms() + LOOK_AGAIN_MS;
    event_free(await_event(&w->box, until < deadline ? until : deadline));
    return clock_left(deadline) > 0;
}

void watch_end(struct watch *w)
{
    list_remove(&w->link);
    mailbox_fini(&w->box);
}

/* A full mailbox is fine: its owner has not looked since the last change anyway. */
static void tell(const char *id)
{
    struct watch *w;
    LIST_EACH(w, &watches, struct watch, link)
        if (!strcmp(w->id, id))
            mailbox_post(&w->box, 0, NULL, 0);
}

enum err watch_heard_call(struct msg *m)
{
    struct call_changed in;
    TRY(call_changed_decode(&m->scope, m->body, m->n, &in));
    tell(in.call_id);
    return OK;
}

enum err watch_heard_agent(struct msg *m)
{
    struct agent_changed in;
    TRY(agent_changed_decode(&m->scope, m->body, m->n, &in));
    tell(in.real_estate_agent_id);
    return OK;
}
