"""Colleagues as people: who is away, who covers, who leaves, whose turn it is."""
