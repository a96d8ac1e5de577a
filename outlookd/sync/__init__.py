"""The imperative shell around the core: read both sides, let the core decide, carry it out, remember.

Nothing here judges what a difference means. If carrying an action out needs an `if` about meaning, that `if` belongs in `core/`.
"""
