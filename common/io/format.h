/* The named text formats of the schemas. format_check() returns NULL, or what is wrong. */
#pragma once
#include "io/record.h"

const char *format_check(enum text_format format, const char *text);
