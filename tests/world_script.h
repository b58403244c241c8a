/*
 * A script of tests/ with the world's addresses in its environment; 50-flow/system.py reads them. Its exit
 * status says whether all was well; what was not is on its standard error.
 *
 *     run_script("50-flow/probes.py");
 */
#pragma once

void run_script(const char *script);
