/*
 * Viewings. Nothing is booked, moved or cancelled that the caller has not been told and has not answered:
 * asked for the first time, a tool says what to read back ("read_back" in its result). The same wish
 * again, and only after the caller has spoken and has not said no, is carried out. That is decided here,
 * not by the model. Each viewing is one of this caller's own number.
 */
#include "io/db.h"
#include "io/js.h"
#include "sql.h"
#include "tool.h"
#include "wording.h"
#include <string.h>

static const char once_more[] =
    "Nothing is done yet. Read the address, day and time back to the caller and ask whether that "
    "is "
    "right. After a yes, use the same tool again with the same arguments.";

/* What the statements may refuse, in words that can be said. */
static const struct refusal {
    const char *word, *why;
} refusals[] = {
    {"no_property", "property_id: no such property; search first"},
    {"not_available", "that property is not for sale any more; look for another one"},
    {"no_viewing", "there is no coming viewing under the number of this caller"},
    {"several", "there are several viewings: ask which one, and name its viewing_id"},
    {"past", "that time has passed"},
    {"too_far", "viewings can be booked for the next three months only"},
    {"outside_hours", "viewings begin between 9:00 and 17:00"},
    {"conflict",
     "the agent has another viewing at that time; offer a time from free_viewing_slots"},
    {"too_many", "this caller has three viewings already: offer to take a message"},
};

static const char *refusal(const char *word)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(word, refusals[i].word) == 0)
            return refusals[i].why;
    return "this does not work at the moment";
}

/* A withheld number comes as a word, or as one of the numbers that spell it. */
static enum err check_number(struct scope *s, const struct tool_run *run)
{
    static const char *const withheld[] = {"+266696687", "+7378742833", "+2562533", "+8566696",
                                           "+86282452253"};
    bool known = run->far[0] == '+' && strlen(run->far) > 7;
    for (size_t i = 0; i < sizeof withheld / sizeof *withheld; i++)
        known = known && strcmp(run->far, withheld[i]) != 0;
    return known ? OK
                 : fail(s, ERR_UNPROCESSABLE, NULL, NULL,
                        "the caller's number is withheld: offer to take a message instead");
}

/* Whether the caller was told exactly this, and has answered. */
static bool agreed(struct scope *s, const struct tool_run *run, const struct js *wish)
{
    static const char *const same[] = {"property_id", "viewing_id", "starts_at"};
    struct js *j;
    if (!run->read_back || js_parse(s, run->read_back, 0, &j))
        return false;
    const struct js *told = js_get(j, "read_back");
    const char *tool = js_text(js_get(told, "tool"));
    if (!tool || strcmp(tool, run->name) != 0)
        return false;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        const char *a = js_text(js_get(told, same[i])), *b = js_text(js_get(wish, same[i]));
        if (!a != !b || (a && strcmp(a, b) != 0))
            return false;
    }
    return true;
}

static bool is_done(const struct rows *found)
{
    return strcmp(row(found, 0, "done"), "t") == 0;
}

/* {"done": ...}, {"read_back": ...} or {"error": ...}; *viewing is what it is about. */
static enum err tell_change(struct scope *s, struct tool_run *run, const struct rows *found,
                            bool done, struct js **viewing)
{
    struct js *j, *out = js_object(s);
    const char *why = row(found, 0, "refusal");
    TRY(js_parse(s, row(found, 0, "viewing"), 0, &j));
    *viewing = wording_added(s, run->language, j);
    struct js *told = js_copy(s, *viewing);
    if (why) {
        js_set_text(out, "error", refusal(why));
    } else if (done) {
        js_set_bool(out, "done", true);
        js_set(out, "viewing", told);
    } else {
        js_set_text(told, "tool", run->name);
        js_set(out, "read_back", told);
        js_set_text(out, "next", once_more);
    }
    run->result = js_dump(s, out);
    return OK;
}

static enum err await_wish(struct scope *s, struct tool_run *run, const char *const v[],
                           bool commit, struct rows **out)
{
    const char *go = commit ? "true" : "false";
    if (strcmp(run->name, "schedule_viewing") == 0)
        return await_db(s, &SQL_viewing_book, out, run->tenant, v[0], run->call_id, v[1], v[2],
                        run->far, go);
    if (strcmp(run->name, "reschedule_viewing") == 0)
        return await_db(s, &SQL_viewing_move, out, run->tenant, run->far, v[1], v[0], go);
    return await_db(s, &SQL_viewing_drop, out, run->tenant, run->far, v[0], go);
}

static enum err change(struct scope *s, struct tool_run *run, const char *const v[])
{
    struct rows *found;
    struct js *viewing;
    TRY(check_number(s, run));
    TRY(await_wish(s, run, v, false, &found));
    TRY(tell_change(s, run, found, is_done(found), &viewing));
    if (row(found, 0, "refusal") || is_done(found) || !agreed(s, run, viewing))
        return OK;
    if (run->rehearsal)
        return tell_change(s, run, found, true, &viewing);
    enum err e = await_wish(s, run, v, true, &found);
    if (e == ERR_CONFLICT) /* two callers at once: the constraint decides */
        return fail(s, e, NULL, NULL, "%s", refusal("conflict"));
    TRY(e);
    return tell_change(s, run, found, is_done(found), &viewing);
}

enum err tool_schedule_viewing(struct scope *s, struct tool_run *run, const char *const v[])
{
    return change(s, run, v);
}

enum err tool_reschedule_viewing(struct scope *s, struct tool_run *run, const char *const v[])
{
    return change(s, run, v);
}

enum err tool_cancel_viewing(struct scope *s, struct tool_run *run, const char *const v[])
{
    return change(s, run, v);
}

/* ---- to know before ---- */

enum err tool_free_viewing_slots(struct scope *s, struct tool_run *run, const char *const v[])
{
    struct rows *found;
    TRY(await_db(s, &SQL_viewing_slots, &found, run->tenant, v[0], v[1]));
    return tool_tell(s, run, row(found, 0, "slots"));
}

enum err tool_list_viewings(struct scope *s, struct tool_run *run, const char *const v[])
{
    struct rows *found;
    (void)v;
    TRY(check_number(s, run));
    TRY(await_db(s, &SQL_viewings_of, &found, run->tenant, run->far));
    return tool_tell(s, run, row(found, 0, "viewings"));
}
