"""Acts of approvals."""
