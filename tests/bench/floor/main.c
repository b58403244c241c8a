#include "floor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "http") == 0 && argc == 3)
        return floor_http(atoi(argv[2]));
    if (strcmp(what, "confirms") == 0 && argc == 6)
        return floor_confirms(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
    if (strcmp(what, "commits") == 0 && argc == 4)
        return floor_commits(argv[2], atoi(argv[3]));
    fprintf(stderr, "usage: bench-floor http PORT | confirms URL N BYTES WINDOW | commits URL N\n");
    return 64;
}
