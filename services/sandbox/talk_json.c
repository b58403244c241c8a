/* A summary instead of a conversation, and answers that have to fit a schema. */
#include "base/buf.h"
#include "talk.h"
#include <string.h>

const char *talk_summary(struct talk *t)
{
    struct buf b = buf_in(t->arena, 2048);
    const char *low = t->low;
    int bedrooms = bedrooms_in(low);
    buf_puts(&b, t->name ? arena_printf(t->arena, "%s ", t->name) : "The caller ");
    if (mentions(low, talk_property_words))
        buf_printf(&b, "asked about %s%s%s", bedrooms ? say_count(bedrooms) : "a",
                   bedrooms ? "-bedroom " : " ", talk_kind(low) ? talk_kind(low) : "property");
    else
        buf_puts(&b, "spoke with the assistant");
    if (mentions(low, "booked|viewing"))
        buf_puts(&b, " and arranged a viewing");
    if (mentions(low, "off our list|stop calling|don't call"))
        buf_puts(&b, " and asked not to be called again");
    buf_puts(&b, ".");
    return b.p;
}

static bool schema_is(const struct js *schema, const char *type)
{
    const struct js *t = js_get(schema, "type");
    for (size_t i = 0; i < js_count(t); i++)
        if (js_text(js_at(t, i)) && strcmp(js_text(js_at(t, i)), type) == 0)
            return true;
    return js_text(t) && strcmp(js_text(t), type) == 0;
}

/* The plainest value a schema allows; a member that sounds like one we know gets it. */
static struct js *value_for(struct talk *t, const struct js *schema, const char *key, int depth);

static struct js *object_for(struct talk *t, const struct js *schema, int depth)
{
    struct js *o = js_object(t->scope);
    const struct js *members = js_get(schema, "properties");
    for (struct js_iter *it = js_first(members); it; it = js_next(members, it))
        js_set(o, js_key(it), value_for(t, js_value(it), js_key(it), depth + 1));
    return o;
}

static struct js *text_value(struct talk *t, const char *text)
{
    struct js *a = js_array(t->scope);
    js_push_text(a, text);
    return js_copy(t->scope, js_at(a, 0));
}

static struct js *value_for(struct talk *t, const struct js *schema, const char *key, int depth)
{
    const struct js *allowed = js_get(schema, "enum");
    if (js_count(allowed))
        return js_copy(t->scope, js_at(allowed, 0));
    if (strstr(key, "summary"))
        return text_value(t, talk_summary(t));
    if (strstr(key, "name") && t->name)
        return text_value(t, t->name);
    if (schema_is(schema, "null"))
        return NULL;
    if (schema_is(schema, "object") && depth < 8)
        return object_for(t, schema, depth);
    if (schema_is(schema, "array"))
        return js_array(t->scope);
    struct js *a = js_array(t->scope);
    if (schema_is(schema, "boolean"))
        js_push_bool(a, false);
    else if (schema_is(schema, "integer") || schema_is(schema, "number"))
        js_push_int(a, 0);
    else
        js_push_text(a, "");
    return js_copy(t->scope, js_at(a, 0));
}

const char *talk_structured(struct talk *t, const struct js *format)
{
    const struct js *schema = js_get(js_get(format, "json_schema"), "schema");
    struct js *o = schema ? object_for(t, schema, 0) : js_object(t->scope);
    if (!schema)
        js_set_text(o, "summary", talk_summary(t));
    return js_dump(t->scope, o);
}
