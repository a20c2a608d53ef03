"""The boundary: messages that cross it and the server behind it."""
