"""Use cases of the talk on a card: notes, questions to the curator, «Не моё», hurrying."""
