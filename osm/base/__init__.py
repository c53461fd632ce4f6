"""What every subject needs; knows no subject."""
