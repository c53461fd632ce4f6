"""What is known of the security of the pages."""
