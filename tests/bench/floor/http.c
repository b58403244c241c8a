/* Bare libmicrohttpd, as its manual has it: one thread of its own with epoll; a POST is taken in and answered 204. */
#include "floor.h"
#include <microhttpd.h>
#include <stdio.h>
#include <unistd.h>

static enum MHD_Result on_access(void *arg, struct MHD_Connection *wire, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *n, void **context)
{
    (void)url, (void)method, (void)version, (void)data;
    if (!*context || *n) {
        *context = arg;
        *n = 0;
        return MHD_YES;
    }
    return MHD_queue_response(wire, MHD_HTTP_NO_CONTENT, arg);
}

int floor_http(int port)
{
    struct MHD_Response *empty = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)port, NULL,
                                            NULL, on_access, empty, MHD_OPTION_END);
    if (!d) {
        fprintf(stderr, "floor: port %d is taken\n", port);
        return 1;
    }
    puts("{\"ready\":true}");
    fflush(stdout);
    for (;;)
        pause();
}
