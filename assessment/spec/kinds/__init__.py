"""The kinds of question, one module each, as the instructor writes them."""
