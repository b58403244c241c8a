/*
 * What an SQLSTATE means to us: the error, and the fault told to the client. Knows no libpq.
 *
 *     return sqlstate_fail(s, &(struct pg_error){
 *         .state = "23505", .table = "t", .constraint = "t_email_key"});
 *                                              ERR_CONFLICT, fault.field = "email"
 */
#pragma once
#include "base/scope.h"

/* The fields of a server's error message; NULL where it gave none. Borrowed. */
struct pg_error {
    const char *state, *message, *detail, *column, *table, *constraint;
};

enum err sqlstate_err(const char *state); /* NULL: ERR_BUG */
enum err sqlstate_fail(struct scope *s, const struct pg_error *e);
