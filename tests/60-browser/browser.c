/*
 * People at the dashboard: a real browser before the real system. What they do is in the scripts beside this file;
 * pictures of every screen end in build/screens. Without chromium, npm or the dashboard they are skipped.
 */
#include "world.h"
#include "world_script.h"
#include <criterion/criterion.h>
#include <unistd.h>

#define HERE VA_ROOT "/tests/60-browser"
#define SITE VA_ROOT "/build/dashboard/site"

static bool possible(void)
{
    return access("/usr/bin/chromium", X_OK) == 0 && access(SITE "/index.html", R_OK) == 0 &&
           access(HERE "/node_modules/playwright-core", R_OK) == 0;
}

static void up(void)
{
    if (!possible())
        return;
    world_set("DASHBOARD_DIR", SITE);
    world_set("DIAL_CPS", "5");
    world_set("SANDBOX_SPEED", "8"); /* a person has to be able to watch a call */
    world_up();
}

static void down(void)
{
    if (possible())
        world_down();
}

TestSuite(browser, .init = up, .fini = down, .timeout = 900);

static void walk(const char *script)
{
    if (!possible())
        cr_skip_test("no chromium, or no dashboard");
    run_script(text("60-browser/%s", script));
}

Test(browser, an_agent_asks_for_a_voice_agent_and_an_admin_approves)
{
    walk("approval.mjs");
}

Test(browser, a_caller_is_seen_live_and_heard_afterwards)
{
    walk("inbound.mjs");
}

Test(browser, an_agent_calls_a_contact_and_reads_what_came_of_it)
{
    walk("outbound.mjs");
}

Test(browser, an_agent_starts_a_batch_and_watches_it)
{
    walk("batch.mjs");
}

Test(browser, an_agent_configures_the_assistant_and_reads_the_figures)
{
    walk("configuration.mjs");
}

Test(browser, what_an_office_does_on_any_day_can_be_done)
{
    walk("daily.mjs");
}

Test(browser, an_agent_talks_with_the_assistant_in_the_page)
{
    walk("talk.mjs");
}

Test(browser, every_screen_of_agents_is_clean_in_light_in_dark_and_on_a_phone)
{
    walk("agent_screens.mjs");
}

Test(browser, so_is_every_screen_of_admins)
{
    walk("admin_screens.mjs");
}

Test(browser, the_first_load_is_small_and_a_long_list_is_never_whole)
{
    walk("weight.mjs");
}
