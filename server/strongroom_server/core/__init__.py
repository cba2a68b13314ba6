"""What every part may use: rows, errors and their reasons, names. Imports no other part."""
