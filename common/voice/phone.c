#include "voice/phone.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_LEAST 7
#define DIGITS_MOST  15
#define AREA_DIGITS  7 /* of the longest prefix in tbl/area.h */

static const struct plan {
    const char *country, *code, *trunk;
    size_t least, most;
} plans[] = {
#define PLAN(country, code, trunk, least, most) {country, code, trunk, least, most},
#include "voice/tbl/plan.h"
#undef PLAN
};

static const struct barred {
    const char *prefixes, *why;
} barred[] = {
#define BARRED(prefixes, why) {prefixes, why},
#include "voice/tbl/barred.h"
#undef BARRED
};

static const struct area {
    const char *prefix, *country;
    const char *const *zones;
} areas[] = {
#define AREA(prefix, country, ...) {prefix, country, (const char *const[]){__VA_ARGS__, NULL}},
#include "voice/tbl/area.h"
#undef AREA
};

/* Where nobody at the other end can be a customer. N11 goes by its shape. */
static const char *const emergency[] = {"112", "999", "000", "110", "118", "144",
                                        "117", "15",  "17",  "18",  "061", "062",
                                        "091", "092", "080", "105", "101", "988"};

#define N(a) (sizeof(a) / sizeof *(a))

static bool begins(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static enum err bad_number(struct scope *s, const char *field, const char *why)
{
    return fail(s, ERR_UNPROCESSABLE, "bad_number", field, "is not a phone number: %s", why);
}

static enum err not_allowed(struct scope *s, const char *field, const char *why)
{
    return fail(s, ERR_UNPROCESSABLE, "number_not_allowed", field, "may not be called: %s", why);
}

static const struct plan *plan_of_country(const char *country)
{
    for (size_t i = 0; i < N(plans); i++)
        if (!strcmp(plans[i].country, country))
            return &plans[i];
    return NULL;
}

/* No calling code is the beginning of another. */
static const struct plan *plan_of_number(const char *digits)
{
    for (size_t i = 0; i < N(plans); i++)
        if (begins(digits, plans[i].code))
            return &plans[i];
    return NULL;
}

static bool is_n11(const char *p)
{
    return p[0] >= '2' && p[0] <= '9' && p[1] == '1' && p[2] == '1';
}

static bool is_emergency(const char *digits)
{
    for (size_t i = 0; i < N(emergency); i++)
        if (!strcmp(digits, emergency[i]))
            return true;
    return strlen(digits) == 3 && is_n11(digits);
}

/* "+44 (0)20": the trunk prefix in parentheses right behind the calling code is not dialled. */
static bool is_trunk_note(const char *p, const char *so_far)
{
    const char *digits = so_far + (*so_far == '+' ? 1 : begins(so_far, "00") ? 2 : 0);
    const struct plan *plan = digits == so_far ? NULL : plan_of_number(digits);
    return plan && begins(p, "(0)") && !strcmp(plan->trunk, "0") && !strcmp(digits, plan->code);
}

/* What people write between digits is dropped, a leading + stays. Returns what is wrong, or NULL. */
static const char *squeeze(const char *text, char *out, size_t size)
{
    size_t n = 0;
    out[0] = 0;
    for (const char *p = text; *p; p++) {
        if (strchr(" -.()", *p)) {
            if (is_trunk_note(p, out))
                p += 2;
            continue;
        }
        bool plus = *p == '+' && n == 0;
        if (!plus && (*p < '0' || *p > '9'))
            return "only digits, spaces, dashes, dots, parentheses and one leading + may be in it";
        if (n + 1 == size)
            return "too long";
        out[n++] = *p;
        out[n] = 0;
    }
    return NULL;
}

static enum err check_length(struct scope *s, const char *field, const char *digits)
{
    const struct plan *plan = plan_of_number(digits);
    size_t code = plan ? strlen(plan->code) : 0, n = strlen(digits);
    size_t least = plan ? plan->least + code : DIGITS_LEAST,
           most = plan ? plan->most + code : DIGITS_MOST;
    if (n < least)
        return bad_number(s, field, "too short");
    if (n > most || n > DIGITS_MOST)
        return bad_number(s, field, "too long");
    return OK;
}

static enum err check_shape(struct scope *s, const char *field, const char *digits)
{
    if (digits[0] < '1' || digits[0] > '9')
        return bad_number(s, field, "no country's calling code begins with 0");
    if (digits[0] == '1' && (digits[1] < '2' || digits[4] < '2'))
        return bad_number(s, field, "area code and exchange begin with 2 to 9");
    return OK;
}

/* Digits without + or 00: the whole of an international number. */
static enum err take_international(struct scope *s, const char *field, const char *digits,
                                   char *out)
{
    const struct plan *plan = plan_of_number(digits);
    if (is_emergency(digits) || (plan && is_emergency(digits + strlen(plan->code))))
        return not_allowed(s, field, "an emergency or service number");
    TRY(check_length(s, field, digits));
    TRY(check_shape(s, field, digits));
    if (plan && *plan->trunk == '0' && digits[strlen(plan->code)] == '0')
        return bad_number(s, field, "no 0 follows that calling code");
    snprintf(out, PHONE_TEXT, "+%s", digits);
    return OK;
}

static enum err take_national(struct scope *s, const char *field, const char *digits,
                              const struct plan *plan, char *out)
{
    char whole[40];
    size_t trunk = strlen(plan->trunk), n = strlen(digits);
    if (trunk && begins(digits, plan->trunk) && n > plan->least)
        digits += trunk;
    else if (*plan->trunk == '0')
        return bad_number(s, field, "without its area code");
    snprintf(whole, sizeof whole, "%s%s", plan->code, digits);
    return take_international(s, field, whole, out);
}

enum err phone_read(struct scope *s, const char *field, const char *text, const char *country,
                    char out[PHONE_TEXT])
{
    char digits[32];
    out[0] = 0;
    if (!text || !*text)
        return bad_number(s, field, "empty");
    if (is_emergency(text))
        return not_allowed(s, field, "an emergency or service number");
    if (!country && (*text != '+' || text[strspn(text, "+0123456789")]))
        return bad_number(s, field, "write + and the digits, as in E.164");
    const char *wrong = squeeze(text, digits, sizeof digits);
    if (wrong)
        return bad_number(s, field, wrong);
    if (is_emergency(digits))
        return not_allowed(s, field, "an emergency or service number");
    if (*digits == '+')
        return take_international(s, field, digits + 1, out);
    if (begins(digits, "00"))
        return take_international(s, field, digits + 2, out);
    const struct plan *plan = plan_of_country(country);
    if (!plan)
        return bad_number(s, field, "national numbers of that country are not known");
    return take_national(s, field, digits, plan, out);
}

/* ---- what may be called ---- */

static bool any_begins(const char *digits, const char *prefixes)
{
    for (const char *p = prefixes; *p; p += *p == ' ') {
        size_t n = strcspn(p, " ");
        if (!strncmp(digits, p, n))
            return true;
        p += n;
    }
    return false;
}

enum err phone_may_call(struct scope *s, const char *field, const char *e164)
{
    const char *digits = e164 + (*e164 == '+');
    for (size_t i = 0; i < N(barred); i++)
        if (any_begins(digits, barred[i].prefixes))
            return not_allowed(s, field, barred[i].why);
    if (digits[0] != '1' || strlen(digits) != 11)
        return OK;
    if (is_n11(digits + 1) || is_n11(digits + 4))
        return not_allowed(s, field, "an emergency or service number");
    if (begins(digits + 1, "976") || begins(digits + 4, "976"))
        return not_allowed(s, field, "premium rate");
    return OK;
}

/* ---- where it is ---- */

static int by_prefix(const void *prefix, const void *area)
{
    return strcmp(prefix, ((const struct area *)area)->prefix);
}

/* The longest prefix wins. */
static const struct area *area_of(const char *e164)
{
    char prefix[AREA_DIGITS + 1] = "";
    snprintf(prefix, sizeof prefix, "%s", *e164 == '+' ? e164 + 1 : "");
    for (size_t n = strlen(prefix); n; prefix[--n] = 0) {
        const struct area *a = bsearch(prefix, areas, N(areas), sizeof *areas, by_prefix);
        if (a)
            return a;
    }
    return NULL;
}

const char *phone_country(const char *e164)
{
    const struct area *a = area_of(e164);
    return a ? a->country : "";
}

const char *const *phone_zones(const char *e164)
{
    const struct area *a = area_of(e164);
    return a ? a->zones : NULL;
}

bool phone_knows_country(const char *country)
{
    return plan_of_country(country) != NULL;
}

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool phone_countries(const char *list, char array[PHONE_COUNTRIES_TEXT])
{
    const char *p = list;
    while (upper(p[0]) && upper(p[1]) && p[2] == ',')
        p += 3;
    if (!upper(p[0]) || !upper(p[1]) || p[2])
        return false;
    return snprintf(array, PHONE_COUNTRIES_TEXT, "{%s}", list) < PHONE_COUNTRIES_TEXT;
}
