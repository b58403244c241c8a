#include "wording.h"
#include "io/js.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

struct tongue {
    const char *code;
    const char *weekdays[7], *months[12];
    /* one and several millions, what joins round ones to the currency, thousand */
    const char *million, *millions, *of, *thousand;
    const char *currencies[3]; /* of codes[] */
};
static const char *const codes[] = {"USD", "EUR", "GBP"};

static const struct tongue tongues[] = {
    {"en",
     {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
     {"January", "February", "March", "April", "May", "June", "July", "August", "September",
      "October", "November", "December"},
     "million",
     "million",
     "",
     "thousand",
     {"dollars", "euros", "pounds"}},
    {"de",
     {"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
     {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
      "November", "Dezember"},
     "Million",
     "Millionen",
     "",
     "Tausend",
     {"Dollar", "Euro", "Pfund"}},
    {"fr",
     {"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
     {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
      "octobre", "novembre", "décembre"},
     "million",
     "millions",
     "de ",
     "mille",
     {"dollars", "euros", "livres"}},
    {"es",
     {"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
     {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
      "octubre", "noviembre", "diciembre"},
     "millón",
     "millones",
     "de ",
     "mil",
     {"dólares", "euros", "libras"}},
    {"it",
     {"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"},
     {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
      "ottobre", "novembre", "dicembre"},
     "milione",
     "milioni",
     "di ",
     "mila",
     {"dollari", "euro", "sterline"}},
    {"nl",
     {"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
     {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
      "oktober", "november", "december"},
     "miljoen",
     "miljoen",
     "",
     "duizend",
     {"dollar", "euro", "pond"}},
};

static const struct tongue *tongue_of(const char *language)
{
    for (size_t i = 0; i < sizeof tongues / sizeof *tongues; i++)
        if (strncmp(language, tongues[i].code, 2) == 0)
            return &tongues[i];
    return &tongues[0];
}

/* ---- when ---- */

static const char *english_hour(struct arena *a, int hour, int minute)
{
    int twelve = hour % 12 ? hour % 12 : 12;
    const char *half = hour < 12 ? "AM" : "PM";
    return minute ? arena_printf(a, "%d:%02d %s", twelve, minute, half)
                  : arena_printf(a, "%d %s", twelve, half);
}

/* "at 15:30" in the language's own way; minutes are left out when there are none. */
static const char *hour_words(struct arena *a, const struct tongue *t, int hour, int minute)
{
    const char *minutes = minute ? arena_printf(a, " %d", minute) : "";
    switch (t->code[0]) {
    case 'd':
        return arena_printf(a, "um %d Uhr%s", hour, minutes);
    case 'f':
        return arena_printf(a, "à %d heure%s%s", hour, hour > 1 ? "s" : "", minutes);
    case 'n':
        return arena_printf(a, "om %d uur%s", hour, minutes);
    case 'i':
        return arena_printf(a, "alle %d%s%s", hour, minute ? " e" : "", minutes);
    }
    if (strcmp(t->code, "es") == 0)
        return arena_printf(a, "a las %d%s%s", hour, minute ? " y" : "", minutes);
    return arena_printf(a, "at %s", english_hour(a, hour, minute));
}

const char *wording_when(struct arena *a, const char *language, const char *local)
{
    const struct tongue *t = tongue_of(language);
    struct tm tm = {0};
    if (sscanf(local, "%4d-%2d-%2dT%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min) != 5 ||
        tm.tm_mon < 1 || tm.tm_mon > 12)
        return local;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    struct tm day = tm;
    timegm(&day); /* the weekday of a local day is that of the same day in UTC */
    const char *weekday = t->weekdays[day.tm_wday], *month = t->months[tm.tm_mon];
    const char *hour = hour_words(a, t, tm.tm_hour, tm.tm_min);
    if (strcmp(t->code, "en") == 0)
        return strcmp(language, "en-GB") == 0
                   ? arena_printf(a, "%s, %d %s %s", weekday, tm.tm_mday, month, hour)
                   : arena_printf(a, "%s, %s %d %s", weekday, month, tm.tm_mday, hour);
    if (strcmp(t->code, "de") == 0)
        return arena_printf(a, "%s, %d. %s, %s", weekday, tm.tm_mday, month, hour);
    if (strcmp(t->code, "fr") == 0 && tm.tm_mday == 1)
        return arena_printf(a, "%s 1er %s %s", weekday, month, hour);
    return arena_printf(a, "%s %d %s%s %s", weekday, tm.tm_mday,
                        strcmp(t->code, "es") == 0 ? "de " : "", month, hour);
}

/* ---- prices ---- */

static const char *currency_of(const struct tongue *t, const char *code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (code && strcmp(code, codes[i]) == 0)
            return t->currencies[i];
    return code ? code : "";
}

const char *wording_price(struct arena *a, const char *language, double amount,
                          const char *currency)
{
    const struct tongue *t = tongue_of(language);
    long long whole = (long long)(amount + 0.5);
    long long millions = whole / 1000000, thousands = whole / 1000 % 1000, rest = whole % 1000;
    const char *words = "", *unit = currency_of(t, currency);
    if (millions)
        words = arena_printf(a, "%lld %s ", millions, millions == 1 ? t->million : t->millions);
    if (thousands == 1 && strcmp(t->code, "it") == 0)
        words = arena_printf(a, "%smille ", words);
    else if (thousands == 1 && strchr("ef", t->code[0]) && strcmp(t->code, "en") != 0)
        words = arena_printf(a, "%s%s ", words, t->thousand);
    else if (thousands)
        words = arena_printf(a, "%s%lld %s ", words, thousands, t->thousand);
    if (rest || !whole)
        words = arena_printf(a, "%s%lld ", words, rest);
    const char *of = millions && !thousands && !rest ? t->of : "";
    if (*of && t->code[0] == 'f' && *unit == 'e')
        of = "d'";
    return arena_printf(a, "%s%s%s", words, of, unit);
}

/* ---- results ---- */

static struct js *object_added(struct scope *s, const char *language, const struct js *found)
{
    struct js *o = js_object(s);
    for (struct js_iter *it = js_first(found); it; it = js_next(found, it)) {
        const struct js *v = js_value(it);
        js_set(o, js_key(it), wording_added(s, language, v));
        if (strcmp(js_key(it), "starts_at") == 0 && js_text(v))
            js_set_text(o, "when", wording_when(s->arena, language, js_text(v)));
        if (strcmp(js_key(it), "price") == 0)
            js_set_text(
                o, "price_in_words",
                wording_price(s->arena, language, js_real(v), js_text(js_get(found, "currency"))));
    }
    return o;
}

struct js *wording_added(struct scope *s, const char *language, const struct js *found)
{
    if (js_type(found) == JS_OBJECT)
        return object_added(s, language, found);
    if (js_type(found) != JS_ARRAY)
        return js_copy(s, found);
    struct js *list = js_array(s);
    for (size_t i = 0; i < js_count(found); i++)
        js_push(list, wording_added(s, language, js_at(found, i)));
    return list;
}
