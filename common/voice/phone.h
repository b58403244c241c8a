/*
 * Phone numbers: the one place that reads them, and that knows which must not be called.
 *
 *     char to[PHONE_TEXT];
 *     TRY(phone_read(s, "phone_number", in.phone_number, NULL, to));       "+14155550123"
 *     TRY(phone_may_call(s, "phone_number", to));
 *
 * Faults are ERR_UNPROCESSABLE, code bad_number or number_not_allowed, and name the field.
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>

#define PHONE_TEXT 17 /* + and at most 15 digits, and NUL */

/*
 * With a country ("US", "DE", ...) the text is as people write it: national, or international with
 * + or 00; spaces, dashes, dots and parentheses are dropped. With NULL it must be E.164 already, as
 * the API wants it. Lengths are checked where the country is in tbl/plan.h, else 7 to 15 digits.
 * Emergency numbers and N11 are refused here too, since they are too short to become E.164.
 */
enum err phone_read(struct scope *s, const char *field, const char *text, const char *country,
                    char out[PHONE_TEXT]) MUST_CHECK;

/* Emergency, N11, premium rate, satellite and shared-cost numbers: never. */
enum err phone_may_call(struct scope *s, const char *field, const char *e164) MUST_CHECK;

/* ISO country, "" when the table does not know. +1 is the US, CA, Jamaica and others. */
const char *phone_country(const char *e164);

/* Time zones the owner may be in, NULL-terminated; NULL when the table does not know. */
const char *const *phone_zones(const char *e164);

/* "US,CA" as PostgreSQL writes an array, {US,CA}; false when it is not such a list, or too long. */
#define PHONE_COUNTRIES_TEXT 1024
bool phone_countries(const char *list, char array[PHONE_COUNTRIES_TEXT]);

bool phone_knows_country(const char *country); /* can national numbers of it be read? */
