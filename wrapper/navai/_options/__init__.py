"""The options of a client, checked and frozen. All invalid options are refused here."""
