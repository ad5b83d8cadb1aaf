"""Talks to the world: platforms, the durable engine, the schedule, the command line and start-up."""
