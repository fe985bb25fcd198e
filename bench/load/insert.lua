-- W4: POST a product. Arguments: PATH TOKEN
dofile("bench/load/report.lua")

local path
local count = 0

function init(args)
  path = args[1]
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  local body = string.format('{"name":"Benched product %d","price":"%d.95","stock":%d}', count, count % 1000, count % 100)
  return wrk.format("POST", path, nil, body)
end
