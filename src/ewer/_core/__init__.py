"""The engine: route table, plan and reply, without I/O, application object or context variables.

A request's way through it: `table` finds the route, `plan` says which of Flask's stations the route needs, `reply` turns a plain return value
straight into status, headers and body. Next: `ewer.app`, whose `wsgi_app` walks the plan.
"""
