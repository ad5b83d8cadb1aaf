"""A month at the desk, played on the real rules with invented people, so that an operator sees who would be pinged when."""
