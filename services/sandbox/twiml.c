#include "twiml.h"
#include "base/buf.h"
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX    10
#define ELEMENTS_MAX 2000

struct level {
    struct element *element, *last_child;
    struct buf text;
};
struct parse {
    struct arena *arena;
    XML_Parser xml;
    struct problem *why;
    struct level levels[DEPTH_MAX];
    struct element *root;
    int depth, elements;
};

/* What may stand where: verb, its attributes, its children. Space-separated, as in the schema. */
static const struct verb {
    const char *name, *attributes, *children;
} verbs[] = {
    {"Response", "", "Say Play Pause Gather Record Dial Redirect Hangup Reject Connect Start Stop"},
    {"Say", "voice language loop", "break emphasis lang p phoneme prosody s say-as sub w"},
    {"Play", "loop digits", ""},
    {"Pause", "length", ""},
    {"Gather",
     "input action method timeout speechTimeout speechModel language hints profanityFilter "
     "partialResultCallback partialResultCallbackMethod actionOnEmptyResult numDigits "
     "finishOnKey bargeIn maxSpeechTime enhanced dtmfDetection debug",
     "Say Play Pause"},
    {"Record",
     "action method timeout finishOnKey maxLength playBeep trim recordingStatusCallback "
     "recordingStatusCallbackEvent recordingStatusCallbackMethod transcribe "
     "transcribeCallback recordingTrack",
     ""},
    {"Dial",
     "action method timeout timeLimit callerId answerOnBridge hangupOnStar record "
     "recordingTrack recordingStatusCallback recordingStatusCallbackEvent "
     "recordingStatusCallbackMethod trim sequential ringTone callReason",
     "Number Client Sip Conference Queue Sim"},
    {"Number",
     "url method sendDigits statusCallback statusCallbackEvent statusCallbackMethod "
     "machineDetection machineDetectionTimeout amdStatusCallback amdStatusCallbackMethod "
     "byoc",
     ""},
    {"Redirect", "method", ""},
    {"Hangup", "", ""},
    {"Reject", "reason", ""},
    {"Start", "action method", "Stream Recording Transcription Siprec"},
    {"Stop", "", "Stream Recording Transcription Siprec"},
    {"Recording",
     "channels track trim recordingStatusCallback recordingStatusCallbackEvent "
     "recordingStatusCallbackMethod name",
     ""},
    {"Stream", "url name track statusCallback statusCallbackMethod connectorName", "Parameter"},
    {"Parameter", "name value", ""},
    {"Connect", "action method", "Stream ConversationRelay Room Autopilot VirtualAgent"},
};

/* Stop with our own reason; expat's would be "parsing aborted". */
static void stop(struct parse *p, const char *text)
{
    if (!p->why->code) {
        p->why->code = 12100;
        snprintf(p->why->text, sizeof p->why->text, "line %lu: %s",
                 (unsigned long)XML_GetCurrentLineNumber(p->xml), text);
    }
    XML_StopParser(p->xml, XML_FALSE);
}

static struct attribute *copy_attributes(struct arena *a, const XML_Char **list)
{
    struct attribute *first = NULL, **tail = &first;
    for (; *list; list += 2) {
        *tail = arena_alloc(a, sizeof **tail);
        (*tail)->name = arena_strdup(a, list[0]);
        (*tail)->value = arena_strdup(a, list[1]);
        tail = &(*tail)->next;
    }
    return first;
}

static void on_open(void *arg, const XML_Char *name, const XML_Char **attributes)
{
    struct parse *p = arg;
    if (p->depth == DEPTH_MAX || ++p->elements > ELEMENTS_MAX) {
        stop(p, p->depth == DEPTH_MAX ? "nested too deeply" : "too many elements");
        return;
    }
    if (p->depth == 0 && strcmp(name, "Response") != 0) {
        stop(p, "the root element must be Response");
        return;
    }
    struct element *e = arena_alloc(p->arena, sizeof *e);
    e->name = arena_strdup(p->arena, name);
    e->text = "";
    e->attributes = copy_attributes(p->arena, attributes);
    if (p->depth == 0) {
        p->root = e;
    } else {
        struct level *parent = &p->levels[p->depth - 1];
        if (parent->last_child)
            parent->last_child->next = e;
        else
            parent->element->children = e;
        parent->last_child = e;
    }
    p->levels[p->depth++] = (struct level){.element = e, .text = BUF(TWIML_MAX)};
}

static void on_text(void *arg, const XML_Char *text, int n)
{
    struct parse *p = arg;
    if (p->depth)
        buf_put(&p->levels[p->depth - 1].text, text, (size_t)n);
}

/* Speech markup is part of what Say says; the text of other children is their own. */
static void on_close(void *arg, const XML_Char *name)
{
    struct parse *p = arg;
    (void)name;
    if (!p->depth) /* the parser has been stopped */
        return;
    struct level *l = &p->levels[--p->depth];
    l->element->text = arena_strdup(p->arena, l->text.p);
    bool inside_say = false;
    for (int i = 1; i < p->depth; i++)
        inside_say |= strcmp(p->levels[i].element->name, "Say") == 0;
    if (inside_say)
        buf_put(&p->levels[p->depth - 1].text, l->text.p, l->text.n);
    buf_free(&l->text);
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(arg, "a document type is not allowed");
}

struct element *twiml_parse(struct arena *a, const char *xml, size_t n, struct problem *why)
{
    struct parse p = {.arena = a, .xml = XML_ParserCreate(NULL), .why = why};
    XML_SetUserData(p.xml, &p);
    XML_SetElementHandler(p.xml, on_open, on_close);
    XML_SetCharacterDataHandler(p.xml, on_text);
    XML_SetStartDoctypeDeclHandler(p.xml, on_doctype);
    if (XML_Parse(p.xml, xml, (int)n, 1) != XML_STATUS_OK && !why->code)
        stop(&p, XML_ErrorString(XML_GetErrorCode(p.xml)));
    while (p.depth)
        buf_free(&p.levels[--p.depth].text);
    XML_ParserFree(p.xml);
    return why->code ? NULL : p.root;
}

bool twiml_is(const struct element *e, const char *name)
{
    return strcmp(e->name, name) == 0;
}

const char *twiml_attr(const struct element *e, const char *name, const char *otherwise)
{
    for (const struct attribute *a = e->attributes; a; a = a->next)
        if (strcmp(a->name, name) == 0)
            return a->value;
    return otherwise;
}

long twiml_int(const struct element *e, const char *name, long otherwise)
{
    const char *text = twiml_attr(e, name, NULL);
    if (!text)
        return otherwise;
    size_t digits = strspn(text, "0123456789");
    return digits && digits < 10 && !text[digits] ? atol(text) : -1;
}

bool twiml_flag(const struct element *e, const char *name, bool otherwise)
{
    return strcmp(twiml_attr(e, name, otherwise ? "true" : "false"), "true") == 0;
}

static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)); p += n)
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return true;
    return false;
}

bool twiml_has(const struct element *e, const char *name, const char *otherwise, const char *word)
{
    return has_word(twiml_attr(e, name, otherwise), word);
}

static const struct verb *verb_of(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static void check(struct arena *a, const struct element *e, twiml_warn *warn, void *arg)
{
    const struct verb *v = verb_of(e->name);
    if (!v || !*v->children)
        return;
    for (const struct element *c = e->children; c; c = c->next) {
        if (!has_word(v->children, c->name))
            warn(arg, 12200, arena_printf(a, "<%.40s> is not allowed in <%s>", c->name, e->name));
        const struct verb *cv = verb_of(c->name);
        for (const struct attribute *at = c->attributes; cv && at; at = at->next)
            if (!has_word(cv->attributes, at->name))
                warn(
                    arg, 12200,
                    arena_printf(a, "attribute '%.40s' is not allowed in <%s>", at->name, c->name));
        if (!twiml_is(c, "Say"))
            check(a, c, warn, arg);
    }
}

void twiml_check(struct arena *a, const struct element *root, twiml_warn *warn, void *arg)
{
    check(a, root, warn, arg);
}
