/* Calls over a media socket: what the network knows of them, and what we have stored. */
#pragma once
#include "truth.h"

void fault(const char *json); /* of the sandbox's, on order */

/* To its end, without an error voice; with as many complaints of the network's as were ordered. */
const char *ended_well(const char *sid, int complaints);
const char *good_call(const char *sid);
void await_greeting(const char *sid);
const char *all_words(const char *call, const char *who);
void expect_said(const char *call, const char *words);
int requests(const char *call, const char *event);

const char *of_turns(const char *sid, const char *what); /* an aggregate of its turns t */
int count_of(const char *sid, const char *which);
void expect_heard(const char *sid, const char *words); /* of the caller, once, in one turn */
void expect_degraded(const char *sid, const char *word);
long metric(enum process p, const char *name); /* with its labels; 0: not there yet */
