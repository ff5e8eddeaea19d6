-- What each of wrk's threads asks: the status of one of the documents of a file, at random. A line of the file is an id and its key.
local requests = {}

function init(arguments)
	for line in io.lines(arguments[1]) do
		local id, key = line:match("^(%S+) (%S+)$")
		requests[#requests + 1] =
			wrk.format("GET", "/api/documents/" .. id .. "/status", { ["Authorization"] = "Bearer " .. key })
	end
	math.randomseed(tonumber(tostring(requests):match("0x(%x+)"), 16) or 1)
end

function request()
	return requests[math.random(#requests)]
end

-- One line that a program reads: microseconds, and what was no answer with 200 or 304.
function done(summary, latency)
	local errors = summary.errors
	io.write(string.format(
		"result requests=%d microseconds=%d p50=%d p99=%d max=%d failed=%d\n",
		summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout
	))
end
