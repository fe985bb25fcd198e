-- Prints the figures of one run as one line of JSON; every load script ends with it.
function done(summary, latency, requests)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    '\n{"requests":%d,"durationMs":%.1f,"failed":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1000, failed,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
