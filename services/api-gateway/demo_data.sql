-- The sandbox's people: loaded by ./dev up when no real account is used, as often as it likes.
-- Everybody's password is demo-password. Numbers are of the range that belongs to nobody.

insert into admins (id, email, name, password_hash) values
    ('0193a000-0000-7000-8000-0000000000a1', 'admin@demo.test', 'Ada Admin',
     '$argon2id$v=19$m=19456,t=2,p=1$dm9pY2UtYWdlbnQtZGVtbw$5TZX6ka0gz+AtVpr2VZDc0yWDK78l86UIVPxSrhydHc')
on conflict do nothing;

insert into real_estate_agents (id, email, name, company_name, phone, country, area_code, timezone, password_hash) values
    ('0193a000-0000-7000-8000-000000000001', 'agent@demo.test', 'Robin Reyes', 'Harbour & Hill Realty',
     '+12025550190', 'US', '202', 'America/New_York',
     '$argon2id$v=19$m=19456,t=2,p=1$dm9pY2UtYWdlbnQtZGVtbw$5TZX6ka0gz+AtVpr2VZDc0yWDK78l86UIVPxSrhydHc'),
    ('0193a000-0000-7000-8000-000000000002', 'agent2@demo.test', 'Sam Okafor', 'Okafor Homes',
     null, 'US', '312', 'America/Chicago',
     '$argon2id$v=19$m=19456,t=2,p=1$dm9pY2UtYWdlbnQtZGVtbw$5TZX6ka0gz+AtVpr2VZDc0yWDK78l86UIVPxSrhydHc')
on conflict do nothing;

-- Contacts live where it is now midday, so that they may be called whenever the demo runs. (The sign of
-- Etc/GMT zones is the other way round: Etc/GMT-3 is three hours ahead of UTC.)
insert into contacts (id, real_estate_agent_id, name, phone_number, email, notes, timezone)
select '0193a000-0000-7000-8000-00000000010' || n, '0193a000-0000-7000-8000-000000000001', name,
       '+1202555010' || n, email, notes,
       case when ahead > 0 then 'Etc/GMT-' || ahead when ahead < 0 then 'Etc/GMT+' || -ahead else 'Etc/GMT' end
from (values
        (1, 'Alice Moreau', 'alice.moreau@example.com', 'Looks for a house with a garden, up to 900,000'),
        (2, 'Ben Castellano', 'ben.castellano@example.com', 'First flat, near a metro station'),
        (3, 'Chidi Anand', 'chidi.anand@example.com', 'Asked about the loft on Water Street'),
        (4, 'Dana Whitfield', null, 'Prefers calls; relocating in spring'),
        (5, 'Erik Lindqvist', 'erik.lindqvist@example.com', 'Investor, two- and three-bedroom flats'),
        (6, 'Fatima Haddad', 'fatima.haddad@example.com', 'Viewed Maple Avenue last month')
    ) person (n, name, email, notes),
    (select 12 - extract(hour from now() at time zone 'UTC')::int as ahead) clock
on conflict (real_estate_agent_id, phone_number) do update set timezone = excluded.timezone;

insert into properties (id, real_estate_agent_id, address, city, type, price, bedrooms, bathrooms, area_sqm,
                        status, description)
select '0193a000-0000-7000-8000-00000000020' || n, '0193a000-0000-7000-8000-000000000001', address, city, type,
       price, bedrooms, bathrooms, area_sqm, status, description
from (values
        (1, '14 Maple Avenue', 'Washington', 'house', 865000, 4, 3, 210, 'available',
         'Brick colonial of 1938 with a sunny back garden, renovated kitchen and a detached garage.'),
        (2, '502 Water Street, Unit 7', 'Washington', 'loft', 640000, 2, 2, 112, 'available',
         'Corner loft in a former cannery: five-metre ceilings, river view, one parking space.'),
        (3, '77 Linden Court', 'Arlington', 'townhouse', 725000, 3, 3, 165, 'available',
         'End-of-row townhouse with a roof terrace, ten minutes on foot from the metro.'),
        (4, '1209 Quincy Street, Apt 3B', 'Arlington', 'apartment', 389000, 1, 1, 58, 'available',
         'Quiet one-bedroom on the courtyard side; new windows, low monthly fee, pets welcome.'),
        (5, '33 Chestnut Hill Road', 'Bethesda', 'house', 1290000, 5, 4, 320, 'available',
         'Family house on a third of an acre: home office, finished basement, heated pool.'),
        (6, '8 Harbour View, Unit 21', 'Alexandria', 'apartment', 515000, 2, 1, 84, 'available',
         'Two bedrooms over the old harbour, balcony to the south, gym in the building.'),
        (7, '240 Orchard Lane', 'Silver Spring', 'house', 468000, 3, 2, 140, 'available',
         'Single-storey house with a fenced yard, solar panels and a workshop.'),
        (8, '6 Station Square, Apt 9', 'Silver Spring', 'apartment', 342000, 1, 1, 52, 'under offer',
         'Compact flat on the ninth floor beside the station; bright, with built-in storage.')
    ) listing (n, address, city, type, price, bedrooms, bathrooms, area_sqm, status, description)
on conflict do nothing;
