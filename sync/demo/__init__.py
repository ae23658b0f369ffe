"""`./run demo`: the whole service on the bundled sandbox, in a folder of its own.

Starts what an operator would start (sandbox, web, worker) and types what an operator would type
(`db upgrade`, `space import`, `fields provision`, `run`), each as a process of its own, so that
what is seen here is what runs anywhere. No setting of the environment reaches it.
"""
