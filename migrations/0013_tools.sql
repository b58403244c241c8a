-- migrate:up

-- What the assistant's tools need: whose viewing it is, and messages as things an agent can work off.

-- The coming viewings of a number with an agent: booked under it, or for the contact that has it.
create function viewings_of_number(p_agent text, p_number text) returns setof text language sql stable as $$
    select id from viewings
    where real_estate_agent_id = p_agent and status = 'booked' and starts_at > now()
      and (visitor_number = p_number or contact_id in (select id from contacts
           where real_estate_agent_id = p_agent and phone_number = p_number))
$$;

-- A message that a caller left. It comes from the turn in which it was taken, whichever way that came.
create table messages (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    call_id              text not null references calls (id) on delete cascade,
    seq                  int not null,                -- the turn's
    contact_id           text references contacts (id) on delete set null,
    from_number          text not null,
    name                 text not null default '',
    message              text not null,
    done_at              timestamptz,                 -- the agent has dealt with it
    created_at           timestamptz not null default now(),
    unique (call_id, seq)
);
create index messages_agent on messages (real_estate_agent_id, id desc);
create index messages_contact on messages (contact_id) where contact_id is not null;

alter table messages enable row level security;
alter table messages force row level security;
create policy tenant on messages to va_agent using (real_estate_agent_id = app_tenant())
    with check (real_estate_agent_id = app_tenant());
create policy others on messages to va_pipeline using (true) with check (true);
grant select, update on messages to va_agent;
grant select, insert on messages to va_pipeline;

create function messages_taken() returns trigger language plpgsql as $$
begin
    insert into messages (real_estate_agent_id, call_id, seq, contact_id, from_number, name, message)
    select c.real_estate_agent_id, c.id, t.seq, c.contact_id, far_number(c.direction, c.from_number, c.to_number),
           coalesce(t.tool -> 'arguments' ->> 'name', k.name, ''), t.tool -> 'arguments' ->> 'message'
    from stored t join calls c on c.id = t.call_id left join contacts k on k.id = c.contact_id
    where t.role = 'tool' and t.tool ->> 'name' = 'take_message' and t.tool -> 'result' ? 'noted'
      and t.tool -> 'arguments' ->> 'message' is not null
    on conflict do nothing;
    return null;
end $$;
create trigger messages_taken after insert on call_turns referencing new table as stored
    for each statement execute function messages_taken();

create function message_json(m messages) returns json language sql stable as $$
    select json_build_object(
        'id', m.id, 'call_id', m.call_id, 'contact_id', m.contact_id, 'from_number', m.from_number, 'name', m.name,
        'message', m.message, 'status', case when m.done_at is null then 'open' else 'done' end,
        'created_at', iso(m.created_at), 'done_at', iso(m.done_at))
$$;

-- migrate:down

drop trigger messages_taken on call_turns;
drop function message_json, messages_taken, viewings_of_number;
drop table messages;
