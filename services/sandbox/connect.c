/* Connect with a Stream: the call is the agent's server's, sound by sound, until that closes the socket. */
#include "media.h"
#include "verbs.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARAMETER_MAX 500

/* What the running stream tells its status callback. */
struct stream {
    struct run *run;
    const struct element *element;
    const char *url;
    struct hook on_status;
    const char *sid;
};

static void tell(struct stream *s, const char *event, const char *error)
{
    callback_stream(s->run->call, &s->on_status, s->sid, twiml_attr(s->element, "name", NULL),
                    event, error);
}

/* 0, or the code of what is wrong with it. */
static int wrong_url(const char *url, const char **why)
{
    size_t scheme = strncasecmp(url, "wss://", 6) == 0  ? 6
                    : strncasecmp(url, "ws://", 5) == 0 ? 5
                                                        : 0;
    *why = "Stream: the URL must be wss:// (the sandbox takes ws:// too)";
    if (!scheme || !url[scheme] || strpbrk(url, " \t\r\n"))
        return 31922;
    *why = "Stream: query strings are not supported in its URL; use <Parameter>";
    return strchr(url, '?') ? 31920 : 0;
}

static void check_parameters(struct call *c, const struct element *stream)
{
    for (const struct element *p = stream->children; p; p = p->next) {
        size_t n = strlen(twiml_attr(p, "name", "")) + strlen(twiml_attr(p, "value", ""));
        if (twiml_is(p, "Parameter") && n >= PARAMETER_MAX)
            call_erred(c, 12200, "Parameter: name and value under 500 characters together");
    }
}

static void await_stream(struct stream *s, struct media *m)
{
    struct call *c = s->run->call;
    bool told = false;
    enum wake w = WAKE_DONE;
    media_open(m);
    while (!media_over(m) && w == WAKE_DONE) {
        w = await_call(c, UINT64_MAX);
        media_tell(m);
        if (media_started(m) && !told)
            tell(s, "stream-started", NULL);
        told |= media_started(m);
    }
}

static const char *await_connected(struct stream *s)
{
    struct call *c = s->run->call;
    const char *text = NULL;
    struct media *m = await_media_create(c, s->url, s->element);
    s->sid = arena_strdup(c->arena, media_sid(m));
    c->streaming = true;
    await_stream(s, m);
    int code = media_error(m, &text);
    media_close(m);
    call_waited(c);
    c->streaming = false;
    if (code)
        call_erred(c, code, text);
    tell(s, code ? "stream-error" : "stream-stopped", code ? text : NULL);
    return code ? text : NULL;
}

static enum flow await_after(struct stream *s, const struct element *connect, const char *error)
{
    if (s->run->call->gone || s->run->call->redirect.url || s->run->call->redirect_twiml)
        return FLOW_END;
    if (!twiml_attr(connect, "action", NULL))
        return FLOW_NEXT;
    struct params p = {.arena = s->run->page->arena};
    params_add(&p, "StreamSid", s->sid);
    params_add(&p, "StreamError", error);
    return await_action(s->run, connect, &p);
}

static struct hook status_hook(struct run *r, const struct element *stream)
{
    const char *url = twiml_attr(stream, "statusCallback", NULL);
    if (url && !strstr(url, "://")) {
        call_erred(r->call, 11100, "Stream: the callback's URL must be absolute");
        return (struct hook){0};
    }
    return verb_hook(r, stream, "statusCallback");
}

enum flow await_connect(struct run *r, const struct element *e)
{
    const struct element *stream = e->children;
    const char *why = NULL;
    while (stream && !twiml_is(stream, "Stream"))
        stream = stream->next;
    if (!stream) {
        call_erred(r->call, 12200, "the sandbox has no Connect but with a Stream");
        return FLOW_NEXT;
    }
    struct stream s = {.run = r,
                       .element = stream,
                       .url = twiml_attr(stream, "url", ""),
                       .on_status = status_hook(r, stream)};
    int code = wrong_url(s.url, &why);
    check_parameters(r->call, stream);
    if (code) {
        call_erred(r->call, code, why);
        return await_after(&s, e, why);
    }
    return await_after(&s, e, await_connected(&s));
}
