"""The screens, asked as browsers ask them."""
