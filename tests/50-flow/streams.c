#include "streams.h"
#include "base/buf.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void fault(const char *json)
{
    struct answer a = ask("POST", TELEPHONE, NULL, "/sandbox/faults", json);
    cr_assert(a.status == 200 || a.status == 201, "%s: %d %s", json, a.status, a.body);
}

const char *ended_well(const char *sid, int complaints)
{
    const char *call = call_over(sid);
    cr_expect_str_eq(field(call, "status"), "completed", "%s", call);
    cr_expect_eq(lines_of(call, "network"), 0, "%s", call);
    cr_expect_eq(bad_documents(call), complaints, "%s", call);
    return call;
}

const char *good_call(const char *sid)
{
    return ended_well(sid, 0);
}

const char *all_words(const char *call, const char *who)
{
    struct buf b = BUF(64 * 1024);
    for (int i = 0; i < length(call, "transcript"); i++)
        if (strcmp(field(call, text("transcript.%d.who", i)), who) == 0)
            buf_printf(&b, "%s\n", field(call, text("transcript.%d.text", i)));
    const char *words = text("%s", b.n ? b.p : "");
    buf_free(&b);
    return words;
}

void await_greeting(const char *sid)
{
    EVENTUALLY_IN(60, lines_of(network_call(sid), "agent") >= 2); /* behind the disclosure */
}

void expect_said(const char *call, const char *words)
{
    cr_expect(strstr(all_words(call, "agent"), words), "\"%s\" was not said: %s", words, call);
}

int requests(const char *call, const char *event)
{
    int n = 0;
    for (int i = 0; i < length(call, "twiml"); i++)
        n += strstr(field(call, text("twiml.%d.url", i)), text("event=%s", event)) != NULL;
    return n;
}

const char *of_turns(const char *sid, const char *what)
{
    return sql("select coalesce((select %s from call_turns t join calls c on c.id = t.call_id "
               "where c.twilio_call_sid = '%s')::text, '')",
               what, sid);
}

int count_of(const char *sid, const char *which)
{
    return atoi(of_turns(sid, text("count(*) filter (where %s)", which)));
}

void expect_heard(const char *sid, const char *words)
{
    EVENTUALLY_IN(30, count_of(sid, text("role = 'caller' and text = '%s'", words)) == 1);
}

void expect_degraded(const char *sid, const char *word)
{
    EVENTUALLY_IN(30, count_of(sid, text("'%s' = any (degraded)", word)) > 0);
}

long metric(enum process p, const char *name)
{
    const char *m = ask("GET", OPS + (int)p, NULL, "/metrics", NULL).body,
               *at = m ? strstr(m, text("\n%s ", name)) : NULL;
    return at ? strtol(strchr(at + 1, ' '), NULL, 10) : 0;
}
