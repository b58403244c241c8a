-- migrate:up

-- The setup of a voice agent, told step by step: a number that is being bought is written down before the
-- provider is asked, what failed is tried again until it is given up, what was done may be undone.

alter table phone_numbers
    drop constraint phone_numbers_status_check,
    add constraint phone_numbers_status_check check (status in ('available', 'buying', 'assigned', 'released')),
    add column wanted_by text references voice_agents (id) on delete set null, -- while it is being bought: for whom
    add column checked_at timestamptz;                -- when the provider was last asked where it leads
create unique index phone_numbers_wanted_by on phone_numbers (wanted_by) where status = 'buying';

alter table voice_agents
    add column setup_tries int not null default 0,    -- that failed, since the approval or the last retry
    add column setup_next_at timestamptz,
    add column setup_failed_at timestamptz;           -- given up: an admin may ask for a retry

alter table provisioning_steps
    drop constraint provisioning_steps_state_check,
    add constraint provisioning_steps_state_check check (state in ('done', 'failed', 'undone'));

create index audit_log_actor on audit_log (actor_id, id);

grant delete on phone_numbers to va_dialer; -- what it wanted to buy and did not get
grant update (setup_tries, setup_next_at, setup_failed_at) on voice_agents to va_admin;
grant select (account_kind, account_id), delete on sessions to va_admin; -- of an agent who is disabled

-- How far the setup has come.
create function voice_agent_setup_json(v voice_agents) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'state', case when v.status <> 'pending_setup' then 'done'
                      when a.deleted_at is not null then 'stopped'
                      when v.setup_failed_at is not null then 'failed'
                      when v.setup_next_at > now() then 'waiting'
                      else 'running' end,
        'tries', v.setup_tries, 'next_try_at', iso(v.setup_next_at), 'failed_at', iso(v.setup_failed_at),
        'reason', case when v.status = 'pending_setup' and v.setup_tries > 0 then
            (select p.detail from provisioning_steps p where p.voice_agent_id = v.id and p.state = 'failed'
             order by p.id desc limit 1) end)
    from real_estate_agents a where a.id = v.real_estate_agent_id
$$;

create function voice_agent_steps_json(p_voice_agent text) returns jsonb language sql stable as $$
    select coalesce(jsonb_agg(jsonb_build_object('step', step, 'state', state, 'detail', detail, 'at', iso(at))
                              order by id), '[]')
    from provisioning_steps where voice_agent_id = p_voice_agent
$$;

-- An agent's account, as admins see it.
create function agent_account_json(p_agent text) returns json language sql stable as $$
    select json_build_object(
        'id', a.id, 'name', a.name, 'company_name', a.company_name, 'email', a.email, 'country', a.country,
        'area_code', a.area_code, 'timezone', a.timezone, 'disabled', a.deleted_at is not null,
        'disabled_at', iso(a.deleted_at), 'voice_agent_id', v.id, 'voice_agent_status', v.status,
        'created_at', iso(a.created_at))
    from real_estate_agents a left join voice_agents v on v.real_estate_agent_id = a.id
    where a.id = p_agent
$$;

-- migrate:down

drop function agent_account_json, voice_agent_steps_json, voice_agent_setup_json;
revoke select (account_kind, account_id), delete on sessions from va_admin;
revoke update (setup_tries, setup_next_at, setup_failed_at) on voice_agents from va_admin;
revoke delete on phone_numbers from va_dialer;
drop index audit_log_actor;
delete from provisioning_steps where state = 'undone';
alter table provisioning_steps
    drop constraint provisioning_steps_state_check,
    add constraint provisioning_steps_state_check check (state in ('done', 'failed'));
alter table voice_agents drop column setup_tries, drop column setup_next_at, drop column setup_failed_at;
delete from phone_numbers where status = 'buying';
drop index phone_numbers_wanted_by;
alter table phone_numbers
    drop column wanted_by, drop column checked_at,
    drop constraint phone_numbers_status_check,
    add constraint phone_numbers_status_check check (status in ('available', 'assigned', 'released'));
