"""Tests of the regulation: the table of transitions, working time, terms, and the command that prints them."""
