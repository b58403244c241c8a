#include "truth.h"
#include "base/buf.h"
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (256 * 1024)

const char *network_call(const char *sid)
{
    struct answer a = ask("GET", TELEPHONE, NULL, text("/sandbox/calls/%s", sid), NULL);
    cr_assert_eq(a.status, 200, "the network does not know %s", sid);
    return a.body;
}

static const char *line_field(const char *call, const char *list, int i, const char *name)
{
    return field(call, text("%s.%d.%s", list, i, name));
}

int lines_of(const char *call, const char *who)
{
    int n = 0;
    for (int i = 0; i < length(call, "transcript"); i++)
        n += strcmp(line_field(call, "transcript", i, "who"), who) == 0;
    return n;
}

int bad_documents(const char *call)
{
    int n = 0;
    for (int i = 0; i < length(call, "errors"); i++)
        n += strncmp(line_field(call, "errors", i, "text"), "callback.", 9) != 0;
    return n;
}

const char *call_id(const char *sid)
{
    const char *id = "";
    EVENTUALLY(*(id = sql("select id from calls where twilio_call_sid = '%s'", sid)));
    return id;
}

const char *ended_call(const char *id)
{
    EVENTUALLY_IN(40, *sql("select 1 from calls where id = '%s' and status_rank(status) = 3", id));
    struct answer a = ask("GET", API, login("agent@demo.test"), text("/agent/calls/%s", id), NULL);
    cr_assert_eq(a.status, 200, "call %s: %d %s", id, a.status, a.body);
    return a.body;
}

int placed_calls(void)
{
    struct answer a = ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=twilio.calls.create", NULL);
    int n = 0;
    for (int i = 0; i < length(a.body, "entries"); i++)
        n += strcmp(line_field(a.body, "entries", i, "executed"), "true") == 0;
    return n;
}

void expect_true_call(const char *sid)
{
    const char *call = call_over(sid), *status = field(call, "status");
    EVENTUALLY_IN(
        30, strcmp(sql("select status from calls where twilio_call_sid = '%s'", sid), status) == 0);
    EVENTUALLY_IN(10, atol(sql("select duration_seconds from calls where twilio_call_sid = '%s'",
                               sid)) == number(call, "duration"));
    cr_expect_str_eq(sql("select count(*) from calls where twilio_call_sid = '%s'", sid), "1");
    EVENTUALLY(strcmp(sql("select count(*) from live_calls l join calls c on c.id = l.call_id "
                          "where c.twilio_call_sid = '%s'",
                          sid),
                      "0") == 0);
}

/* ---- transcripts ---- */

/* "caller: hello. agent: hi there." Pauses, clips and sentences are not told apart: words are. */
struct told {
    struct buf words;
    const char *speaker;
};

static void tell(struct told *t, const char *speaker, const char *words)
{
    if (!t->speaker || strcmp(t->speaker, speaker) != 0)
        buf_printf(&t->words, "\n%s:", speaker);
    t->speaker = speaker;
    bool gap = true;
    for (; *words; words++) {
        gap |= isspace((unsigned char)*words) != 0;
        if (isspace((unsigned char)*words))
            continue;
        if (gap)
            buf_putc(&t->words, ' ');
        gap = false;
        buf_putc(&t->words, *words);
    }
}

static const char *told(struct told *t)
{
    const char *all = text("%.*s", (int)t->words.n, t->words.p ? t->words.p : "");
    buf_free(&t->words);
    return all;
}

/* Said on a slow day, and no part of any turn. */
static bool is_filler(const char *words)
{
    return strcmp(words, "One moment, please.") == 0 ||
           strcmp(words, "Thank you for waiting, I'm still looking.") == 0;
}

/* What somebody says who picks up is said before anybody listens. */
static const char *heard_by_network(const char *call)
{
    struct told t = {.words = BUF(TEXT_MAX)};
    for (int i = 0; i < length(call, "transcript"); i++) {
        const char *who = line_field(call, "transcript", i, "who"),
                   *words = line_field(call, "transcript", i, "text");
        if ((t.speaker || strcmp(who, "agent") == 0) && !is_filler(words))
            tell(&t, who, words);
    }
    return told(&t);
}

static const char *stored_turns(const char *id)
{
    struct answer a =
        ask("GET", API, login("agent@demo.test"), text("/agent/calls/%s/turns", id), NULL);
    cr_assert_eq(a.status, 200, "turns: %d %s", a.status, a.body);
    struct told t = {.words = BUF(TEXT_MAX)};
    for (int i = 0; i < length(a.body, "items"); i++) {
        const char *role = line_field(a.body, "items", i, "role");
        const char *heard = line_field(a.body, "items", i, "heard");
        if (strcmp(role, "tool") != 0)
            tell(&t, role, heard ? heard : line_field(a.body, "items", i, "text"));
    }
    return told(&t);
}

void expect_true_transcript(const char *sid)
{
    const char *network = heard_by_network(call_over(sid)), *id = call_id(sid), *stored = "";
    struct patience patient = patience(15);
    while (strcmp(stored = stored_turns(id), network) != 0)
        if (!look_again(&patient))
            cr_assert_fail("the network heard:%s\n\nwe have stored:%s", network, stored);
}

/* ---- statistics ---- */

static const char *recount(void)
{
    return sql("select concat_ws(' ', count(*), count(*) filter (where status = 'completed'), "
               "count(*) filter (where status in ('failed', 'busy', 'no-answer', 'canceled')), "
               "coalesce(sum(duration_seconds), 0)) from calls");
}

static const char *figures(const char *token, const char *path)
{
    struct answer a = ask("GET", API, token, path, NULL);
    cr_assert_eq(a.status, 200, "%s: %d %s", path, a.status, a.body);
    return text("%ld %ld %ld %ld", number(a.body, "total_calls"), number(a.body, "completed_calls"),
                number(a.body, "failed_calls"), number(a.body, "total_duration_seconds"));
}

void expect_true_statistics(void)
{
    const char *own = "/agent/call-stats?period=week";
    const char *admins =
        text("/admin/voice-agents/%s/call-stats?period=week", sql("select id from voice_agents"));
    const char *counted = "", *agents = "";
    struct patience patient = patience(15);
    while (strcmp(counted = recount(), agents = figures(login("agent@demo.test"), own)) != 0)
        if (!look_again(&patient))
            cr_assert_fail("total, completed, failed, seconds: counted %s, the figures say %s",
                           counted, agents);
    cr_expect_str_eq(figures(login("admin@demo.test"), admins), counted);
}
