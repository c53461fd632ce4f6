"""Who comes in: passwords, sessions, the second factor, invitations, and what slows strangers down."""
