-- A number that we wanted to buy is certainly not ours: forget it.
-- $1 number
delete from phone_numbers where phone_number = $1 and status = 'buying'
