/* Twilio's Account resource: whoever may ask has shown its token. */
#include "api.h"
#include "sandbox.h"

enum err account_fetch(struct req *r)
{
    struct js *j = js_object(&r->scope);
    js_set_text(j, "sid", cfg.account);
    js_set_text(j, "friendly_name", "Sandbox");
    js_set_text(j, "status", "active");
    js_set_text(j, "type", "Full");
    js_set_text(j, "uri", r->path);
    return answer_js(r, 200, j);
}
