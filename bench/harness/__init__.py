"""The measuring machine: what runs the servers, sends the load, checks the answers and reckons the figures.

It knows nothing of any framework. Frameworks live in ``bench/peers``, one file each; what is asked of them lives in
``bench/workloads``, one file each. Standard library only, so that it runs on any interpreter.
"""

from __future__ import annotations
