"""Questions to the roster: what is asked (question.py), how it is read (grammar.py), what is answered."""
