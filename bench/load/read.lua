-- W1, W2, W3: GET one of the paths in a file. Arguments: FILE TOKEN
dofile("bench/load/report.lua")

local requests = {}
local next_request = 0

function init(args)
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  for path in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  math.randomseed(os.time())
  next_request = math.random(#requests)
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end
