/*
 * Published vectors of Twilio's request signatures (computed with its own SDK), and every one-bit
 * change of each of them.
 */
#include "base/arena.h"
#include "voice/signature.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(signature, .timeout = 20);

#define ZEROS31        "0000000000000000000000000000000"
#define CA1            "CA" ZEROS31 "1"
#define AC1            "AC" ZEROS31 "1"
#define H              "https://voice.example.com"
#define TOKEN          "0123456789abcdef0123456789abcdef"
#define COMPANY        "https://mycompany.com"
#define COMPANY_TARGET "/myapp.php?foo=1&bar=2"
#define COMPANY_CALL                                                                               \
    "CallSid", "CA1234567890ABCDE", "Caller", "+14158675309", "Digits", "1234", "From",            \
        "+14158675309", "To", "+18005551212"
#define BODY_SHA "27ebfe91a318dc07829eec267640f3751e9a3cdc12079c47803ad76b3404b82e"

struct vector {
    const char *name, *token, *base, *target, *signature;
    const char *params[24]; /* name, value, ... */
    const char *body;       /* of a request that is no form */
};

static const struct vector vectors[] = {
    {"1 inbound",
     TOKEN,
     H,
     "/webhooks/twilio/voice",
     "wW9yKRD/WrdPHYiUqCtLY4QPFrE=",
     {"CallSid", CA1, "AccountSid", AC1, "From", "+15005550006", "To", "+15005550001", "CallStatus",
      "ringing", "ApiVersion", "2010-04-01", "Direction", "inbound"}},
    {"2 status",
     TOKEN,
     H,
     "/webhooks/twilio/status?agent=a-1&leg=0",
     "MGPyTEGYfhB3fvCIEVmOv66ccAI=",
     {"CallSid", CA1, "CallStatus", "completed", "CallDuration", "42", "Duration", "1",
      "SequenceNumber", "3", "CallbackSource", "call-progress-events", "Timestamp",
      "Fri, 20 Aug 2010 01:13:42 +0000"}},
    {"3 UTF-8 and an empty value",
     TOKEN,
     H,
     "/webhooks/twilio/gather",
     "PiR49tBYalJEPDd1N8v3Qr6Se0E=",
     {"CallSid", CA1, "SpeechResult", "S\u00ed, it's 3 & \u00bd \u2014 ok?", "Confidence", "0.91",
      "Language", "en-US", "Empty", ""}},
    {"4 repeated names",
     TOKEN,
     H,
     "/x",
     "AFqfnawuDnkFwFVhnA0N9pCyglY=",
     {"Digits", "5678", "Digits", "1234", "Digits", "1234", "Sid", "CA123", "SidAccount", "AC123",
      "a", "lower", "Z", "upper", "ReasonConferenceEnded", "r", "Reason", "p"}},
    {"5 http with a port",
     TOKEN,
     "http://voice.example.com:8080",
     "/webhooks/twilio/voice",
     "S6SUp1xBTLZ4LHEr8ZCTM4ejcTU=",
     {"CallSid", CA1}},
    {"6 the default port",
     TOKEN,
     "https://voice.example.com:443",
     "/webhooks/twilio/voice",
     "1Kp9sps/lD4YQCBHhlLCVQJwGG0=",
     {"CallSid", CA1}},
    {"7 without it",
     TOKEN,
     H,
     "/webhooks/twilio/voice",
     "+ETZ6/ldFhpyIy8DocI60K/q2KY=",
     {"CallSid", CA1}},
    {"8 GET",
     TOKEN,
     H,
     "/webhooks/twilio/voice?CallSid=" CA1 "&From=%2B15005550006&CallStatus=ringing",
     "Y7AT0ITnrbRaqrQp9NGmK0uIkTk=",
     {NULL}},
    {"9 JSON",
     TOKEN,
     H,
     "/json?bodySHA256=" BODY_SHA,
     "81j4B0C893X62KQtdxNA4rj9mJc=",
     {NULL},
     "{\"event\":\"x\",\"n\":1}"},
    {"10 wss", TOKEN, "wss://voice.example.com", "/media", "ttk+kVY3Kdi/BWVnuJguRoi2Bjs=", {NULL}},
    {"11 wss with a port",
     TOKEN,
     "wss://voice.example.com:443",
     "/media",
     "JI5PyUOwt6GuF3/K92tnPhD5Oeo=",
     {NULL}},
    {"12 credentials",
     TOKEN,
     "https://user:pass@voice.example.com",
     "/webhooks/twilio/voice",
     "w0Pq8llWtqkynb0rivxIh3DvJyY=",
     {"CallSid", CA1}},
    {"13 a space",
     TOKEN,
     H,
     "/webhooks/twilio/voice",
     "0J1Rf1akXn1OFSGQWLGM7nAGAYU=",
     {"From", "+15005550006", "SpeechResult", "a b"}},
    {"14 outer spaces", TOKEN, H, "/f", "svxMIvfipxZs2mZxw5AvJZO1nA0=", {"SpeechResult", "  hi  "}},
    {"SDK", "12345", COMPANY, COMPANY_TARGET, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", {COMPANY_CALL}},
    {"SDK signed with :443, seen without",
     "12345",
     COMPANY,
     COMPANY_TARGET,
     "kvajT1Ptam85bY51eRf/AJRuM3w=",
     {COMPANY_CALL}},
    {"SDK http :80, seen without",
     "12345",
     "http://mycompany.com",
     COMPANY_TARGET,
     "0ZXoZLH/DfblKGATFgpif+LLRf4=",
     {COMPANY_CALL}},
    {"SDK http :1234",
     "12345",
     "http://mycompany.com:1234",
     COMPANY_TARGET,
     "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
     {COMPANY_CALL}},
    {"SDK repeated names",
     "12345",
     COMPANY,
     COMPANY_TARGET,
     "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
     {"Sid", "CA123", "SidAccount", "AC123", "Digits", "5678", "Digits", "1234", "Digits", "1234"}},
};
#define VECTORS (sizeof vectors / sizeof *vectors)

static struct scope s;

static void up(void)
{
    scope_init(&s, 10000);
}

static void down(void)
{
    scope_fini(&s);
}

static struct form *form_of(const struct vector *v)
{
    struct form *f = arena_alloc(s.arena, sizeof *f);
    f->pairs = arena_alloc(s.arena, 12 * sizeof *f->pairs);
    for (; f->n < 12 && v->params[2 * f->n]; f->n++) {
        const char *name = v->params[2 * f->n], *value = v->params[2 * f->n + 1];
        f->pairs[f->n] = (struct pair){arena_strdup(s.arena, name), arena_strdup(s.arena, value),
                                       strlen(name), strlen(value)};
    }
    return f->n ? f : NULL;
}

static struct signed_request request_of(const struct vector *v)
{
    return (struct signed_request){.public_url = v->base,
                                   .target = v->target,
                                   .form = form_of(v),
                                   .body = v->body,
                                   .body_n = v->body ? strlen(v->body) : 0,
                                   .tokens = {v->token},
                                   .signature = v->signature};
}

static const struct vector *vector(const char *name)
{
    for (size_t i = 0; i < VECTORS; i++)
        if (strcmp(vectors[i].name, name) == 0)
            return &vectors[i];
    cr_assert_fail("no vector %s", name);
    abort();
}

Test(signature, every_published_vector_is_accepted, .init = up, .fini = down)
{
    for (size_t i = 0; i < VECTORS; i++) {
        struct signed_request r = request_of(&vectors[i]);
        cr_expect_eq(signature_check(&s, &r), OK, "%s", vectors[i].name);
    }
}

/* Changes one bit of every byte of text in turn (never to NUL); each time the request must be refused. */
static void expect_mutations_refused(const struct vector *v, struct signed_request *r,
                                     const char **text, const char *what)
{
    const char *good = *text;
    char bad[512];
    size_t n = strlen(good);
    cr_assert_lt(n, sizeof bad);
    for (size_t i = 0; i < n; i++) {
        memcpy(bad, good, n + 1);
        bad[i] ^= 1;
        *text = bad;
        cr_expect_eq(signature_check(&s, r), ERR_FORBIDDEN, "%s: %s at %zu", v->name, what, i);
    }
    *text = good;
}

Test(signature, one_changed_byte_anywhere_is_refused, .init = up, .fini = down)
{
    for (size_t i = 0; i < VECTORS; i++) {
        struct signed_request r = request_of(&vectors[i]);
        const struct vector *v = &vectors[i];
        expect_mutations_refused(v, &r, &r.public_url, "origin");
        expect_mutations_refused(v, &r, &r.target, "target");
        expect_mutations_refused(v, &r, &r.signature, "signature");
        expect_mutations_refused(v, &r, &r.tokens[0], "token");
        if (r.body)
            expect_mutations_refused(v, &r, &r.body, "body");
        for (size_t p = 0; r.form && p < r.form->n; p++) {
            expect_mutations_refused(v, &r, &r.form->pairs[p].name, "name");
            expect_mutations_refused(v, &r, &r.form->pairs[p].value, "value");
        }
        cr_expect_eq(signature_check(&s, &r), OK, "%s: unchanged again", v->name);
    }
}

Test(signature, a_parameter_more_or_less_is_refused, .init = up, .fini = down)
{
    struct signed_request r = request_of(vector("1 inbound"));
    struct form *f = (struct form *)r.form;
    f->n--;
    cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN);
    f->n++;
    f->pairs[f->n++] = (struct pair){"Extra", "", 5, 0};
    cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN);
}

Test(signature, the_order_of_arrival_does_not_matter, .init = up, .fini = down)
{
    struct signed_request r = request_of(vector("4 repeated names"));
    struct pair first = r.form->pairs[0];
    memmove(r.form->pairs, r.form->pairs + 1, (r.form->n - 1) * sizeof first);
    r.form->pairs[r.form->n - 1] = first;
    cr_expect_eq(signature_check(&s, &r), OK);
}

Test(signature, a_port_may_be_missing_in_what_was_signed_but_not_be_invented, .init = up,
     .fini = down)
{
    struct signed_request r = request_of(vector("7 without it"));
    r.public_url = H ":8443";
    cr_expect_eq(signature_check(&s, &r), OK, "signed without, configured with");
    r = request_of(vector("5 http with a port"));
    r.public_url = "http://voice.example.com";
    cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN, "signed with a port of its own");
    r = request_of(vector("11 wss with a port"));
    r.public_url = "wss://voice.example.com";
    cr_expect_eq(signature_check(&s, &r), OK, "wss has the default port of https");
    r = request_of(vector("7 without it"));
    r.public_url = "http://voice.example.com";
    cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN, "another scheme");
}

Test(signature, credentials_may_have_been_dropped_before_signing, .init = up, .fini = down)
{
    struct signed_request r = request_of(vector("7 without it"));
    r.public_url = "https://user:p@ss@voice.example.com";
    cr_expect_eq(signature_check(&s, &r), OK);
}

Test(signature, both_tokens_count_during_a_rotation, .init = up, .fini = down)
{
    struct signed_request r = request_of(vector("1 inbound"));
    r.tokens[0] = "an old token", r.tokens[1] = TOKEN;
    cr_expect_eq(signature_check(&s, &r), OK);
    r.tokens[0] = TOKEN, r.tokens[1] = "";
    cr_expect_eq(signature_check(&s, &r), OK);
    r.tokens[0] = "", r.tokens[1] = NULL;
    cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN, "no token, no entry");
}

Test(signature, an_empty_token_signs_nothing, .init = up, .fini = down)
{
    struct signed_request r = request_of(vector("1 inbound"));
    char forged[SIGNATURE_TEXT];
    signature_make("", H "/webhooks/twilio/voice", r.form, forged);
    r.signature = forged;
    r.tokens[0] = "";
    cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN);
}

Test(signature, a_body_that_nothing_signs_is_refused, .init = up, .fini = down)
{
    struct signed_request r = request_of(vector("8 GET"));
    r.body = "{\"smuggled\":true}", r.body_n = strlen(r.body);
    cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN);
    r = request_of(vector("9 JSON"));
    r.body_n = 0;
    cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN, "the hash is of another body");
}

Test(signature, absent_short_and_long_signatures_are_refused, .init = up, .fini = down)
{
    struct signed_request r = request_of(vector("1 inbound"));
    static const char *const bad[] = {
        NULL, "", "wW9yKRD/WrdPHYiUqCtLY4QPFrE",
        "wW9yKRD/WrdPHYiUqCtLY4QPFrE==", " wW9yKRD/WrdPHYiUqCtLY4QPFrE="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        r.signature = bad[i];
        cr_expect_eq(signature_check(&s, &r), ERR_FORBIDDEN, "%s", bad[i] ? bad[i] : "absent");
    }
}

Test(signature, what_we_sign_is_what_we_accept, .init = up, .fini = down)
{
    for (size_t i = 0; i < VECTORS; i++) {
        struct signed_request r = request_of(&vectors[i]);
        char made[SIGNATURE_TEXT];
        signature_make(vectors[i].token, arena_printf(s.arena, "%s%s", r.public_url, r.target),
                       r.form, made);
        r.signature = made;
        cr_expect_eq(signature_check(&s, &r), OK, "%s", vectors[i].name);
    }
}
