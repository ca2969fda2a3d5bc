"""Messages, requests, events, usage and errors: plain frozen values that know no file and no network."""
