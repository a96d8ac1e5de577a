"""An Entra, a Graph and a GoPaaS that behave like the real ones, in memory and on localhost.

It is written from the services' documentation and from what was observed of them, and imports no client code of outlookd, so
that it can disagree with it. What is known and what is guessed about the services is told where each rule is applied; guesses
with several plausible answers are switches (`switches.py`), misfortunes are faults (`faults.py`).
"""
