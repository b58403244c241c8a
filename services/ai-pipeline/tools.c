#include "tool.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/utf8.h"
#include "io/db.h"
#include "io/js.h"
#include "loop/task.h"
#include "sql.h"
#include "wording.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define OPT_OUT_FIRST_MS   500
#define OPT_OUT_GIVE_UP_MS (2 * 3600 * 1000)

enum param_kind { WORDS, ID, AMOUNT, COUNT, DAY, TIME };
struct param {
    const char *name;
    enum param_kind kind;
    long long most;
    bool required;
    const char *help;
};

/* ---- what those do that need no statement ---- */

enum err tool_tell(struct scope *s, struct tool_run *run, const char *found)
{
    struct js *j;
    TRY(js_parse(s, found, 0, &j));
    run->result = js_dump(s, wording_added(s, run->language, j));
    return OK;
}

/* The turn that records this tool call is the message. */
static enum err tool_take_message(struct scope *s, struct tool_run *run, const char *const v[])
{
    (void)s;
    (void)v;
    run->result = "{\"noted\":true}";
    return OK;
}

static enum err tool_transfer_to_agent(struct scope *s, struct tool_run *run, const char *const v[])
{
    if (!run->can_transfer)
        return fail(s, ERR_MISSING, NULL, NULL,
                    "nobody can be put through now: offer to take a message");
    run->move = TOOL_TRANSFER;
    run->reason = v[0];
    run->result = "{\"connecting\":true}";
    return OK;
}

/* The caller's wish stands whatever the database does. */
static enum err tool_opt_out(struct scope *s, struct tool_run *run, const char *const v[])
{
    (void)s;
    (void)v;
    if (!run->rehearsal)
        tools_opt_out(run->tenant, run->far);
    run->result = "{\"done\":true}";
    return OK;
}

static enum err tool_end_call(struct scope *s, struct tool_run *run, const char *const v[])
{
    (void)s;
    (void)v;
    run->move = TOOL_END_CALL;
    run->result = "{\"ending\":true}";
    return OK;
}

/* ---- the table ---- */

static const struct tool {
    const char *name, *help;
    tool_fn *run;
    struct param params[TOOL_PARAMS];
} tools[] = {
/* clang-format off */
#define TOOL(name, help) {#name, help, tool_##name, {
#define PARAM(...)       {__VA_ARGS__},
#define END              }},
/* clang-format on */
#include "tools.tbl.h"
#undef TOOL
#undef PARAM
#undef END
};
#define TOOLS (sizeof tools / sizeof *tools)

/* ---- its JSON Schema ---- */

static bool is_number(const struct param *p)
{
    return p->kind == AMOUNT || p->kind == COUNT;
}

static struct js *schema_of(struct scope *s, const struct tool *t)
{
    struct js *schema = js_object(s), *properties = js_object(s), *required = js_array(s);
    for (const struct param *p = t->params; p < t->params + TOOL_PARAMS && p->name; p++) {
        struct js *j = js_object(s);
        bool number = is_number(p);
        js_set_text(j, "type", number ? "integer" : "string");
        js_set_text(j, "description", p->help);
        if (number)
            js_set_int(j, "minimum", 0);
        js_set_int(j, number ? "maximum" : "maxLength", p->most);
        js_set(properties, p->name, j);
        if (p->required)
            js_push_text(required, p->name);
    }
    js_set_text(schema, "type", "object");
    js_set(schema, "properties", properties);
    js_set(schema, "required", required);
    js_set_bool(schema, "additionalProperties", false);
    return schema;
}

const struct js *tools_offer(struct scope *s, bool can_transfer)
{
    struct js *list = js_array(s);
    for (const struct tool *t = tools; t < tools + TOOLS; t++) {
        if (t->run == tool_transfer_to_agent && !can_transfer)
            continue;
        struct js *function = js_object(s), *item = js_object(s);
        js_set_text(function, "name", t->name);
        js_set_text(function, "description", t->help);
        js_set(function, "parameters", schema_of(s, t));
        js_set_text(item, "type", "function");
        js_set(item, "function", function);
        js_push(list, item);
    }
    return list;
}

/* ---- arguments ---- */

/* "d" stands for a digit; text may be longer than the shape. */
static bool shaped(const char *text, const char *shape)
{
    for (; *shape; text++, shape++)
        if (*shape == 'd' ? !isdigit((unsigned char)*text) : *text != *shape)
            return false;
    return true;
}

/* YYYY-MM-DD of a day that exists. */
static bool is_day(const char *text)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!shaped(text, "dddd-dd-dd"))
        return false;
    int year = atoi(text), month = atoi(text + 5), day = atoi(text + 8);
    if (year < 2000 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1])
        return false;
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* Seconds may follow; a zone may not: times are local. */
static bool is_time(const char *text)
{
    if (!is_day(text) || !shaped(text + 10, "Tdd:dd") || atoi(text + 11) > 23 ||
        atoi(text + 14) > 59)
        return false;
    return !text[16] || (shaped(text + 16, ":dd") && atoi(text + 17) < 60 && !text[19]);
}

static bool is_id(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF-") == strlen(text);
}

static enum err check_text(struct scope *s, const struct param *p, const char *text)
{
    if (p->kind == TIME && !is_time(text))
        return fail(s, ERR_INVALID, NULL, p->name,
                    "%s must look like 2026-03-31T15:00, without a zone", p->name);
    if (p->kind == DAY && !(is_day(text) && !text[10]))
        return fail(s, ERR_INVALID, NULL, p->name, "%s must look like 2026-03-31", p->name);
    if (p->kind == ID && !is_id(text))
        return fail(s, ERR_INVALID, NULL, p->name, "%s is not an id", p->name);
    if ((p->kind == WORDS || p->kind == ID) && utf8_count(text) > (size_t)p->most)
        return fail(s, ERR_INVALID, NULL, p->name, "%s is longer than %lld characters", p->name,
                    p->most);
    return OK;
}

static enum err decode_text(struct scope *s, const struct param *p, const struct js *j,
                            const char **out)
{
    const char *text = js_text(j);
    if (!text)
        return fail(s, ERR_INVALID, NULL, p->name, "%s must be text", p->name);
    if (p->required && !text[strspn(text, " \t\r\n")])
        return fail(s, ERR_INVALID, NULL, p->name, "%s is empty", p->name);
    if (*text) /* "" is how some models leave something out */
        TRY(check_text(s, p, text));
    *out = *text ? arena_strdup(s->arena, text) : NULL;
    return OK;
}

static enum err decode_number(struct scope *s, const struct param *p, const struct js *j,
                              const char **out)
{
    double v = js_real(j);
    bool whole = js_type(j) == JS_INT || (js_type(j) == JS_REAL && v == (double)(long long)v);
    if (!whole || v < 0 || v > (double)p->most)
        return fail(s, ERR_INVALID, NULL, p->name, "%s must be a whole number of 0 to %lld",
                    p->name, p->most);
    *out = arena_printf(s->arena, "%lld", (long long)v);
    return OK;
}

static const struct param *param_of(const struct tool *t, const char *name)
{
    for (const struct param *p = t->params; p < t->params + TOOL_PARAMS && p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

static enum err decode(struct scope *s, const struct tool *t, const char *text,
                       const char *v[TOOL_PARAMS])
{
    struct js *j;
    if (js_parse(s, *text ? text : "{}", 0, &j) || js_type(j) != JS_OBJECT)
        return fail(s, ERR_INVALID, NULL, NULL, "the arguments are not a JSON object");
    for (struct js_iter *it = js_first(j); it; it = js_next(j, it)) {
        const struct param *p = param_of(t, js_key(it));
        const struct js *value = js_value(it);
        if (!p)
            return fail(s, ERR_INVALID, NULL, NULL, "there is no argument of that name");
        if (js_type(value) == JS_NULL)
            continue;
        const char **out = &v[p - t->params];
        TRY(is_number(p) ? decode_number(s, p, value, out) : decode_text(s, p, value, out));
    }
    for (const struct param *p = t->params; p < t->params + TOOL_PARAMS && p->name; p++)
        if (p->required && !v[p - t->params])
            return fail(s, ERR_INVALID, NULL, p->name, "%s is missing", p->name);
    return OK;
}

/* ---- running ---- */

static const struct tool *find(const char *name)
{
    for (const struct tool *t = tools; t < tools + TOOLS; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

/* What the model may know of a failure: its own mistakes in words, ours not. */
static const char *excuse(struct scope *s, enum err e)
{
    struct js *j = js_object(s);
    bool ours = e == ERR_BUSY || e == ERR_TIMEOUT || e == ERR_BUG || e == ERR_CLOSING;
    js_set_text(j, "error",
                ours || !s->fault.message[0] ? "this does not work at the moment"
                                             : s->fault.message);
    return js_dump(s, j);
}

void await_tool(struct scope *s, struct tool_run *run)
{
    const struct tool *t = find(run->name);
    const char *v[TOOL_PARAMS] = {0};
    run->move = TOOL_TALK_ON;
    enum err e = t ? OK : fail(s, ERR_MISSING, NULL, NULL, "there is no such tool");
    if (!e)
        e = decode(s, t, run->arguments, v);
    if (!e)
        e = t->run(s, run, v);
    if (!e && strlen(run->result) > TOOL_RESULT_MAX)
        e = fail(s, ERR_TOO_BIG, NULL, NULL, "too much was found: ask for something narrower");
    if (e)
        run->result = excuse(s, e);
    metric_add(
        "va_tools_total",
        arena_printf(s->arena, "tool=\"%s\",result=\"%s\"", t ? t->name : "unknown", err_name(e)),
        1);
    log_info(s, "tool.ran", "tool", t ? t->name : "unknown", "error", e ? err_name(e) : NULL);
}

/* ---- opting out ---- */

struct refusal {
    char *tenant, *far;
};

static void await_refusal(void *arg)
{
    struct refusal *r = arg;
    enum err e = ERR_BUSY;
    for (uint64_t delay = OPT_OUT_FIRST_MS; e && delay < OPT_OUT_GIVE_UP_MS; delay *= 2) {
        struct scope s;
        scope_init(&s, 5000);
        e = await_db(&s, &SQL_opt_out, NULL, r->tenant, r->far);
        if (e)
            log_error(&s, "opt_out.failed", "error", err_name(e), "why", s.fault.message);
        scope_fini(&s);
        if (e)
            await_sleep(delay);
    }
    metric_add("va_opt_outs_total", e ? "result=\"lost\"" : "result=\"stored\"", 1);
    free(r->tenant);
    free(r->far);
    free(r);
}

void tools_opt_out(const char *tenant, const char *far)
{
    struct refusal *r = must(malloc(sizeof *r));
    *r = (struct refusal){must(strdup(tenant)), must(strdup(far))};
    task_spawn("opt_out", await_refusal, r);
}
