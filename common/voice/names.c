#include "voice/names.h"
#include "base/buf.h"
#include <string.h>

#define FILLED_MAX 40000

/* The name that "{...}" stands for, NULL when it is none of ours. */
static const char *name_for(const char *p, size_t n, const struct names *who)
{
    const struct {
        const char *slot, *name;
    } slots[] = {
        {"{voice_agent}", who->voice_agent},
        {"{agent_name}", who->agent},
        {"{company_name}", who->company},
        {"{contact_name}", who->contact},
    };
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (strlen(slots[i].slot) == n && memcmp(slots[i].slot, p, n) == 0)
            return slots[i].name ? slots[i].name : "";
    return NULL;
}

const char *names_fill(struct arena *a, const char *text, const struct names *who)
{
    struct buf b = buf_in(a, FILLED_MAX);
    while (*text) {
        size_t plain = strcspn(text, "{");
        buf_put(&b, text, plain);
        text += plain;
        const char *end = strchr(text, '}');
        const char *name = end ? name_for(text, (size_t)(end + 1 - text), who) : NULL;
        if (name)
            buf_puts(&b, name);
        else if (*text)
            buf_putc(&b, *text);
        text = name ? end + 1 : *text ? text + 1 : text;
    }
    return b.p;
}
