"""An application under the eyes of a tracing agent, run in a process of its own by the tests beside it."""
