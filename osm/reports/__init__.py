"""Reports, forms and figures of a period."""
