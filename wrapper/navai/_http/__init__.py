"""The only code that touches a socket: a `Request` in, a `Response` out, the errors of the library below mapped to ours.

One module for each HTTP library.
"""
