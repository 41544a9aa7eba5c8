-- Some of a participant's requests for one node. KEYS[1]: whose bucket. ARGV: tokens a second, which is
-- also how many it holds; how many are wanted.
-- Returns how many are given, and if none, the milliseconds until there is one.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local rate, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = rate
if kept[1] then
    local passed = math.max(now - tonumber(kept[2]), 0)
    tokens = math.min(rate, tonumber(kept[1]) + passed * rate / 1000)
end
local given = math.floor(math.min(tokens, wanted))
local wait = 0
if given == 0 then
    wait = math.ceil((1 - tokens) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens - given),
    'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], 2000)
return { given, wait }
