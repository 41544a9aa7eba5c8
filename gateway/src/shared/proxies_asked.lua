-- Proxies are asked for a party. KEYS: the set of those that have not answered, when they are given up,
-- whether one has found it. ARGV: when; how long to keep all, in milliseconds; the proxies.
-- Returns 0 if the same lookup is under way.
if #ARGV < 3 or redis.call('EXISTS', KEYS[1]) == 1 then
    return 0
end
redis.call('DEL', KEYS[3])
redis.call('SADD', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
