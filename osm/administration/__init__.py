"""«Управление», the first steps of an installation, and what a watching program asks."""
