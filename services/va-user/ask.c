#include "ask.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* The line without its end; false when there is none or it does not fit. */
static bool read_line(char out[ASK_ROOM])
{
    if (!fgets(out, ASK_ROOM, stdin))
        return false;
    size_t n = strcspn(out, "\n");
    bool whole = out[n] == '\n' || n < ASK_ROOM - 1;
    out[n] = 0;
    if (n && out[n - 1] == '\r')
        out[n - 1] = 0;
    return whole;
}

static bool prompt(const char *label, char out[ASK_ROOM])
{
    struct termios before, silent;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fputs(label, stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    bool read = read_line(out);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    return read;
}

static bool ask_twice(char out[ASK_ROOM], bool *same)
{
    char again[ASK_ROOM];
    bool read = prompt("Password: ", out) && prompt("Again: ", again);
    *same = read && strcmp(out, again) == 0;
    explicit_bzero(again, sizeof again);
    return read;
}

const char *ask_password(char out[ASK_ROOM])
{
    bool same = true;
    bool read = isatty(STDIN_FILENO) ? ask_twice(out, &same) : read_line(out);
    if (!read)
        return "no password was given, or one that is too long";
    if (!same)
        return "the two are not the same";
    size_t n = strlen(out);
    return n < PASSWORD_MIN || n > PASSWORD_MAX ? "a password must have 10 to 1024 bytes" : NULL;
}
