"""The screens, requested as browsers do."""
