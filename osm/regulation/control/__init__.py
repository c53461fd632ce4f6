"""Control as pure rules (П.18–20): responsibility, periods, bursts, reminders."""
