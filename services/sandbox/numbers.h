/* The telephone numbers the account owns (at most 1,000), and the people who answer other ones. */
#pragma once
#include "base/list.h"
#include "io/httpd.h"
#include "sid.h"

#define NUMBER_TEXT 20

struct number {
    struct list link;
    char sid[SID_TEXT], e164[NUMBER_TEXT];
    char *fields[16]; /* in the order of tbl/number.h; heap, never NULL */
};
enum number_field {
#define FIELD(name, param, json, otherwise) NUMBER_##name,
#include "tbl/number.h"
#undef FIELD
    NUMBER_FIELDS
};

extern struct list numbers;
struct number *number_own(const char *e164); /* NULL: at the bound. Owned already: that one */
struct number *number_owned(const char *e164);
struct number *number_by_sid(const char *sid);
void number_set(struct number *n, enum number_field f, const char *value);
const char *number_get(const struct number *n, enum number_field f); /* NULL when empty */
void number_release(struct number *n);

/* The script (JSON text) of whoever answers there; the friendly person when nobody was put there. */
void callee_put(const char *e164, const char *json);
const char *callee_script(const char *e164);
void numbers_reset(void); /* nobody owns or answers anything any more */
