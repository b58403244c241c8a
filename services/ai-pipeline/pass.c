#include "pass.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/log.h"
#include "pipeline.h"
#include "voice/link.h"
#include <stdlib.h>
#include <string.h>

#define GOOD_S 60

struct taken {
    struct list link; /* oldest first */
    uint64_t at;
    char token[INVITATION_TEXT];
};
static struct list all = {&all, &all};

static void forget(struct taken *t)
{
    list_remove(&t->link);
    free(t);
}

static void forget_old(void)
{
    struct taken *t;
    while ((t = LIST_FIRST(&all, struct taken, link)) && clock_ms() - t->at > (GOOD_S + 1) * 1000)
        forget(t);
}

static bool is_new(const char *token)
{
    struct taken *t;
    if (strlen(token) >= sizeof t->token)
        return false;
    forget_old();
    LIST_EACH(t, &all, struct taken, link)
        if (strcmp(t->token, token) == 0)
            return false;
    t = must(calloc(1, sizeof *t));
    t->at = clock_ms();
    memcpy(t->token, token, strlen(token) + 1);
    list_append(&all, &t->link);
    return true;
}

const char *pass_make(struct arena *a, const struct pass *p)
{
    return link_sign(a, cfg.link_secret, "media", clock_wall_ms() / 1000 + GOOD_S, p->sid,
                     fmt_int(p->turn));
}

bool pass_good(const char *token, const struct pass *p)
{
    return link_check(cfg.link_secret, "media", token, p->sid, fmt_int(p->turn));
}

bool pass_take_invitation(const char *token, struct invitation *out)
{
    return invitation_read(cfg.link_secret, token, out) && is_new(token);
}

void pass_close(void)
{
    for (struct taken *t; (t = LIST_FIRST(&all, struct taken, link));)
        forget(t);
}
