-- W1, W2, W3: GET one of the paths in a file. Argument: FILE, with a line `path token` for each.
dofile("bench/load/report.lua")

local requests = {}
local at = 0

function init(args)
  for line in io.lines(args[1]) do
    local path, token = line:match("(%S+) (%S+)")
    requests[#requests + 1] = wrk.format("GET", path, { ["Authorization"] = "Bearer " .. token })
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
