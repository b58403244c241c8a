/* Run a line of bash that knows the functions of tools/lib; what it prints goes to out. Dies when it fails. */
#pragma once
#include <stddef.h>

void world_bash(const char *line, char *out, size_t room);
