/* Finding things in what people say, and saying things as people do. Texts are lower case. */
#pragma once
#include "base/arena.h"
#include <stdbool.h>
#include <time.h>

char *lower_case(struct arena *a, const char *text);
/* Any of the alternatives "a|b c|d", as whole words. */
bool mentions(const char *text, const char *alternatives);
long amount_in(const char *text);  /* a price: 10,000 or more; 0 = none */
int bedrooms_in(const char *text); /* 0 = none */
bool day_in(const char *text, const struct tm *today, struct tm *out); /* sets the date */
bool hour_in(const char *text, int *hour, int *minute);
const char *name_in(struct arena *a, const char *text,
                    bool asked); /* of the person; original case */
const char *say_amount(struct arena *a, double amount, const char *currency);
const char *say_count(int n); /* "three"; digits over twelve */
const char *say_when(struct arena *a,
                     const char *local_iso); /* "Tuesday the 24th at 10 in the morning" */
