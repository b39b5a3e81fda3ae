// No exports: the backend warns of it.
