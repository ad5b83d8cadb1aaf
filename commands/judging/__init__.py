"""How a flaw is judged: severity, trials, verdicts on fixes, root causes, likely duplicates."""
