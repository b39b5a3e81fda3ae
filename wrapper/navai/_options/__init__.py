"""The options of a client, checked and frozen. Every refusal of a bad option is here."""
