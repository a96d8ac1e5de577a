"""The complaints about other synchronisers (`sync-model.md` section 2), each told as a story that must not happen here.

A story is seen from outside: what people do on both sides, and what both sides show afterwards. `rules.py` names the rule that each
story stands on, and `test_rules_matter.py` takes that rule out and expects the story to fail. Most stories are about the calendar and
its twins in memory; where the complaint is about Graph itself, the real adapter talks to the sandbox (`mailbox.py`).

No story, and why:

- 9 ("how do I get it back?"): `undo` belongs to another issue. The images it needs are in the journal, and tested there.
- 22, its other half: automations of the CRM that mail when a record is made are settings of the CRM, which no API shows. That we
  mail nobody is told here.
- 38 to 40 (tokens that die, silence about it, one bad mailbox that stops all): other issues.
"""
