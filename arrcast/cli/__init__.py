"""The command line: thin, no arithmetic. Each command imports what it needs when it runs."""
