#include "brain.h"
#include "manner.h"
#include "talk.h"
#include <string.h>

struct thought brain_think(struct scope *s, const struct js *request)
{
    struct talk t = {.scope = s, .arena = s->arena, .tools = js_get(request, "tools")};
    const struct js *messages = js_get(request, "messages"),
                    *format = js_get(request, "response_format");
    const char *shape = js_text(js_get(format, "type"));
    const char *choice = js_text(js_get(request, "tool_choice"));
    if (choice && strcmp(choice, "none") == 0)
        t.tools = NULL;
    talk_read(&t, messages);
    if (shape && strncmp(shape, "json", 4) == 0)
        return (struct thought){.text = talk_structured(&t, format)};
    const struct js *first = js_at(messages, 0);
    if (!js_count(t.tools) &&
        mentions(lower_case(s->arena, talk_content(first)), "summarise|summarize|summary"))
        return (struct thought){.text = talk_summary(&t)};
    if (manner != MANNER_SENSIBLE)
        return manner_think(&t, messages);
    return talk_answer(&t);
}
