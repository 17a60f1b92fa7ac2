//! Rows of Arrow data as the text of a Python dictionary.
