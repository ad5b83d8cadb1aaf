"""Before the programme opens: the checklist, the rehearsal, the date, and pauses later."""
