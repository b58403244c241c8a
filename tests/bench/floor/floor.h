/*
 * What nothing can be cheaper than: the libraries and servers that everything here stands on, bare. None of the
 * system's own code; each floor prints one line of JSON.
 */
#pragma once

int floor_http(int port); /* until it is killed */
int floor_confirms(const char *url, int n, int bytes, int window);
int floor_commits(const char *url, int n);
