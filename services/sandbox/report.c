#include "report.h"
#include "base/buf.h"
#include "wording.h"
#include <stdio.h>
#include <string.h>

#define LINES_MAX 400

struct line {
    bool caller;
    const char *text, *low;
};
struct report {
    struct scope *scope;
    struct line lines[LINES_MAX];
    size_t n;
    struct js *out;
};

/* ---- reading ---- */

static void read_line(struct report *r, const char *p, size_t n)
{
    bool caller = strncmp(p, "Caller: ", 8) == 0, agent = strncmp(p, "Assistant: ", 11) == 0;
    size_t skip = caller ? 8 : 11;
    if ((!caller && !agent) || r->n == LINES_MAX)
        return;
    struct line *l = &r->lines[r->n++];
    l->caller = caller;
    l->text = arena_strndup(r->scope->arena, p + skip, n - skip);
    l->low = lower_case(r->scope->arena, l->text);
}

static void read_transcript(struct report *r, const char *text)
{
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        if (n > 11)
            read_line(r, text, n);
        else if (n > 8 && strncmp(text, "Caller: ", 8) == 0)
            read_line(r, text, n);
    }
}

/* ---- finding ---- */

/* The sentence of the line in which one of the words is. */
static const char *sentence_with(struct report *r, const struct line *l, const char *words)
{
    for (const char *p = l->text; *p;) {
        size_t n = strcspn(p, ".?!");
        n += p[n] != 0;
        const char *sentence = arena_strndup(r->scope->arena, p, n);
        if (mentions(lower_case(r->scope->arena, sentence), words))
            return sentence;
        p += n;
        p += strspn(p, " ");
    }
    return l->text;
}

static void set(struct report *r, const char *name, const char *value, const char *quote)
{
    struct js *field = js_object(r->scope);
    js_set_text(field, "value", value);
    js_set_text(field, "quote", quote);
    js_set(r->out, name, value ? field : NULL);
}

/* Lines of the caller only. NULL when nobody said one of the words. */
static const struct line *line_with(const struct report *r, const char *words)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->lines[i].caller && mentions(r->lines[i].low, words))
            return &r->lines[i];
    return NULL;
}

static void find_name(struct report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        bool asked = i && !r->lines[i - 1].caller && strstr(r->lines[i - 1].low, "name");
        const char *name =
            r->lines[i].caller ? name_in(r->scope->arena, r->lines[i].text, asked) : NULL;
        if (name && strstr(r->lines[i].text, name)) {
            set(r, "name", name, r->lines[i].text);
            return;
        }
    }
    js_set(r->out, "name", NULL);
}

static void find_intent(struct report *r)
{
    static const char *const intents[][2] = {
        {"sell", "sell|selling"},
        {"rent", "rent|renting|rental"},
        {"buy", "buy|buying|looking for|find me|house|apartment|condo|townhouse"},
        {"value", "worth|valuation"},
        {"information", "question|information|tell me"},
    };
    for (size_t i = 0; i < sizeof intents / sizeof *intents; i++) {
        const struct line *l = line_with(r, intents[i][1]);
        if (!l)
            continue;
        set(r, "intent", intents[i][0], sentence_with(r, l, intents[i][1]));
        return;
    }
    js_set(r->out, "intent", NULL);
}

static void find_budget(struct report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct line *l = &r->lines[i];
        if (!l->caller || !amount_in(l->low))
            continue;
        set(r, "budget", arena_printf(r->scope->arena, "%ld", amount_in(l->low)), l->text);
        return;
    }
    js_set(r->out, "budget", NULL);
}

static void find_property(struct report *r)
{
    static const char words[] = "house|houses|apartment|apartments|flat|condo|townhouse|villa|"
                                "street|avenue|road|lane|bedroom|bedrooms";
    const struct line *l = line_with(r, words);
    const char *said = l ? sentence_with(r, l, words) : NULL;
    set(r, "property", said, said);
}

static void find_viewing(struct report *r)
{
    static const char days[] =
        "monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today";
    const struct line *l = line_with(r, days);
    const char *said = l ? sentence_with(r, l, days) : NULL;
    bool viewing = l && !mentions(l->low, "call me|call back|call us|ring me");
    set(r, "viewing", viewing ? said : NULL, said);
}

static void find_callback(struct report *r)
{
    static const char words[] = "call me back|call back|call me|ring me|call us back";
    const struct line *l = line_with(r, words);
    const char *said =
        l && !mentions(l->low, "stop|do not|don't|never") ? sentence_with(r, l, words) : NULL;
    set(r, "callback", said, said);
}

/* ---- in words ---- */

static const char *outcome_of(const struct report *r)
{
    bool caller = false;
    for (size_t i = 0; i < r->n; i++)
        caller |= r->lines[i].caller;
    if (!caller)
        return "no_conversation";
    if (line_with(r, "stop calling|do not call|don't call|never call"))
        return "opted_out";
    if (line_with(r, "not interested|no interest"))
        return "not_interested";
    if (js_type(js_get(r->out, "callback")) == JS_OBJECT)
        return "callback_requested";
    return js_type(js_get(r->out, "intent")) == JS_OBJECT ? "information_given" : "other";
}

static const char *value_of(const struct report *r, const char *name)
{
    return js_text(js_get(js_get(r->out, name), "value"));
}

static const char *in_words(struct report *r, const char *booked)
{
    struct buf b = buf_in(r->scope->arena, 4096);
    const char *name = value_of(r, "name"), *property = value_of(r, "property"),
               *viewing = value_of(r, "viewing"), *callback = value_of(r, "callback");
    buf_printf(&b, "%s called", name ? name : "A caller");
    if (property)
        buf_printf(&b, " about: \"%.300s\"", property);
    buf_puts(&b, ".");
    if (booked)
        buf_puts(&b, " A viewing was booked.");
    else if (viewing)
        buf_printf(&b, " They asked: \"%.300s\"", viewing);
    if (callback)
        buf_printf(&b, " They want to be called back: \"%.300s\"", callback);
    if (strcmp(outcome_of(r), "not_interested") == 0)
        buf_puts(&b, " They are not interested.");
    return b.p;
}

static const char *last_text(const struct js *messages)
{
    const char *text = js_text(js_get(js_at(messages, js_count(messages) - 1), "content"));
    return text ? text : "";
}

bool report_asked(const struct js *messages)
{
    return strstr(last_text(messages), "\nTranscript:\n") != NULL;
}

const char *report_write(struct scope *s, const struct js *messages)
{
    struct report *r = arena_alloc(s->arena, sizeof *r);
    const char *text = last_text(messages);
    *r = (struct report){.scope = s, .out = js_object(s)};
    read_transcript(r, text);
    find_name(r);
    find_intent(r);
    find_budget(r);
    find_property(r);
    find_viewing(r);
    find_callback(r);
    js_set_text(r->out, "outcome", outcome_of(r));
    js_set_text(r->out, "summary", in_words(r, strstr(text, "Booked during")));
    return js_dump(s, r->out);
}
