"""Acts of flow."""
