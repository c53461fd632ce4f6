"""The catalogue of networks, canonical addresses. Pure functions."""
