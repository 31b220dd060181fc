"""What is decided in Redis, in its own language: of several who ask at once, one wins.

`carried:NAME` says who carries a content and under which name it plays there; a content has a name
of its own and that of its infohash. `means:NAME` tells the second of the first. All but the events
of an hour and the meanings ends by itself within a lease.
"""

from typing import Final

PREFIX: Final = "acedesk:"
PROXIES: Final = f"{PREFIX}proxies"
EVENTS: Final = f"{PREFIX}events"

_COMMON: Final = f"""
local PREFIX = '{PREFIX}'
local told = cjson.decode(ARGV[1])
local me, lease = told.me, told.lease
local function proxy(id) return PREFIX .. 'proxy:' .. id end
local function carried(name) return PREFIX .. 'carried:' .. name end
local function by_itself(name)
  return not (string.find(name, '^infohash') or string.find(name, '^magnet'))
end
-- Who carries what has this name, and may play what plays under `under` with it: two content ids
-- with one infohash are what their engine makes of them.
local function carrier(name, under)
  local value = redis.call('GET', carried(name))
  if not value then return nil, nil, false end
  local id, plays = string.match(value, '^(%S+) ?(%S*)')
  if not id or id == me then return nil, nil, false end
  local entry = redis.call('GET', proxy(id))
  if not entry then return nil, nil, false end
  if plays ~= '' and plays ~= under and by_itself(plays) and by_itself(under) then
    return nil, nil, true
  end
  return id, entry, false
end
local function carry(name, under)
  redis.call('SET', carried(name), me .. ' ' .. under, 'PX', lease)
end
"""

# Takes a content that nobody carries, or whose carrier is gone or found dead.
CLAIM: Final = f"""{_COMMON}
local name, meant = told.name, told.meant
if meant == '' then meant = redis.call('GET', PREFIX .. 'means:' .. name) or name end
if told.dead ~= '' then redis.call('DEL', proxy(told.dead)) end
if redis.call('EXISTS', proxy(me)) == 0 then return {{'', '', meant}} end
for _, one in ipairs({{name, meant}}) do
  local id, entry = carrier(one, name)
  if id then return {{id, entry, meant}} end
end
carry(name, name)
local _, _, foreign = carrier(meant, name)
if meant ~= name and not foreign then carry(meant, name) end
return {{me, '', meant}}
"""

# Shows that we live, renews what we carry, frees what we carry no more, tells what happened here,
# and answers with what we lost to others, with the others, and with what happened there.
BEAT: Final = f"""{_COMMON}
local known = redis.call('EXISTS', proxy(me))
redis.call('SET', proxy(me), told.entry, 'PX', lease)
redis.call('SADD', KEYS[1], me)
local lost = {{}}
for _, one in ipairs(told.carried) do
  local id, _, foreign = carrier(one[1], one[2])
  if id then table.insert(lost, one[2]) elseif not foreign then carry(one[1], one[2]) end
end
for _, name in ipairs(told.freed) do
  local value = redis.call('GET', carried(name))
  if value and string.match(value, '^%S+') == me then redis.call('DEL', carried(name)) end
end
for _, one in ipairs(told.meanings) do
  redis.call('SET', PREFIX .. 'means:' .. one[1], one[2], 'PX', told.kept)
end
local since = told.since
if since == '' then
  local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
  since = newest and newest[1] or '0-0'
elseif known == 0 then
  since = '0-0'
end
for _, event in ipairs(told.events) do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', told.most, '*', 'by', me, 'event', event)
end
if #told.events > 0 then redis.call('PEXPIRE', KEYS[2], told.kept) end
local happened = {{}}
local found = redis.call('XREAD', 'COUNT', told.most, 'STREAMS', KEYS[2], since)
for _, entry in ipairs(found and found[1][2] or {{}}) do
  since = entry[1]
  if entry[2][2] ~= me then table.insert(happened, entry[2][4]) end
end
local others = {{}}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if id ~= me then
    local other = redis.call('GET', proxy(id))
    if other then table.insert(others, other) else redis.call('SREM', KEYS[1], id) end
  end
end
return {{known, since, lost, others, happened}}
"""

# Takes back all that is known of us.
LEAVE: Final = f"""{_COMMON}
for _, name in ipairs(told.freed) do
  local value = redis.call('GET', carried(name))
  if value and string.match(value, '^%S+') == me then redis.call('DEL', carried(name)) end
end
redis.call('DEL', proxy(me))
redis.call('SREM', KEYS[1], me)
"""
