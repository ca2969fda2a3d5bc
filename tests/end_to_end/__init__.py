"""The program as its users run it: whole processes, real files, real sockets."""
