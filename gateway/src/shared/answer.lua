-- An answer came. KEYS[1]: its question. ARGV[1]: who answers.
-- Returns 0 if nobody waits, 1 if another was asked, or what is known of the request. Whoever asked
-- the same several times at once gets as many answers.
local asked = redis.call('HMGET', KEYS[1], 'of', 'open', 'own', 'until', 'kept')
if not asked[1] then
    return 0
end
if asked[1] ~= ARGV[1] then
    return 1
end
local open = tonumber(asked[2]) - 1
if open > 0 then
    redis.call('HSET', KEYS[1], 'open', open, 'answered', '1')
else
    redis.call('DEL', KEYS[1])
end
return { asked[3], asked[4], asked[5] }
