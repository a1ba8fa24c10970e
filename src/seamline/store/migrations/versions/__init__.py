"""Every revision of a ledger's index, oldest first."""
