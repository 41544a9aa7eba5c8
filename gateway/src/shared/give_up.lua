-- A node has heard no answer in time. KEYS: the questions. ARGV: when each was given up; one that was
-- asked again elsewhere and has more time is left to whoever passed it on.
-- Returns 1 for each whose asker is to be told, which is said once.
local told = {}
for index, key in ipairs(KEYS) do
    local asked = redis.call('HMGET', key, 'answered', 'own')
    told[index] = 0
    if asked[2] and tonumber(asked[2]) <= tonumber(ARGV[index]) then
        redis.call('DEL', key)
        if asked[1] == '0' then
            told[index] = 1
        end
    end
end
return told
