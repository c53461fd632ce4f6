"""A reference model of the terms of Postanovlenie No. 215 that shares no code with the product. See READINGS.md."""
