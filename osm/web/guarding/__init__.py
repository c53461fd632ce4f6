"""The screens of the pages' security."""
