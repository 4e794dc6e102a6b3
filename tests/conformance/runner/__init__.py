"""Plays scenario files against an AMQP 0-9-1 broker; see ../README.md for the format."""
