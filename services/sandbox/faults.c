#include "faults.h"
#include "base/die.h"
#include "base/list.h"
#include <stdlib.h>
#include <string.h>

#define RULES_MAX 100
#define BODY_MAX  (256 << 10)

struct rule {
    struct list link;
    char api[64];
    char *body;
    struct fault_rule what;
    long long after, times, seen, applied;
};

static struct list rules = {&rules, &rules};
static size_t count;

static const struct kind {
    enum fault_kind kind;
    const char *text;
} kinds[] = {
#define FAULT(name, text, help) {FAULT_##name, text},
#include "tbl/fault.h"
#undef FAULT
};

static void drop(struct rule *r)
{
    list_remove(&r->link);
    free(r->body);
    free(r);
    count--;
}

void faults_clear(void)
{
    struct rule *r;
    while ((r = LIST_FIRST(&rules, struct rule, link)))
        drop(r);
}

static enum fault_kind kind_of(const char *text)
{
    for (size_t i = 0; text && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].text, text) == 0)
            return kinds[i].kind;
    return FAULT_NONE;
}

static long long number(const struct js *j, const char *key, long long otherwise)
{
    return js_get(j, key) ? js_int(js_get(j, key)) : otherwise;
}

/* A body may be given as a string or as the JSON itself. */
static const char *body_of(struct scope *s, const struct js *j)
{
    const struct js *body = js_get(j, "body");
    return !body ? NULL : js_type(body) == JS_TEXT ? js_text(body) : js_dump(s, body);
}

enum err fault_add(struct scope *s, const struct js *j)
{
    const char *api = js_text(js_get(j, "api")), *body = body_of(s, j);
    enum fault_kind kind = kind_of(js_text(js_get(j, "kind")));
    if (!api || strlen(api) >= sizeof((struct rule *)0)->api)
        return fail(s, ERR_UNPROCESSABLE, NULL, "api", "api: such as openai.chat or twilio.*");
    if (kind == FAULT_NONE)
        return fail(s, ERR_UNPROCESSABLE, NULL, "kind", "kind: unknown");
    if (count == RULES_MAX)
        return fail(s, ERR_CONFLICT, NULL, NULL, "at most %d faults at a time", RULES_MAX);
    if (body && strlen(body) > BODY_MAX)
        return fail(s, ERR_UNPROCESSABLE, NULL, "body", "body: too long");
    struct rule *r = must(calloc(1, sizeof *r));
    memcpy(r->api, api, strlen(api) + 1);
    r->body = body ? must(strdup(body)) : NULL;
    r->after = number(j, "after", 0);
    r->times = number(j, "times", 1);
    unsigned ms = kind == FAULT_DRIP ? 1000 : kind == FAULT_REORDER ? 400 : 500;
    r->what = (struct fault_rule){.kind = kind,
                                  .body = r->body,
                                  .status = (int)number(j, "status", 500),
                                  .ms = (unsigned)number(j, "ms", ms),
                                  .retry_after = (unsigned)number(j, "retry_after", 0)};
    if (r->what.status < 200 || r->what.status > 599) {
        free(r->body);
        free(r);
        return fail(s, ERR_UNPROCESSABLE, NULL, "status", "status: 200 to 599");
    }
    list_append(&rules, &r->link);
    count++;
    return OK;
}

static bool matches(const char *pattern, const char *api)
{
    size_t n = strcspn(pattern, "*");
    return pattern[n] ? strncmp(pattern, api, n) == 0 : strcmp(pattern, api) == 0;
}

bool fault_due(const char *api, struct arena *a, struct fault_rule *out)
{
    struct rule *r;
    LIST_EACH(r, &rules, struct rule, link) {
        if (!matches(r->api, api) || r->seen++ < r->after)
            continue;
        *out = r->what;
        out->body = arena_strdup(a, r->body);
        if (++r->applied == r->times)
            drop(r);
        return true;
    }
    return false;
}

struct js *faults_list(struct scope *s)
{
    struct js *all = js_array(s);
    struct rule *r;
    LIST_EACH(r, &rules, struct rule, link) {
        struct js *j = js_object(s);
        js_set_text(j, "api", r->api);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if (kinds[i].kind == r->what.kind)
                js_set_text(j, "kind", kinds[i].text);
        js_set_int(j, "after", r->after);
        js_set_int(j, "times", r->times);
        js_set_int(j, "seen", r->seen);
        js_set_int(j, "applied", r->applied);
        js_push(all, j);
    }
    return all;
}
