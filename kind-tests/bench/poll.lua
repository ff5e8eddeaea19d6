-- What wrk's thread asks: the status of the documents of a file. A line of the file is an id and its key. With "once" each is asked for once,
-- in the file's order, and that is all; else they are asked for at random.
local requests = {}
local asked, answered = 0, 0

function init(arguments)
	for line in io.lines(arguments[1]) do
		local id, key = line:match("^(%S+) (%S+)$")
		requests[#requests + 1] =
			wrk.format("GET", "/api/documents/" .. id .. "/status", { ["Authorization"] = "Bearer " .. key })
	end
	math.randomseed(os.time())
	if arguments[2] == "once" then
		request = in_order
		response = count
	end
end

function request()
	return requests[math.random(#requests)]
end

function in_order()
	asked = asked + 1
	return requests[(asked - 1) % #requests + 1]
end

function count()
	answered = answered + 1
	if answered >= #requests then
		wrk.thread:stop()
	end
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
