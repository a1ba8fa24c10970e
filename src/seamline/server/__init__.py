"""The studio's server: the shell's steps over HTTP, for this machine or its socket."""
