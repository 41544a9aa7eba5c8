-- A request is passed on. KEYS[1]: its question. ARGV: whom it is passed on to; when the hub gives up;
-- when the asker's budget ends; the rest; how long to keep it, in milliseconds.
-- Returns when the first one's budget ends, if the same waits already: a resend gets no new clock.
local former = redis.call('HMGET', KEYS[1], 'of', 'open', 'answered', 'own', 'until')
local open, own, till, first = 0, ARGV[2], ARGV[3], false
if former[1] == ARGV[1] then
    open = tonumber(former[2])
end
if former[3] == '0' then
    first = former[5]
    if tonumber(former[4]) < tonumber(own) then own = former[4] end
    if tonumber(first) < tonumber(till) then till = first end
end
redis.call('HSET', KEYS[1], 'of', ARGV[1], 'open', open + 1, 'answered', '0',
    'own', own, 'until', till, 'kept', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return first
