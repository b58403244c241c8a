/*
 * SERVICE --healthcheck: is the process of this configuration ready? For containers, whose images hold no other
 * program that could ask. Blocks, two seconds at most; 0 is ready, 1 is not, and why is told on stderr.
 */
#pragma once

int healthcheck(const char *address, int ops_port);
