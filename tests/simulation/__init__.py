"""The whole of outlookd over the whole sandbox in one process, in virtual time, from one number: `docs/simulation.md`.

The stable door is `histories.run_history`.
"""
