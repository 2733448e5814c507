"""A conversation declared as steps (`flow`), kept as plain data (`state`), and played purely (`machine`)."""
