/* What the diagnosis looks at of others: the way from outside to us, Twilio, our numbers there, the models. */
#include "base/clock.h"
#include "broker.h"
#include "diagnose.h"
#include "gateway.h"
#include "io/db.h"
#include "io/httpc.h"
#include "io/httpd.h"
#include "sql.h"
#include "voice/signature.h"
#include "voice/twilio.h"
#include <stdlib.h>
#include <string.h>

#define PROBE_MS  5000
#define PROBE     "/webhooks/twilio/probe"
#define PROBE_SID "CA00000000000000000000000000000000"

static const struct twilio *account(void)
{
    static struct twilio t;
    t = (struct twilio){cfg.twilio_url, cfg.twilio_account, cfg.twilio_token};
    return &t;
}

/* A stand-in on this machine may be reached where Twilio could not come. */
static bool is_the_real_one(void)
{
    return strstr(cfg.twilio_url, "api.twilio.com") != NULL;
}

/* ---- the way to us ---- */

/* What the ingestor says to a request of Twilio's, signed with our token, or not signed at all. */
static enum err await_probe(struct check *c, bool sign, struct http_answer *ans)
{
    struct arena *a = c->scope.arena;
    const char *url = url_under(a, cfg.public_url, PROBE);
    char signature[SIGNATURE_TEXT];
    struct pair pairs[] = {
        {"AccountSid", cfg.twilio_account, strlen("AccountSid"), strlen(cfg.twilio_account)},
        {"CallSid", PROBE_SID, strlen("CallSid"), strlen(PROBE_SID)}};
    const struct form form = {pairs, 2};
    signature_make(cfg.twilio_token, url, &form, signature);
    const char *const headers[] = {
        sign ? arena_printf(a, "X-Twilio-Signature: %s", signature) : NULL, NULL};
    return await_http(
        &c->scope,
        &(struct http_ask){.method = "POST",
                           .url = url,
                           .type = "application/x-www-form-urlencoded",
                           .body = arena_printf(a, "AccountSid=%s&CallSid=%s",
                                                url_encode(a, cfg.twilio_account), PROBE_SID),
                           .headers = headers,
                           .total_ms = PROBE_MS},
        ans);
}

static void judge_signature(struct check *c, int signed_status, int plain_status)
{
    if (signed_status == 200 && plain_status == 403)
        found(c, "signature", GOOD, NULL,
              "what our token signs is accepted, what nobody has signed is refused");
    else if (signed_status == 200)
        found(c, "signature", FAIL, "let nothing answer in front of the ingestor",
              "a request without a signature was answered with %d instead of 403", plain_status);
    else if (signed_status == 403)
        found(c, "signature", FAIL,
              "give the gateway and the ingestor the same TWILIO_AUTH_TOKEN and PUBLIC_URL",
              "the ingestor refuses what our token signs for %s", cfg.public_url);
    else
        found(c, "signature", FAIL,
              "lead " PROBE " and its neighbours from PUBLIC_URL to the webhook-ingestor",
              "something else answers there, with %d", signed_status);
}

static void judge_origin(struct check *c)
{
    bool https = strncmp(cfg.public_url, "https://", 8) == 0;
    if (is_the_real_one() && !https)
        found(c, "public_url", FAIL, "set PUBLIC_URL to an https origin that the internet reaches",
              "%s is not https", cfg.public_url);
    else
        found(c, "public_url", GOOD, NULL, "%s answers%s", cfg.public_url,
              is_the_real_one() ? "" : "; Twilio itself is not in play");
}

/* Twilio comes from the internet: a name that leads inside is no use to it. */
static void await_judge_address(struct check *c)
{
    struct http_answer ans;
    if (!is_the_real_one() || strncmp(cfg.public_url, "https://", 8) != 0)
        return;
    enum err e =
        await_http(&c->scope,
                   &(struct http_ask){.method = "GET",
                                      .url = url_under(c->scope.arena, cfg.public_url, "/"),
                                      .public_only = true,
                                      .total_ms = PROBE_MS},
                   &ans);
    found(c, "public_address", e ? WARN : GOOD,
          e ? "see that its name leads to a public address where Twilio looks it up" : NULL,
          e ? "from here, its name leads to no public address"
            : "its name leads to a public address");
}

void await_check_public_url(struct check *c)
{
    struct http_answer with, without;
    if (await_probe(c, true, &with) || await_probe(c, false, &without)) {
        found(c, "public_url", FAIL,
              "see that PUBLIC_URL is right, and that a front leads it to the webhook-ingestor",
              "%s does not answer: %s", cfg.public_url, c->scope.fault.message);
        return;
    }
    judge_origin(c);
    judge_signature(c, with.status, without.status);
    await_judge_address(c);
}

/* ---- Twilio ---- */

static void judge_account(struct check *c, const struct twilio_account *a)
{
    if (strcmp(a->status, "active") != 0)
        found(c, "twilio", FAIL, "see the account's page at Twilio: it takes no calls like this",
              "the account is %s", a->status);
    else if (strcmp(a->type, "Trial") == 0)
        found(c, "twilio", WARN,
              "upgrade it: a trial account calls verified numbers only, and speaks first",
              "the token is right; it is a trial account");
    else
        found(c, "twilio", GOOD, NULL, "the token is right, the account active");
}

void await_check_twilio(struct check *c)
{
    struct twilio_account a;
    uint64_t began = clock_ms();
    enum err e = await_twilio_account(&c->scope, account(), &a);
    if (e == ERR_FORBIDDEN)
        found(c, "twilio", FAIL,
              "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to those of Twilio's console",
              "the account does not take our token");
    else if (e)
        found(c, "twilio", FAIL, "see status.twilio.com, and that this machine may reach it",
              "no good answer: %s", c->scope.fault.message);
    if (e)
        return;
    judge_account(c, &a);
    if (a.date_ms) /* whole seconds, said somewhere between asking and hearing */
        found_clock(c, "twilio_clock", a.date_ms + 500 + (clock_ms() - began) / 2);
}

/* ---- our numbers there ---- */

static void judge_number(struct check *c, const char *number, enum err e,
                         const struct twilio_number *n, int *led)
{
    const struct twilio_hooks ours = twilio_hooks_of(c->scope.arena, cfg.public_url);
    const char *wrong = e ? NULL : twilio_drift(n, &ours);
    if (!e && !wrong)
        ++*led;
    else if (e == ERR_MISSING)
        found(c, "number", FAIL, "buy it back, or give the voice agent another one",
              "Twilio's account does not have %s", number);
    else if (e)
        found(c, "number", FAIL, "try again in a moment", "%s could not be asked about: %s", number,
              c->scope.fault.message);
    else
        found(c, "number", FAIL,
              "nothing: it is led back by itself within minutes. If it comes again, somebody "
              "else sets it, too",
              "%s leads elsewhere: its %s is not ours", number, wrong);
}

void await_check_numbers(struct check *c)
{
    struct rows *numbers;
    struct twilio_number n;
    int led = 0;
    if (await_db(&c->scope, &SQL_numbers_led, &numbers, c->agent))
        return; /* the database has its own check */
    for (int i = 0; i < numbers->n; i++) {
        c->scope.fault = (struct fault){0};
        enum err e =
            await_twilio_find_number(&c->scope, account(), row(numbers, i, "phone_number"), &n);
        judge_number(c, row(numbers, i, "phone_number"), e, &n, &led);
    }
    if (!numbers->n)
        found(c, "numbers", WARN, c->agent ? "wait for the set-up to end" : NULL,
              "no number is in use");
    else if (led == numbers->n)
        found(c, "numbers", GOOD, NULL,
              led == 1 ? "the number leads to us" : "all %d numbers lead to us", led);
}

/* ---- the models ---- */

static const char *key_of(struct arena *a, const struct ai_checked_item *p)
{
    size_t n = strcspn(p->name, "-");
    char *role = arena_strndup(a, p->name, n);
    for (char *x = role; *x; x++)
        *x = (char)(*x - 'a' + 'A');
    return arena_printf(a, "%s_%sAPI_KEY", role, p->name[n] ? "FALLBACK_" : "");
}

static const char *cure(struct arena *a, const struct ai_checked_item *p)
{
    if (p->error && strcmp(p->error, "forbidden") == 0)
        return arena_printf(a, "set OPENAI_API_KEY or %s to a key that is valid and has credit",
                            key_of(a, p));
    if (!p->listed)
        return "name a model that this server has";
    return "see the server's own status; until then the other one, or our stock phrases, stand in";
}

static void judge_model(struct check *c, const struct ai_checked_item *p)
{
    static const char *const verbs[] = {"llm", "thinks", "stt", "hears", "tts", "speaks"};
    const char *does = "answers", *host = p->host ? p->host : "?";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i += 2)
        if (strcmp(p->role, verbs[i]) == 0)
            does = verbs[i + 1];
    const char *name = arena_printf(c->scope.arena, "ai_%s", p->name);
    if (p->ok)
        found(c, name, GOOD, NULL, "%s at %s %s, in %lld ms", p->model, host, does, p->ms);
    else
        found(c, name, FAIL, cure(c->scope.arena, p), "%s at %s fails: %s%s%s", p->model, host,
              p->error ? p->error : "?", p->code ? ", " : "", p->code ? p->code : "");
}

void await_check_ai(struct check *c)
{
    struct mq_answer told;
    struct ai_checked all;
    enum err e = await_rpc(
        &c->scope,
        &(struct mq_out){.key = AI_CHECK, .type = AI_CHECK, .body = "{}", .transient = true},
        &told);
    if (!e)
        e = ai_checked_decode(&c->scope, told.body, told.n, &all);
    if (e) {
        found(c, "ai", FAIL, "see that an ai-pipeline runs: it has the keys", "nobody answers: %s",
              c->scope.fault.message);
        return;
    }
    for (size_t i = 0; i < all.items_n; i++)
        judge_model(c, &all.items[i]);
}

/* For an agent it is one thing, and costs nothing to ask: is any server left alone just now? */
void await_check_assistant(struct check *c)
{
    struct broker b;
    size_t servers = 0, open = 0;
    if (await_broker(&c->scope, &b) == OK)
        for (size_t i = 0; i < b.n_services; i++)
            for (size_t k = 0; k < b.services[i]->providers_n; k++) {
                servers++;
                open += b.services[i]->providers[k].open;
            }
    if (!servers)
        found(c, "assistant", FAIL, "tell an admin", "is not there just now");
    else
        found(c, "assistant", open ? WARN : GOOD,
              open ? "nothing: what fails is tried again by itself" : NULL,
              open ? "a server that it thinks, hears or speaks with is failing"
                   : "thinks, hears and speaks");
}
