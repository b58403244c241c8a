/*
 * Who asks. The guard runs before every handler: a session by bearer token or by cookie (then a write
 * needs proof that our own page sent it), the role of the route, and from there on the database role
 * and tenant under which all of the request's statements run.
 */
#pragma once
#include "io/httpd.h"

req_handler auth_guard;
req_handler await_auth_prove; /* for who answers before any statement has proven the session */
