/* Every handler, and the table that says where it is. */
#pragma once
#include "io/httpd.h"

#define ROUTE(method, path, role, handler, ...) req_handler handler;
#define ONCE                                    ROUTE
#include "routes.tbl.h"
#undef ONCE
#undef ROUTE

extern const struct route ROUTES[];
extern const size_t ROUTES_N;
