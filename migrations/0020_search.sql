-- migrate:up

-- Search over every word said. A row per turn with its words as an index can find them: each word carries the
-- week and the tenant in front ("2647 1f3a9c02 garden"), so a search walks one tenant's words of one week after
-- the other, newest first, until its page is full; what others said is not even read. The tenant is compared as
-- a column besides: the hash in the word is only there to be fast.

create table call_words (
    call_id              text not null,
    seq                  int not null,
    real_estate_agent_id text not null,
    at                   timestamptz not null,        -- of the call
    words                tsvector not null,
    primary key (call_id, seq),
    foreign key (call_id, seq) references call_turns (call_id, seq) on delete cascade -- what is deleted is not found
);
-- The list of what is not in the index yet is read by every search: it stays short.
create index call_words_index on call_words using gin (words) with (gin_pending_list_limit = 256);

-- In which languages an agent's calls were held: a question is asked in all of them.
create table call_languages (
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    language             regconfig not null,
    primary key (real_estate_agent_id, language)
);

-- "en-US" is English; what PostgreSQL has no grammar for is taken word by word.
create function words_language(p_tag text) returns regconfig language sql immutable parallel safe as $$
    select case lower(split_part(p_tag, '-', 1))
        when 'ar' then 'arabic' when 'hy' then 'armenian' when 'eu' then 'basque' when 'ca' then 'catalan'
        when 'da' then 'danish' when 'nl' then 'dutch' when 'en' then 'english' when 'fi' then 'finnish'
        when 'fr' then 'french' when 'de' then 'german' when 'el' then 'greek' when 'hi' then 'hindi'
        when 'hu' then 'hungarian' when 'id' then 'indonesian' when 'ga' then 'irish' when 'it' then 'italian'
        when 'lt' then 'lithuanian' when 'ne' then 'nepali' when 'no' then 'norwegian' when 'nb' then 'norwegian'
        when 'pt' then 'portuguese' when 'ro' then 'romanian' when 'ru' then 'russian' when 'sr' then 'serbian'
        when 'es' then 'spanish' when 'sv' then 'swedish' when 'ta' then 'tamil' when 'tr' then 'turkish'
        when 'yi' then 'yiddish' else 'simple' end::regconfig
$$;

create function words_week(p_at timestamptz) returns date language sql immutable parallel safe as $$
    select date_trunc('week', p_at at time zone 'UTC')::date
$$;

create function words_front(p_agent text, p_week date) returns text language sql immutable parallel safe as $$
    select to_char(p_week, 'IYIW ') || to_hex(hashtext(p_agent)) || ' '
$$;

create function words_of(p_agent text, p_at timestamptz, p_language regconfig, p_text text) returns tsvector
language sql immutable parallel safe as $$
    select coalesce(string_agg('''' || front || replace(replace(lexeme, '\', '\\'), '''', '''''') || ''':'
                               || array_to_string(positions, ','), ' '), '')::tsvector
    from unnest(to_tsvector(p_language, p_text)), words_front(p_agent, words_week(p_at)) front
    where length(lexeme) <= 100
$$;

-- What was said: of the agent what was heard, of the caller all. Tools say nothing.
create function call_words_note() returns trigger language plpgsql as $$
begin
    with said as materialized (
        select t.call_id, t.seq, t.real_estate_agent_id as agent, c.created_at as at,
               coalesce(t.heard, t.text) as text, words_language(v.settings ->> 'language') as language
        from noted t join calls c on c.id = t.call_id join voice_agents v on v.id = c.voice_agent_id
        where t.role in ('caller', 'agent')
    ), learned as (
        insert into call_languages (real_estate_agent_id, language)
        select distinct agent, language from said
        where not exists (select from call_languages l where l.real_estate_agent_id = agent and l.language = said.language)
        on conflict do nothing
    )
    insert into call_words (call_id, seq, real_estate_agent_id, at, words)
    select call_id, seq, agent, at, words_of(agent, at, language, text) from said
    on conflict (call_id, seq) do update set words = excluded.words;
    return null;
end $$;
create trigger call_words_note after insert on call_turns referencing new table as noted
    for each statement execute function call_words_note();
create trigger call_words_note_again after update on call_turns referencing new table as noted
    for each statement execute function call_words_note();

-- Words, "phrases", -without, or; and beginn* of words.
create function words_asked(p_language regconfig, p_q text) returns tsquery language plpgsql stable as $$
declare
    asked tsquery := websearch_to_tsquery(p_language, regexp_replace(p_q, '[[:alnum:]]+\*', ' ', 'g'));
    part  tsquery;
    word  text;
begin
    for word in select m[1] from regexp_matches(p_q, '([[:alnum:]]+)\*', 'g') m limit 8 loop
        part := to_tsquery(p_language, word || ':*');
        asked := case when numnode(asked) = 0 then part when numnode(part) = 0 then asked else asked && part end;
    end loop;
    return asked;
end $$;

-- The tenant's turns that match, newest call first, a row for each; with what to mark in their text. The
-- function may read all words, because a test like @@ does not get at the index from behind row security; so
-- whose words it reads is not for the caller to say: app_tenant() is, and without one there is nothing.
create function calls_search(p_q text, p_at timestamptz, p_call text, p_seq int, p_limit int)
returns table (call_id text, seq int, at timestamptz, asked tsquery, language regconfig)
language plpgsql stable security definer set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
#variable_conflict use_column
declare
    tenant   text := app_tenant();
    question tsquery := '';
    grammar  regconfig;
    front    text;
    week     date := words_week(coalesce(p_at, now()));
    oldest   date;
    found    int := 0;
    batch    int;
begin
    select words_week(min(c.created_at)) into oldest from calls c where c.real_estate_agent_id = tenant;
    for grammar in select l.language from call_languages l where l.real_estate_agent_id = tenant order by 1 loop
        question := question || words_asked(grammar, p_q);
    end loop;
    -- only what a word must be there for: "-garden" alone would walk through all there is
    if oldest is null or querytree(question) in ('', 'T') then
        return;
    end if;
    select l.language into grammar from call_languages l where l.real_estate_agent_id = tenant order by 1 limit 1;
    while week >= oldest and found < p_limit loop
        front := words_front(tenant, week);
        return query
        select w.call_id, w.seq, w.at, question, grammar
        from call_words w
        where w.words @@ regexp_replace(question::text, '''((?:[^'']|'''')+)''', '''' || front || '\1''', 'g')::tsquery
            and w.real_estate_agent_id = tenant
            and (p_at is null or (w.at, w.call_id) < (p_at, p_call)
                 or (w.at = p_at and w.call_id = p_call and w.seq > p_seq))
        order by w.at desc, w.call_id desc, w.seq limit p_limit - found;
        get diagnostics batch = row_count;
        found := found + batch;
        week := week - 7;
    end loop;
end $$;

-- Rights, as in 0003: nobody reads call_words but the function above.
do $$
declare t text;
begin
    foreach t in array array['call_words', 'call_languages'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to va_agent using (real_estate_agent_id = app_tenant())
                        with check (real_estate_agent_id = app_tenant())', t);
        execute format('create policy others on %I to va_pipeline, va_dialer using (true) with check (true)', t);
    end loop;
end $$;
grant select, insert, update on call_words to va_pipeline, va_dialer;
grant select, insert on call_languages to va_pipeline, va_dialer;
revoke all on function calls_search from public;
grant execute on function calls_search to va_agent;

-- What was said before there was a search.
insert into call_languages (real_estate_agent_id, language)
select distinct real_estate_agent_id, words_language(settings ->> 'language') from voice_agents;
insert into call_words (call_id, seq, real_estate_agent_id, at, words)
select t.call_id, t.seq, c.real_estate_agent_id, c.created_at,
       words_of(c.real_estate_agent_id, c.created_at, words_language(v.settings ->> 'language'), coalesce(t.heard, t.text))
from call_turns t join calls c on c.id = t.call_id join voice_agents v on v.id = c.voice_agent_id
where t.role in ('caller', 'agent');

-- migrate:down

drop function calls_search, words_asked;
drop trigger call_words_note on call_turns;
drop trigger call_words_note_again on call_turns;
drop function call_words_note, words_of, words_front, words_week;
drop table call_words, call_languages;
drop function words_language;
