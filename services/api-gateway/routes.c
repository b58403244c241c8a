#include "routes.h"
#include "api.h"
#include "once.h"

#define CSV_BYTES (4 * 1024 * 1024)
#define CSV_MS    30000

#define DIAGNOSE_MS 20000

#define ROUTE(method, path, role, handler, ...)
#define ONCE(method, path, role, handler, ...)                                                     \
    static enum err handler##_once(struct req *r)                                                  \
    {                                                                                              \
        return await_once(r, handler);                                                             \
    }
#include "routes.tbl.h"
#undef ONCE
#undef ROUTE

#define ROUTE(method, path, role, handler, ...) {method, path, role, handler, ##__VA_ARGS__},
#define ONCE(method, path, role, handler, ...)  {method, path, role, handler##_once, ##__VA_ARGS__},
const struct route ROUTES[] = {
#include "routes.tbl.h"
};
const size_t ROUTES_N = sizeof ROUTES / sizeof *ROUTES;
