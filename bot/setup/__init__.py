"""Setting up a programme of one's own: what is asked, the keys and the recovery kit, and the files that are written."""
