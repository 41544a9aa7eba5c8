//! Rules that others answer: the Python example of the docs, against a real server.
