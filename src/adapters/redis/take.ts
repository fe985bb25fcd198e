/** The script that decides a batch of takes inside Redis, where nothing else runs meanwhile. */

import { createHash } from 'node:crypto'

/**
 * KEYS: the buckets. ARGV: for each bucket its quota and what a request costs, then for each group
 * how many requests, how many buckets, and their places from 1. Answers for each group how many
 * were allowed, then the level of each of its buckets.
 *
 * A key holds its level and when that was, and is gone as soon as its bucket is full.
 */
const text = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local quotas, costs, levels, ats = {}, {}, {}, {}
for i, key in ipairs(KEYS) do
  local quota, cost = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local level, at = quota * cost, now
  local held = redis.call('GET', key)
  if held then
    local before, since = string.match(held, '^(%d+) (%d+)$')
    since = tonumber(since)
    local refilled = quota * math.max(0, math.min(cost, now - since))
    level = math.min(level, tonumber(before) + refilled)
    at = math.max(now, since)
  end
  quotas[i], costs[i], levels[i], ats[i] = quota, cost, level, at
end
local outcomes, place = {}, 2 * #KEYS + 1
while place <= #ARGV do
  local allowed, size = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
  for step = 1, size do
    local i = tonumber(ARGV[place + 1 + step])
    allowed = math.min(allowed, math.floor(levels[i] / costs[i]))
  end
  outcomes[#outcomes + 1] = allowed
  for step = 1, size do
    local i = tonumber(ARGV[place + 1 + step])
    levels[i] = levels[i] - allowed * costs[i]
    outcomes[#outcomes + 1] = levels[i]
  end
  place = place + 2 + size
end
for i, key in ipairs(KEYS) do
  local full = math.ceil((quotas[i] * costs[i] - levels[i]) / quotas[i])
  if full > 0 then
    local held = string.format('%.0f %.0f', levels[i], ats[i])
    redis.call('SET', key, held, 'PX', string.format('%.0f', ats[i] - now + full))
  end
end
return outcomes`

export const takeScript = Object.freeze({
  text,
  sha: createHash('sha1').update(text).digest('hex'),
})
