-- A proxy has answered. KEYS as for those asked. ARGV: the proxy; 'found' or 'not-found'; how long to
-- keep that one has found it.
-- Returns 1 for the first one that has, and for the last one if none has.
if redis.call('SREM', KEYS[1], ARGV[1]) == 0 then
    return 0
end
local last = redis.call('EXISTS', KEYS[1]) == 0
local tells = 0
if ARGV[2] == 'found' then
    if redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[3]) then tells = 1 end
elseif last and redis.call('EXISTS', KEYS[3]) == 0 then
    tells = 1
end
if last then
    redis.call('DEL', KEYS[2], KEYS[3])
end
return tells
