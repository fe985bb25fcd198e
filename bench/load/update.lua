-- W5: PATCH the stock of a product, guarded by the version last seen. Arguments: FILE TOKEN PREFIX
-- FILE has a line `id version` for each product; its path is PREFIX .. id. A product waits for its answer before it is
-- changed again, so a refusal is never the load's own fault.
dofile("bench/load/report.lua")

local free = {}
local first, last = 1, 0
local prefix
local headers = { ["Content-Type"] = "application/json" }

local function release(id, version)
  last = last + 1
  free[last] = { id = id, version = version }
end

function init(args)
  headers["Authorization"] = "Bearer " .. args[2]
  prefix = args[3]
  for line in io.lines(args[1]) do
    release(line:match("(%S+) (%S+)"))
  end
end

function request()
  local product = free[first]
  free[first] = nil
  first = first + 1
  headers["If-Match"] = '"' .. product.version .. '"'
  return wrk.format("PATCH", prefix .. product.id, headers, string.format('{"stock":%d}', math.random(0, 1000)))
end

function response(status, answer_headers, body)
  local id, version = body:match('"id":"([^"]+)","version":(%d+)')
  if id ~= nil then release(id, version) end
end
