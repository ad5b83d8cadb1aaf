"""The day at the desk: what is in it for whom, the queue that shows it, and what is done from there at once."""
