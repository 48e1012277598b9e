"""What a scenario changes: a lever or a driver, where and when, down to a projection's levers."""
