#include "token.h"
#include "io/js.h"
#include "sandbox.h"
#include <stdio.h>
#include <string.h>

#define TOKEN_TEXT 65

static char primary[TOKEN_TEXT], secondary[TOKEN_TEXT];

const char *token_secondary(void)
{
    return secondary;
}

/* A member that is there; what it says, up to 64 characters. */
static enum err take(struct req *r, const struct js *j, const char *key, char out[TOKEN_TEXT])
{
    const char *text = js_text(js_get(j, key));
    if (!text || strlen(text) >= TOKEN_TEXT)
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, key, "%s: at most 64 characters", key);
    snprintf(out, TOKEN_TEXT, "%s", text);
    return OK;
}

enum err control_tokens(struct req *r)
{
    struct js *j;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    if (js_get(j, "secondary"))
        TRY(take(r, j, "secondary", secondary));
    if (js_get(j, "primary")) {
        TRY(take(r, j, "primary", primary));
        cfg.token = primary;
    }
    return req_reply(r, 200, "{}");
}
