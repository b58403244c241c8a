/*
 * Give back the memory that only starting needed. Loading forty libraries touches their symbol and
 * relocation tables, several MB that nothing looks at again; they are clean pages of files, so the
 * kernel may have them back at once and brings in again what is really used. About 1 ms, once.
 */
#pragma once

void memory_trim(void);
