/*
 * Words for the ear: what a model writes, made fit to be said. Markup is taken off, web and mail
 * addresses are left out, controls and broken UTF-8 are dropped, white space becomes one space.
 *
 *     char *words = spoken(arena, text, n);      "" when nothing is left to be said
 */
#pragma once
#include "base/arena.h"

char *spoken(struct arena *a, const char *text, size_t n);
