"""Recipes: one or two HTTP requests whose last response holds a token. Runs them as Tines does, except for formulas.

run.py runs a recipe; options.py reads the options of a request and requests.py makes the request of them; placeholders.py replaces
what is written as <<…>>; location.py finds the token. A formula is never evaluated: what is not a path is refused.
"""
