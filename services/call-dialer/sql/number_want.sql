-- Write down which number is about to be bought for the voice agent, so that it is found again whatever
-- happens to the answer. No row: the number is known already.
-- $1 voice agent, $2 number, $3 country
insert into phone_numbers (phone_number, country, status, wanted_by) values ($2, $3, 'buying', $1)
on conflict (phone_number) do nothing
returning id
