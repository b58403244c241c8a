/*
 * Somebody else's transaction, which stays open.
 *
 *     FILE *other = meanwhile("update dial_attempts set state = 'held' where id = 'a'");
 *     ... who waits for it? ...
 *     meanwhile_over(other, "rollback");
 */
#pragma once
#include <stdio.h>

FILE *meanwhile(const char *statements); /* returns once they have been carried out */
void meanwhile_over(FILE *other, const char *how);
