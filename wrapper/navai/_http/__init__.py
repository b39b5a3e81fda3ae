"""The only code that touches a socket: takes a `Request`, returns a `Response`, and maps the errors of HTTP libraries to ours."""
