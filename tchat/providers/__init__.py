"""One adapter a provider API: each turns a `Request` into a stream of events, and nothing else."""
